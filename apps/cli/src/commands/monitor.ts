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

/** Throws a usage error for what does not go together. */
const checkChoice = (
  {
    store,
    server,
    range,
  }: { readonly store: boolean; readonly server?: string | undefined; readonly range?: string | undefined },
  [file, ...others]: readonly string[],
): void => {
  if (server !== undefined && (store || range !== undefined))
    throw usageError(
      '--server is for a gateway, and --store and --range are for recorded events: leave one out.',
      'monitor',
    );
  if (file !== undefined && !store)
    throw usageError(`"${file}" is taken for a file of events: write --store ${file} to follow it.`, 'monitor');
  if (others.length > 0) throw usageError(`One file of events is followed, not ${others.length + 1}.`, 'monitor');
};

export const monitor = defineCommand({
  name: 'monitor',
  summary: 'Watch a gateway or this machine live',
  argument: '[file]',
  description: `Shows requests, latencies, tokens, cost, the cache, providers and models, and the process of a gateway that runs, by what
its /metrics tell; the view goes on where a gateway goes away and comes back. Where none was named and none answers, it follows
the events that are recorded on this machine until one does; with --store it follows them in any case, or those of another file.
In the view, ? tells the keys, and q leaves.

Rates are of the last 5 seconds; latencies, shares and the cost of an hour of the last minute; totals since the gateway started.
Of recorded events all but the rates are of the last hour, or of --range.
The key is only for what stands before the gateway, such as a proxy: its metrics need none. HOTPATH_MONITOR_KEY holds one that no
list of processes shows.`,
  flags: {
    server: {
      type: 'string',
      value: 'url',
      description: `Gateway to watch (default: HOTPATH_URL, else ${usualServer})`,
    },
    key: { type: 'string', value: 'key', description: 'Sent along as a bearer token (default: HOTPATH_MONITOR_KEY)' },
    store: { type: 'boolean', description: 'Follow the events of this machine, or of a file named behind it' },
    range: {
      type: 'string',
      value: 'time',
      description:
        'How far back recorded events are looked at, 5m to 400d (default: 1h); it follows them as --store does',
    },
    interval: { type: 'string', value: 'time', description: 'How often to look, 200ms to 10m (default: 1s)' },
    once: { type: 'boolean', description: 'Print one frame of text, after one interval' },
    json: { type: 'boolean', description: 'Print a JSON object per interval, or a single one with --once' },
    config: configFlag,
  },
  examples: [
    'hotpath monitor',
    'hotpath monitor --server http://gateway.internal:4000 --interval 2s',
    'hotpath monitor --store --range 24h',
    'hotpath monitor --store copied-events.sqlite --once',
    'hotpath monitor --once',
    "hotpath monitor --json | jq '.requests.perSecond'",
  ],
  async run({ flags, positionals, signal }) {
    const [{ readInterval }, { readRange, usualRange }] = await Promise.all([
      import('../monitor/interval.ts'),
      import('../monitor/range.ts'),
    ]);
    const intervalMs = readInterval(flags.interval ?? '1s');
    const rangeMs = flags.range === undefined ? usualRange : readRange(flags.range);
    checkChoice(flags, positionals);
    if (!flags.once && !flags.json) checkTerminal();
    const { isNamed, ...address } = addressOf(flags.server);
    const key = flags.key ?? (process.env.HOTPATH_MONITOR_KEY?.trim() || undefined);
    const { openSession } = await import('../monitor/session.ts');
    // Nothing of a gateway goes by a range.
    const isOfStore = flags.store || flags.range !== undefined;
    const store = isOfStore ? { path: positionals[0] } : undefined;
    const session = await openSession({ address, isNamed, key, configFile: flags.config, store });
    if (!flags.once && !flags.json) {
      const [{ showLive }, { compileLess }] = await Promise.all([
        import('../monitor/live.ts'),
        import('../monitor/compile-less.ts'),
      ]);
      compileLess();
      return showLive({ session, intervalMs, rangeMs, signal });
    }
    const { printOnce, printSamples } = await import('../monitor/print.ts');
    const options = { session, intervalMs, rangeMs, signal, isJson: flags.json, write: writeOut };
    if (flags.once) return (await printOnce(options)) ? 0 : 1;
    await printSamples(options);
    return 0;
  },
});
