import { comparedFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsCompare = defineCommand({
  name: 'analytics compare',
  summary: 'Say what became better or worse between two times',
  description: `Medians, tails and shares, by tests that take nothing for granted of how times are spread, and corrected for their number. Compare times of the same length and days of the week. ${timesText}`,
  flags: {
    baseline: {
      type: 'string',
      value: 'file|time',
      description: 'What to compare with: a snapshot, an export of requests, or a time such as 14d..7d (the default)',
    },
    current: { type: 'string', value: 'file|time', description: 'What is compared (default: 7d, the last seven days)' },
    'fail-on': {
      type: 'string',
      value: 'verdict',
      description:
        'Exit with 1 where something is "worse"; with "unknown", also where there are too few requests to tell',
    },
    confidence: {
      type: 'number',
      between: [50, 99.99],
      description: 'How sure a difference has to be, in percent (default: 95)',
    },
    tolerance: {
      type: 'number',
      between: [0, 1000],
      description: 'Changes of less count as none, in percent (default: 5)',
    },
    ...comparedFlags,
  },
  examples: [
    'hotpath analytics compare',
    'hotpath analytics compare --baseline 14d..7d --current 7d..now --model gpt-5-mini',
    'hotpath analytics compare --baseline main.json --current branch.json --fail-on worse',
  ],
  async run({ flags }) {
    const { showCompare } = await import('../analytics/show-compare.ts');
    return showCompare(flags);
  },
});
