import { configFlag, type FlagValues } from '../command.ts';

/** Which file of events, for every command of the group. */
export const storeFlags = {
  store: { type: 'string', value: 'file', description: 'File of events (default: the one of this user)' },
  config: configFlag,
  json: { type: 'boolean', description: 'Print one JSON object' },
} as const;

const filterFlags = {
  model: { type: 'strings', short: 'm', value: 'name', description: 'Of this model alone, or of these' },
  provider: { type: 'strings', short: 'p', value: 'name', description: 'Of this provider alone, or of these' },
  key: { type: 'strings', short: 'k', value: 'name|id', description: 'With this key alone, or with these' },
  where: {
    type: 'strings',
    short: 'w',
    value: 'name=value',
    description: 'By anything else that events are told apart by, such as outcome=failed or command=serve',
  },
} as const;

export const periodFlags = {
  days: {
    type: 'number',
    between: [0.01, 400],
    description: 'So many days until now, or until --to (default: 7)',
  },
  from: {
    type: 'string',
    value: 'time',
    description: 'From when: 2026-11-20, 2026-11-20T08:00, or 36h for 36 hours ago',
  },
  to: { type: 'string', value: 'time', description: 'Until when (default: now)' },
} as const;

export const reportFlags = { ...periodFlags, ...filterFlags, ...storeFlags } as const;
export type ReportFlags = FlagValues<typeof reportFlags>;
export const comparedFlags = { ...filterFlags, ...storeFlags } as const;

export const timesText =
  'Times are in UTC. A time can be a date, a date with an hour, or how long ago it was, such as 90m, 36h or 14d.';
