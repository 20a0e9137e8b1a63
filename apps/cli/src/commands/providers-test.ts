import type { MergedProvider, Plan } from '@hotpath/runtime';
import { configFlag, defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { showDuration } from '../figures.ts';
import { nearest } from '../nearest.ts';
import { oneLine } from '../plain-text.ts';
import { showProgress } from '../progress.ts';
import { type Trial, testProvider } from '../providers/test-provider.ts';
import { howToSetUp } from '../simulated.ts';
import { styledOut, warn, writeOut, writeText } from '../terminal.ts';

const defaultTimeoutMs = 10_000;

const choose = ({ providers }: Plan, ids: readonly string[]): readonly MergedProvider[] => {
  for (const id of ids) {
    if (providers.some((provider) => provider.id === id)) continue;
    const known = providers.map((provider) => provider.id);
    const meant = nearest(id, known);
    throw usageError(
      `There is no provider "${id}", only ${known.join(', ')}.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
      'providers test',
    );
  }
  return ids.length === 0 ? providers : providers.filter(({ id }) => ids.includes(id));
};

/** Below what is told of a provider. */
const hang = '          ';

const render = (trial: Trial, width: number): string => {
  const { id, ok, address, key, latencyMs, models, asked, error } = trial;
  const told = [
    address ?? 'built in',
    ...(key === null ? [] : [`key ${key}`]),
    ...(latencyMs === null ? [] : [showDuration(latencyMs)]),
    ...(models === null ? [] : [`${models} ${models === 1 ? 'model' : 'models'}`]),
    ...(asked === null ? [] : [`${asked.model} answered in ${showDuration(asked.latencyMs)}`]),
  ];
  const mark = ok ? styledOut('green', 'ok    ') : styledOut('red', 'failed');
  const why =
    error === null ? '' : `${hang}${oneLine(`${error.message} (${error.code})`)}\n${hang}${oneLine(error.fix)}\n`;
  return `${mark}  ${oneLine(`${id.padEnd(width)}  ${told.join(', ')}`)}\n${why}`;
};

export const providersTest = defineCommand({
  name: 'providers test',
  summary: 'Call each provider and say what is wrong with it',
  argument: '[<id>…]',
  description: `Asks all of them at once for their list of models, which costs nothing; with --ask also for one token of the cheapest model.
The exit code is 1 where one fails.`,
  flags: {
    ask: { type: 'boolean', description: 'Also ask the cheapest model of each for one token' },
    timeout: {
      type: 'string',
      value: 'duration',
      description: 'How long each call may take, such as 5s (default: 10s)',
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath providers test',
    'hotpath providers test openai --ask',
    'hotpath providers test --json --timeout 3s',
  ],
  async run({ flags, positionals, signal }) {
    const { parseDuration, planHotpath } = await import('@hotpath/runtime');
    const timeoutMs = flags.timeout === undefined ? defaultTimeoutMs : parseDuration(flags.timeout);
    if (timeoutMs === undefined || timeoutMs === 0) {
      throw usageError(`--timeout must be a duration such as 5s, not "${flags.timeout}".`, 'providers test');
    }
    const plan = await planHotpath(undefined, { configFile: flags.config });
    const chosen = choose(plan, positionals);
    const progress = showProgress();
    let ended = 0;
    const ticking = setInterval(() => progress.report(`${ended} of ${chosen.length} providers have answered`), 200);
    const options = { plan, asks: flags.ask, timeoutMs, signal };
    const trials = await Promise.all(
      chosen.map(async (provider) => {
        const trial = await testProvider(provider, options);
        ended += 1;
        return trial;
      }),
    ).finally(() => {
      clearInterval(ticking);
      progress.end();
    });
    signal.throwIfAborted();
    for (const { message } of plan.warnings) warn(message);
    const ok = trials.every((trial) => trial.ok);
    const width = Math.max(...trials.map(({ id }) => id.length));
    if (flags.json) await writeOut(`${JSON.stringify({ ok, providers: trials })}\n`);
    else await writeText(trials.map((trial) => render(trial, width)).join(''), hang);
    if (plan.simulated) warn(`no provider is set up: the simulator answers. ${howToSetUp}`);
    return ok ? 0 : 1;
  },
});
