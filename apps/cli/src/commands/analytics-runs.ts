import { periodFlags, storeFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsRuns = defineCommand({
  name: 'analytics runs',
  summary: 'Show what commands, runs and their steps came to',
  description: `Commands that asked a model or ran a workflow, runs by the name of their workflow, and their steps: how many failed, were taken
back or recovered, and how long they took. Durations are those of what succeeded. ${timesText}`,
  flags: {
    limit: {
      type: 'number',
      integer: true,
      between: [1, 10_000],
      description: 'How many of each at most (default: 20)',
    },
    ...periodFlags,
    ...storeFlags,
  },
  examples: [
    'hotpath analytics runs',
    'hotpath analytics runs --days 1',
    "hotpath analytics runs --json | jq '.steps[] | select(.failed > 0)'",
  ],
  async run({ flags }) {
    const { showRuns } = await import('../analytics/show-runs.ts');
    return showRuns(flags);
  },
});
