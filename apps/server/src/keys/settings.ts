import { settingInvalid } from './errors.ts';
import {
  type Budget,
  budgetPeriods,
  type KeyCacheScope,
  type KeyChanges,
  type KeySettings,
  type LimitChanges,
} from './virtual-key.ts';

/** The greatest budget, US dollars: its billionths are still exact numbers. */
const mostUsd = 1_000_000;
const mostOfALimit = 1_000_000_000;
const longestText = 100;
const longestPattern = 300;
const mostTags = 50;
const mostPatterns = 1000;
const limitNames = ['concurrency', 'requestsPerMinute', 'tokensPerMinute'] as const;

type Reader<Value> = (value: unknown, param: string) => Value;

const orNull =
  <Value>(read: Reader<Value>): Reader<Value | null> =>
  (value, param) =>
    value === null ? null : read(value, param);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One line that is fit to be shown. A secret that was put in the wrong place is not, and is not repeated either. */
const text =
  (longest: number): Reader<string> =>
  (value, param) => {
    if (typeof value !== 'string' || value.trim() !== value || value === '' || value.length > longest) {
      throw settingInvalid(param, `must be a text of 1 to ${longest} characters, without spaces around it.`);
    }
    if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value) || !value.isWellFormed()) {
      throw settingInvalid(param, 'must not hold control or invisible characters.');
    }
    if (/hp-[\w-]{43}/.test(value)) throw settingInvalid(param, 'must not hold the secret of a key. Leave it out.');
    return value;
  };

const name: Reader<string> = (value, param) => {
  const read = text(longestText)(value, param);
  if (read.startsWith('hp-')) throw settingInvalid(param, 'must not begin with "hp-", as secrets do.');
  return read;
};

const flag: Reader<boolean> = (value, param) => {
  if (typeof value !== 'boolean') throw settingInvalid(param, 'must be true or false.');
  return value;
};

const time: Reader<number> = (value, param) => {
  // Without a time zone the same text would mean another time on another machine.
  const isZoned =
    typeof value === 'string' && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value);
  const read = isZoned ? Date.parse(value) : value;
  if (typeof read !== 'number' || !Number.isFinite(read) || read < 0 || read > 8.64e15) {
    throw settingInvalid(param, 'must be a time such as "2027-01-31" or "2027-01-31T12:00:00Z", or null for never.');
  }
  return Math.floor(read);
};

const list =
  <Value>(read: Reader<Value>, most: number): Reader<readonly Value[]> =>
  (value, param) => {
    if (!Array.isArray(value)) throw settingInvalid(param, 'must be a list.');
    if (value.length > most) throw settingInvalid(param, `must not have more than ${most} items.`);
    return value.map((item, index) => read(item, `${param}[${index}]`));
  };

const tags: Reader<readonly string[]> = (value, param) => [...new Set(list(text(longestText), mostTags)(value, param))];

const models: Reader<readonly string[]> = (value, param) => {
  const patterns = [...new Set(list(text(longestPattern), mostPatterns)(value, param))];
  // "None" would read as "no limit" to some and as "nothing" to others.
  if (patterns.length === 0) throw settingInvalid(param, 'must name at least one pattern, or be null for all models.');
  return patterns;
};

const limit: Reader<number> = (value, param) => {
  if (!(Number.isInteger(value) && (value as number) >= 0 && (value as number) <= mostOfALimit)) {
    throw settingInvalid(param, `must be a whole number from 0 to ${mostOfALimit}, or null for no limit.`);
  }
  return value as number;
};

const limits: Reader<LimitChanges> = (value, param) => {
  if (!isRecord(value)) throw settingInvalid(param, `must be an object with any of: ${limitNames.join(', ')}.`);
  refuseUnknown(value, limitNames, `${param}.`);
  const given = limitNames.filter((each) => value[each] !== undefined);
  return Object.fromEntries(given.map((each) => [each, orNull(limit)(value[each], `${param}.${each}`)]));
};

