import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsSnapshot = defineCommand({
  name: 'analytics snapshot',
  summary: 'Write the figures of a time, to compare others with',
  description: `One JSON object, which "hotpath analytics compare" takes. ${timesText}`,
  flags: {
    output: { type: 'string', short: 'o', value: 'file', description: 'File to write (default: standard output)' },
    ...reportFlags,
    json: { type: 'boolean', description: 'With --output: print one JSON object that sums it up' },
  },
  examples: [
    'hotpath analytics snapshot --days 1 --output before.json',
    'hotpath analytics snapshot --from 1h --model gpt-5-mini > now.json',
  ],
  async run({ flags }) {
    const { writeSnapshot } = await import('../analytics/write-snapshot.ts');
    return writeSnapshot(flags);
  },
});
