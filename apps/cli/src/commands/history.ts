import { configFlag, defineCommand } from '../command.ts';
import { rootFlag } from '../workflows/flags.ts';

export const history = defineCommand({
  name: 'history',
  summary: 'List the runs of workflows, or show one with its steps',
  argument: '[run]',
  flags: {
    all: { type: 'boolean', description: 'Those of all folders' },
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 20)' },
    prune: {
      type: 'string',
      value: 'duration',
      description: 'Remove runs of all folders that ended longer ago, such as 30d: they can no longer be undone',
    },
    root: rootFlag,
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath history',
    'hotpath history 1f0c2a9b',
    'hotpath history --all --limit 100 --json',
    'hotpath history --prune 30d',
  ],
  async run({ flags, positionals }) {
    const { showHistory } = await import('../workflows/show-history.ts');
    return showHistory(positionals, flags);
  },
});
