import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsTop = defineCommand({
  name: 'analytics top',
  summary: 'List what costs, fails or takes most',
  description: timesText,
  flags: {
    by: {
      type: 'strings',
      short: 'b',
      value: 'name',
      description:
        'Told apart by model (the default), provider, key, agent, command, code …; by several, where it is given again',
    },
    order: {
      type: 'string',
      short: 'o',
      value: 'figure',
      description: 'By cost (the default), saved, requests, failed, tokens, p50, p95 or first_token',
    },
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 10)' },
    ...reportFlags,
  },
  examples: [
    'hotpath analytics top',
    'hotpath analytics top --order failed --by provider --by code',
    'hotpath analytics top --order p95 --by key --days 1',
  ],
  async run({ flags }) {
    const { showTop } = await import('../analytics/show-top.ts');
    return showTop(flags);
  },
});
