import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsSavings = defineCommand({
  name: 'analytics savings',
  summary: 'Show what was saved, by what, and what was not',
  description: timesText,
  flags: {
    ...reportFlags,
  },
  examples: ['hotpath analytics savings', 'hotpath analytics savings --days 30 --key laptop'],
  async run({ flags }) {
    const { showSavings } = await import('../analytics/show-savings.ts');
    return showSavings(flags);
  },
});
