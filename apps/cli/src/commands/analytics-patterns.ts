import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsPatterns = defineCommand({
  name: 'analytics patterns',
  summary: 'Show what is asked again and again',
  description: `Prompts of the same shape, which differ in numbers, ids and spaces alone, with what caching more of them would save. No prompt is kept: shapes are keyed hashes, which stay the same on this machine and tell nothing elsewhere. ${timesText}`,
  flags: {
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 20)' },
    least: {
      type: 'number',
      integer: true,
      between: [1, Number.POSITIVE_INFINITY],
      description: 'Only what was asked so often (default: 2)',
    },
    ttl: {
      type: 'string',
      value: 'duration',
      description: 'How long an answer would be kept that could be given again (default: 24h)',
    },
    ...reportFlags,
  },
  examples: [
    'hotpath analytics patterns',
    'hotpath analytics patterns --days 14 --model gpt-5-mini --ttl 7d',
    'hotpath analytics patterns --where agent=claude-cli --json',
  ],
  async run({ flags }) {
    const { showPatterns } = await import('../analytics/show-patterns.ts');
    return showPatterns(flags);
  },
});