const budget: Reader<Budget> = (value, param) => {
  if (!isRecord(value)) throw settingInvalid(param, 'must be an object such as {"usd": 10, "per": "day"}.');
  refuseUnknown(value, ['usd', 'per'], `${param}.`);
  const { usd } = value;
  if (!(typeof usd === 'number' && usd >= 0 && usd <= mostUsd)) {
    throw settingInvalid(`${param}.usd`, `must be a number of US dollars from 0 to ${mostUsd}.`);
  }
  const per = budgetPeriods.find((period) => period === value.per);
  if (per === undefined) throw settingInvalid(`${param}.per`, `must be one of: ${budgetPeriods.join(', ')}.`);
  return { usd, per };
};

const budgets: Reader<readonly Budget[]> = (value, param) => {
  const read = list(budget, budgetPeriods.length)(value, param);
  if (new Set(read.map(({ per }) => per)).size < read.length) {
    throw settingInvalid(param, 'must have at most one budget for each period.');
  }
  return [...read].sort((one, other) => budgetPeriods.indexOf(one.per) - budgetPeriods.indexOf(other.per));
};

const scope: Reader<KeyCacheScope> = (value, param) => {
  if (value !== 'key' && value !== 'team') throw settingInvalid(param, 'must be "key", "team" or null.');
  return value;
};

const readers: { readonly [Name in keyof KeySettings]: Reader<NonNullable<KeyChanges[Name]> | null> } = {
  name,
  expiresAt: orNull(time),
  disabled: flag,
  tags,
  team: orNull(text(longestText)),
  models: orNull(models),
  limits,
  budgets,
  cacheScope: orNull(scope),
};

const settingNames = Object.keys(readers) as readonly (keyof KeySettings)[];

function refuseUnknown(value: Readonly<Record<string, unknown>>, known: readonly string[], path = ''): void {
  const unknown = Object.keys(value).find((each) => !known.includes(each));
  if (unknown === undefined) return;
  const shown = /^[\w-]{1,40}$/.test(unknown) ? path + unknown : `${path}…`;
  throw settingInvalid(shown, `is no setting of a key. There are: ${known.join(', ')}.`);
}

/** Reads what somebody wants a key to be. Throws `KEYS_SETTINGS_INVALID`, which names the setting. */
export const readChanges = (value: unknown): KeyChanges => {
  if (!isRecord(value)) throw settingInvalid('', 'is described by an object, such as {"name": "ci"}.');
  refuseUnknown(value, settingNames);
  const given = settingNames.filter((each) => value[each] !== undefined);
  return Object.fromEntries(given.map((each) => [each, readers[each](value[each], each)])) as KeyChanges;
};

const unset: Omit<KeySettings, 'name'> = {
  expiresAt: null,
  disabled: false,
  tags: [],
  team: null,
  models: null,
  limits: {},
  budgets: [],
  cacheScope: null,
};

/**
 * The settings with the changes made to them, or new ones. Throws `KEYS_SETTINGS_INVALID` where they do not fit together, and
 * for an end that has passed already: whoever means "now" disables the key.
 */
export const withChanges = (present: KeySettings | undefined, changes: KeyChanges, now: number): KeySettings => {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as KeyChanges;
  const kept = present ?? unset;
  const { limits: changedLimits, ...others } = given;
  const merged = { ...kept.limits, ...changedLimits };
  const settings = {
    ...kept,
    ...others,
    limits: Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined)),
  } as KeySettings;
  if (settings.name === undefined) throw settingInvalid('name', 'is missing. Give the key a name.');
  if (settings.cacheScope === 'team' && settings.team === null) {
    throw settingInvalid('cacheScope', 'cannot be "team" without a team. Set "team" too.');
  }
  if (typeof given.expiresAt === 'number' && given.expiresAt <= now) {
    throw settingInvalid('expiresAt', 'has passed already. Give a later time, or disable the key.');
  }
  return settings;
};
