import { configFlag, type FlagValues, maxTokensFlag, modelFlag, temperatureFlag } from '../command.ts';

/** The options of `hotpath ask`, in the order of its help. */
export const askFlags = {
  model: modelFlag,
  system: { type: 'string', short: 's', description: 'System prompt' },
  attach: {
    type: 'strings',
    short: 'a',
    value: 'file|url|-',
    description: 'Send an image, a PDF or a text with it; - is standard input. Any number of times',
  },
  continue: { type: 'boolean', short: 'c', description: 'Go on with the conversation asked in last' },
  conversation: { type: 'string', value: 'id', description: 'Go on with this conversation' },
  title: { type: 'string', description: 'What the conversation is called (default: how the question begins)' },
  'no-log': {
    type: 'boolean',
    description: 'Keep nothing of it: neither in the conversations nor in captured content',
  },
  template: { type: 'string', short: 't', value: 'name', description: 'Ask what a template says' },
  param: { type: 'strings', short: 'p', value: 'name=value', description: 'A variable of the template' },
  schema: {
    type: 'string',
    value: 'file|fields',
    description: 'Answer with JSON that fits: a JSON Schema file, or fields as in "name, age int"',
  },
  fallback: {
    type: 'strings',
    value: 'models',
    description: 'Models to ask where the first one fails, as a,b, best first',
  },
  race: { type: 'boolean', description: 'Ask the fallbacks at once with the model; the first to answer is heard' },
  'max-cost': {
    type: 'number',
    value: 'dollars',
    between: [0, Number.POSITIVE_INFINITY],
    description: 'Ask only if the question costs less, and end the answer where it would cost more',
  },
  'max-tokens': maxTokensFlag,
  temperature: temperatureFlag,
  deadline: {
    type: 'string',
    value: 'duration',
    description: 'How long the answer may take, such as 6h: half the price where the provider has batches',
  },
  'no-cache': { type: 'boolean', description: 'Neither read nor write the cache' },
  json: { type: 'boolean', description: 'Print one JSON object instead of the text' },
  'stream-json': { type: 'boolean', description: 'Print a line of JSON for each piece as it comes' },
  verbose: {
    type: 'boolean',
    short: 'v',
    description: 'Say on standard error what answered, how fast, from which cache and at what cost',
  },
  config: configFlag,
} as const;

export type AskFlagValues = FlagValues<typeof askFlags>;
