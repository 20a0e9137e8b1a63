import { configFlag, defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import type { GatewayAddress } from '../exec/running-gateway.ts';
import { writeOut } from '../terminal.ts';

const usualServer = 'http://127.0.0.1:4000';

const addressOf = (server: string | undefined): GatewayAddress & { readonly isNamed: boolean } => {
  const command = 'monitor';
  if (server !== undefined) {
    return { text: server, otherwise: 'leave out --server, to look at the local store', command, isNamed: true };
  }
  const named = process.env.HOTPATH_URL?.trim() || undefined;
  return named === undefined
    ? { text: usualServer, otherwise: 'name another with --server', command, isNamed: false }
    : { text: named, otherwise: 'unset HOTPATH_URL, which names this one', command, isNamed: true };
};

const checkTerminal = (): void => {
  if (process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb') return;
  throw usageError(
    'The live view needs a terminal. Use --once for one frame of text, or --json for a line of JSON per interval.',
    'monitor',
  );
};

export const monitor = defineCommand({
  name: 'monitor',
  summary: 'Watch a running gateway live',
  description: `Shows requests, latencies, tokens, cost, the cache, providers and models, and the process of a gateway that runs, by what
its /metrics tell; the view goes on where a gateway goes away and comes back. Where none was named and none answers, it shows
what the local cache holds until one does. In the view, ? tells the keys, and q leaves.

Rates are of the last 5 seconds; latencies, shares and the cost of an hour of the last minute; totals since the gateway started.
The key is only for what stands before the gateway, such as a proxy: its metrics need none. HOTPATH_MONITOR_KEY holds one that no
list of processes shows.`,
  flags: {
    server: {
      type: 'string',
      value: 'url',
      description: `Gateway to watch (default: HOTPATH_URL, else ${usualServer})`,
    },
    key: { type: 'string', value: 'key', description: 'Sent along as a bearer token (default: HOTPATH_MONITOR_KEY)' },
    interval: { type: 'string', value: 'time', description: 'How often to look, 200ms to 10m (default: 1s)' },
    once: { type: 'boolean', description: 'Print one frame of text, after one interval' },
    json: { type: 'boolean', description: 'Print a JSON object per interval, or a single one with --once' },
    config: configFlag,
  },
  examples: [
    'hotpath monitor',
    'hotpath monitor --server http://gateway.internal:4000 --interval 2s',
    'hotpath monitor --once',
    "hotpath monitor --json | jq '.requests.perSecond'",
  ],
  async run({ flags, signal }) {
    const { readInterval } = await import('../monitor/interval.ts');
    const intervalMs = readInterval(flags.interval ?? '1s');
    if (!flags.once && !flags.json) checkTerminal();
    const { isNamed, ...address } = addressOf(flags.server);
    const key = flags.key ?? (process.env.HOTPATH_MONITOR_KEY?.trim() || undefined);
    const { openSession } = await import('../monitor/session.ts');
    const session = await openSession({ address, isNamed, key, configFile: flags.config });
    if (!flags.once && !flags.json) {
      const [{ showLive }, { compileLess }] = await Promise.all([
        import('../monitor/live.ts'),
        import('../monitor/compile-less.ts'),
      ]);
      compileLess();
      return showLive({ session, intervalMs, signal });
    }
    const { printOnce, printSamples } = await import('../monitor/print.ts');
    const options = { session, intervalMs, signal, isJson: flags.json, write: writeOut };
    await (flags.once ? printOnce(options) : printSamples(options));
    return 0;
  },
});
