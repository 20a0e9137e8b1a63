import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsCost = defineCommand({
  name: 'analytics cost',
  summary: 'Show what was spent by day, and what the month comes to',
  description: `Of 30 days, where no other time is given. Days and months are those of UTC. ${timesText}`,
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
    'hotpath analytics cost',
    'hotpath analytics cost --from 2026-11-01 --by key',
    'hotpath analytics cost --json | jq .projection.projectedUsd',
  ],
  async run({ flags }) {
    const { showCost } = await import('../analytics/show-cost.ts');
    return showCost(flags);
  },
});
