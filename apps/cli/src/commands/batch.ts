import { configFlag, defineCommand, maxTokensFlag, modelFlag, temperatureFlag } from '../command.ts';
import { usageError } from '../errors.ts';

export const batch = defineCommand({
  name: 'batch',
  summary: 'Ask a model once for each row of a file',
  argument: '<file.jsonl|csv|txt>',
  description: `Each line of JSONL (an object or a string), record of CSV or line of text is a row; "-" reads standard input. {{column}} in a
template stands for a column of the row; without one the prompt is its "prompt", its only column or the line. Answers come
in the order of the rows. The same command again goes on where it was stopped, and pays for nothing twice. Ctrl-C once
finishes the rows under way, twice stops at once. Exit codes: 0 all answered, 1 some failed or left, 130 interrupted.`,
  flags: {
    template: { type: 'string', short: 't', value: 'text', description: 'What to ask, with {{columns}} of the row' },
    'template-file': { type: 'string', value: 'file', description: 'The same from a file' },
    system: { type: 'string', short: 's', value: 'text', description: 'System prompt, with {{columns}} too' },
    schema: {
      type: 'string',
      value: 'file',
      description: 'JSON Schema that answers must fit; they are then JSON in the output, and others have failed',
    },
    model: modelFlag,
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      description: 'Where answers go, as CSV where the name ends in .csv (default: <file>.answers.jsonl)',
    },
    'answers-only': { type: 'boolean', description: 'Leave the columns of the input out of the output' },
    format: { type: 'string', value: 'jsonl|csv|txt', description: 'Of the rows (default: by the name of the file)' },
    concurrency: {
      type: 'number',
      integer: true,
      between: [1, 1_000],
      description: 'Rows asked at the same time (default: 8)',
    },
    'max-tokens': maxTokensFlag,
    temperature: temperatureFlag,
    'max-cost': {
      type: 'number',
      between: [0, Number.POSITIVE_INFINITY],
      value: 'dollars',
      description: 'Stop before the job, with its earlier runs, has cost more, US dollars',
    },
    yes: { type: 'boolean', short: 'y', description: 'Begin without asking' },
    'dry-run': { type: 'boolean', description: 'Say what it would cost, and ask nothing' },
    economy: { type: 'boolean', description: "Through the provider's batches at half price: --deadline 24h" },
    deadline: { type: 'string', value: 'duration', description: 'How long this run may take for it, such as 6h' },
    'retry-failed': { type: 'boolean', description: 'Ask again what has failed before' },
    restart: { type: 'boolean', description: 'Begin anew, and replace the output' },
    'no-cache': { type: 'boolean', description: 'Neither read nor write the cache' },
    quiet: { type: 'boolean', short: 'q', description: 'No progress and no summary on standard error' },
    json: { type: 'boolean', description: 'Print events as lines of JSON: plan, row, end' },
    config: configFlag,
  },
  examples: [
    'hotpath batch questions.txt',
    'hotpath batch texts.csv --template "Translate to {{language}}: {{text}}" --output translated.csv',
    'hotpath batch tickets.jsonl -t "Which product is this about? {{body}}" --schema product.json --max-cost 5',
    'hotpath batch tickets.jsonl --template-file ask.txt --economy --yes',
    'hotpath batch tickets.jsonl --retry-failed',
    'jq -c .[] texts.json | hotpath batch - --format jsonl --output answers.jsonl --yes',
  ],
  ownSignals: true,
  async run({ flags, positionals, signal }) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1)
      throw usageError('Name one file, or - for standard input.', 'batch');
    const { readJob } = await import('../batch/read-job.ts');
    const { runJob } = await import('../batch/run-job.ts');
    return runJob(await readJob(path, flags), signal);
  },
});
