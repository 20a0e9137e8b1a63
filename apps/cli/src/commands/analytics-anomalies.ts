import { storeFlags } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsAnomalies = defineCommand({
  name: 'analytics anomalies',
  summary: 'Show hours that were unlike hours like them',
  description: `Latency, cost, errors and cache hits of each hour, judged by the hours before it: "page" is far worse than at this hour of other
days, "warn" worse than at this hour of other weeks. It takes seven days of at least 30 requests an hour to know what is usual, and
14 for warnings. Times are in UTC.`,
  flags: {
    days: {
      type: 'number',
      between: [0.05, 60],
      description: 'Hours of so many days until now are judged (default: 7)',
    },
    ...storeFlags,
  },
  examples: [
    'hotpath analytics anomalies',
    'hotpath analytics anomalies --days 1',
    "hotpath analytics anomalies --json | jq '.figures[].anomalies[]'",
  ],
  async run({ flags }) {
    const { showAnomalies } = await import('../analytics/show-anomalies.ts');
    return showAnomalies(flags);
  },
});
