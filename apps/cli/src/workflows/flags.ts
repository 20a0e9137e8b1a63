import { configFlag } from '../command.ts';

const positive = [1, 10_000] as const;

export const rootFlag = {
  type: 'string',
  value: 'folder',
  description: 'The folder whose files are changed (default: the working folder)',
} as const;

export const inputFlags = {
  input: { type: 'strings', short: 'i', value: 'name=value', description: 'An input of the workflow; may be repeated' },
  inputs: { type: 'string', value: 'file.json', description: 'Inputs as one JSON object; --input stands over it' },
} as const;

export const concurrencyFlag = {
  type: 'number',
  integer: true,
  between: positive,
  description: 'Steps that run at the same time (default: what the workflow says, or 4)',
} as const;

/** Of what is said of the whole of a run. */
export const wholeFlags = {
  recovery: {
    type: 'string',
    value: 'atomic|keep-successful|ask',
    description: 'What becomes of steps that succeeded when one fails (default: what the workflow says, or atomic)',
  },
  'max-cost': {
    type: 'number',
    between: [0, Number.POSITIVE_INFINITY],
    value: 'dollars',
    description: 'Ask no model once the agents have cost so much, US dollars',
  },
} as const;

/** Of commands that run steps. */
export const runningFlags = {
  concurrency: concurrencyFlag,
  approve: {
    type: 'strings',
    value: 'step',
    description: 'Say yes to a step that asks, and all its items; may be repeated',
  },
  yes: { type: 'boolean', short: 'y', description: 'Say yes to everything that is asked' },
  'no-correct': { type: 'boolean', description: 'Do not mend a failed step, also where that is certain and safe' },
  json: { type: 'boolean', description: 'Print events as lines of JSON, the outcome last' },
  quiet: { type: 'boolean', short: 'q', description: 'No progress and no summary on standard error' },
  config: configFlag,
} as const;
