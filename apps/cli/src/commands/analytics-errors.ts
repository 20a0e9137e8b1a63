import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsErrors = defineCommand({
  name: 'analytics errors',
  summary: 'List what went wrong, where and how often',
  description: `Requests that failed, calls to providers that failed, what was refused, and commands and steps of runs
that failed. ${timesText}`,
  flags: {
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 20)' },
    examples: {
      type: 'number',
      integer: true,
      between: [0, 100],
      description: 'Ids of requests, or of runs, to name for each (default: 3)',
    },
    ...reportFlags,
  },
  examples: [
    'hotpath analytics errors --days 1',
    'hotpath analytics errors --provider openai --where code=ROUTER_TIMEOUT',
    "hotpath analytics errors --json | jq -r '.entries[].examples[]'",
  ],
  async run({ flags }) {
    const { showErrors } = await import('../analytics/show-errors.ts');
    return showErrors(flags);
  },
});
