import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsSummary = defineCommand({
  name: 'analytics summary',
  summary: 'Show what was asked, how it went, and what it cost',
  description: `Changes are against the time of the same length before. ${timesText}`,
  flags: {
    by: {
      type: 'string',
      short: 'b',
      value: 'name',
      description: 'Told apart by model, provider, key, agent, command or another name of requests',
    },
    ...reportFlags,
  },
  examples: [
    'hotpath analytics summary',
    'hotpath analytics summary --days 30 --by model',
    'hotpath analytics summary --from 24h --key laptop --by command',
    'hotpath analytics summary --json | jq .total.costUsd',
  ],
  async run({ flags }) {
    const { showSummary } = await import('../analytics/show-summary.ts');
    return showSummary(flags);
  },
});
