import type { Budget, KeyChanges, LimitChanges } from '@hotpath/server/keys';
import type { FlagValues } from './command.ts';
import { usageError } from './errors.ts';

const limitFlag = { type: 'number', integer: true, between: [0, 1_000_000_000] } as const;

/** What a key may be told by flags, when it is made and later. */
export const settingFlags = {
  expires: { type: 'string', value: 'time', description: 'When it ends: 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z' },
  model: {
    type: 'strings',
    short: 'm',
    value: 'pattern',
    description: 'Models it may use, such as openai/gpt-4.1* or the name of a route (default: all)',
  },
  budget: {
    type: 'strings',
    short: 'b',
    value: 'dollars/period',
    description: 'What it may spend: 5/hour, 10/day, 50/week, 100/month or 500/total',
  },
  rpm: { ...limitFlag, description: 'Requests a minute' },
  tpm: { ...limitFlag, description: 'Tokens a minute, input and output together' },
  concurrency: { ...limitFlag, description: 'Requests at the same time' },
  team: { type: 'string', value: 'name', description: 'The team it belongs to' },
  tag: { type: 'strings', short: 't', value: 'tag', description: 'A word to find it by' },
  'cache-scope': {
    type: 'string',
    value: 'key|team',
    description: 'Whose cached answers it sees: its own, or those of its team',
  },
} as const;

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `15m`, `12h` and `90d`; undefined for anything else. */
export const readDuration = (text: string): number | undefined => {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? [];
  return amount === undefined ? undefined : Number(amount) * (units[unit] ?? 0);
};

/** A time from now, or one that the key store reads itself. */
const readEnd = (text: string, now: number): number | string => {
  const durationMs = readDuration(text);
  return durationMs === undefined ? text : now + durationMs;
};

const readBudget = (text: string, command: string): Budget => {
  const [, amount, per = 'total'] = /^\$?(\d+(?:\.\d+)?)(?:\/(hour|day|week|month|total))?$/.exec(text.trim()) ?? [];
  if (amount === undefined) {
    throw usageError(
      `--budget needs dollars and a period (hour, day, week, month, total), such as 10/day, not "${text}".`,
      command,
    );
  }
  return { usd: Number(amount), per: per as Budget['per'] };
};

/** The settings that flags name. A list that is given stands for the whole list. Throws a usage error. */
export const readSettings = (flags: FlagValues<typeof settingFlags>, command: string, now = Date.now()): KeyChanges => {
  const { expires, model: models, budget: budgets, rpm, tpm, concurrency, team, tag: tags } = flags;
  const scope = flags['cache-scope'];
  if (scope !== undefined && scope !== 'key' && scope !== 'team') {
    throw usageError(`--cache-scope needs "key" or "team", not "${scope}".`, command);
  }
  const limits: LimitChanges = { requestsPerMinute: rpm, tokensPerMinute: tpm, concurrency };
  const hasLimits = Object.values(limits).some((limit) => limit !== undefined);
  return {
    ...(expires !== undefined && { expiresAt: readEnd(expires, now) }),
    ...(models.length > 0 && { models }),
    ...(budgets.length > 0 && { budgets: budgets.map((text) => readBudget(text, command)) }),
    ...(hasLimits && { limits }),
    ...(team !== undefined && { team }),
    ...(tags.length > 0 && { tags }),
    ...(scope !== undefined && { cacheScope: scope }),
  };
};
