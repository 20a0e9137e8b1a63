import { reportFlags, timesText } from '../analytics/flags.ts';
import { defineCommand } from '../command.ts';

export const analyticsExport = defineCommand({
  name: 'analytics export',
  summary: 'Write events as JSON, NDJSON or CSV',
  description: `As they are read: an export of any size takes no more memory. Times are microseconds, costs millionths of a dollar. ${timesText}`,
  flags: {
    kind: {
      type: 'string',
      value: 'name',
      description: 'Kind of events: request (the default), attempt, refusal, lookup, step, run, command, sample …',
    },
    format: {
      type: 'string',
      short: 'f',
      value: 'format',
      description: 'ndjson, json or csv (default: by the end of the file’s name, else ndjson)',
    },
    output: { type: 'string', short: 'o', value: 'file', description: 'File to write (default: standard output)' },
    ...reportFlags,
    json: { type: 'boolean', description: 'With --output: print one JSON object that sums it up' },
  },
  examples: [
    'hotpath analytics export --days 1 > requests.ndjson',
    'hotpath analytics export --format csv --output requests.csv --where outcome=failed',
    'hotpath analytics export --kind step --from 2026-11-20 --output steps.json',
  ],
  async run({ flags, signal }) {
    const { writeExport } = await import('../analytics/write-export.ts');
    return writeExport(flags, signal);
  },
});
