import { configFlag, defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { pointedVariables } from '../exec/environment.ts';
import { runCommand } from '../exec/run-command.ts';
import { findRunningGateway, type GatewayAddress } from '../exec/running-gateway.ts';
import { exportLines } from '../exec/shell-lines.ts';
import { type Api, apis } from '../exec/variables.ts';
import { nearest } from '../nearest.ts';
import { writeOut } from '../terminal.ts';

const usualPort = 4000;

const readApis = (only: string | undefined): readonly Api[] => {
  if (only === undefined) return apis;
  return only.split(',').map((text) => {
    const api = apis.find((each) => each === text.trim());
    if (api !== undefined) return api;
    const meant = nearest(text.trim(), apis);
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    throw usageError(`--only takes ${apis.join(', ')}, not "${text}".${hint}`, 'exec');
  });
};

const variable = (name: string): string | undefined => process.env[name]?.trim() || undefined;

const runningGateway = (url: string | undefined, isPrivate: boolean): GatewayAddress | undefined => {
  if (url !== undefined) return { text: url, otherwise: 'leave out --url, for a gateway of its own' };
  const named = isPrivate ? undefined : variable('HOTPATH_URL');
  return named === undefined ? undefined : { text: named, otherwise: 'unset HOTPATH_URL, which names this one' };
};

const usualGateway = (): GatewayAddress => ({
  text: `http://127.0.0.1:${variable('HOTPATH_PORT') ?? usualPort}`,
  otherwise: 'name another with --url',
});

export const exec = defineCommand({
  name: 'exec',
  summary: 'Run any AI tool through the gateway',
  argument: '[--] <command> [arguments…]',
  description: `Points the usual SDKs and tools at a gateway by their environment variables, and runs the command on this terminal.
Signals and the exit code pass through; a last line on standard error says what it asked for, cost and saved.

The gateway is one of its own, which ends with the command and which nobody else can use; or a running one (--url,
HOTPATH_URL). Base URLs are replaced; a key that is set stays, and a placeholder stands in for one that is not.
On Windows this is untested.`,
  flags: {
    url: {
      type: 'string',
      value: 'address',
      description: 'Gateway that runs already (default: HOTPATH_URL, else its own)',
    },
    only: {
      type: 'string',
      value: 'apis',
      description: `Point tools of these alone: ${apis.join(', ')} (default: all)`,
    },
    quiet: { type: 'boolean', short: 'q', description: 'Say nothing, neither before nor after the command' },
    'summary-json': { type: 'string', value: 'file', description: 'Write the figures of the run to a file, as JSON' },
    'print-env': {
      type: 'boolean',
      description: 'Print the variables for a running gateway (default: that of "hotpath serve") and run nothing',
    },
    json: {
      type: 'boolean',
      description:
        'Tell the figures of the run as one JSON object, the last line of standard error; with --print-env, print the variables as one',
    },
    config: configFlag,
  },
  examples: [
    'hotpath exec -- claude',
    'hotpath exec -- aider --model openai/gpt-4.1-mini',
    'hotpath exec --quiet --summary-json run.json -- python agent.py',
    'hotpath exec --url http://127.0.0.1:4000 -- node app.js',
    'hotpath exec --only openai -- llm "Why is the sky blue?"',
    'eval "$(hotpath exec --print-env)"',
    'hotpath exec --print-env | Out-String | Invoke-Expression  # PowerShell',
  ],
  ownSignals: true,
  passesThrough: true,
  async run({ flags, positionals }) {
    const [program, ...args] = positionals;
    const pointed = readApis(flags.only);
    if (flags.url !== undefined && flags.config !== undefined) {
      throw usageError('--config is for a gateway of its own, and --url names one that runs.', 'exec');
    }
    const address = runningGateway(flags.url, flags.config !== undefined);
    if (flags['print-env']) {
      const url = await findRunningGateway(address ?? usualGateway());
      const environment = pointedVariables({ url, apis: pointed, program, environment: process.env });
      await writeOut(flags.json ? `${JSON.stringify({ url, environment })}\n` : exportLines(environment));
      return 0;
    }
    if (program === undefined) throw usageError('There is no command to run.', 'exec');
    return runCommand({
      program,
      args,
      apis: pointed,
      address,
      configFile: flags.config,
      isQuiet: flags.quiet,
      isJson: flags.json,
      summaryFile: flags['summary-json'],
    });
  },
});
