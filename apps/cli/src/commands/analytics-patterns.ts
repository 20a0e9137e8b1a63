import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsPatterns = defineCommand({
  name: 'analytics patterns',
  summary: 'Show what is asked again and again',
  description: `With what caching more of it would save. No prompt is kept: those of the same shape are told by a keyed hash, where there is one. ${timesText}`,
  flags: {
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 20)' },
    least: {
      type: 'number',
      integer: true,
      between: [1, Number.POSITIVE_INFINITY],
      description: 'Only what was asked so often (default: 2)',
    },
    ...reportFlags,
  },
  examples: ['hotpath analytics patterns', 'hotpath analytics patterns --days 30 --model gpt-5-mini'],
  async run({ flags }) {
    const { showPatterns } = await import('../analytics/show-patterns.ts');
    return showPatterns(flags);
  },
});
