import { AdminFault, queryInvalid } from '../routes/admin-error.ts';

/** A time and what requests are looked at in it. */
export interface RangeQuery {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Not itself within. */
  readonly toMs: number;
  /** By dimensions of requests. */
  readonly where: Readonly<Record<string, readonly string[]>>;
}

type Query = Readonly<Record<string, unknown>>;

const hourMs = 3_600_000;
/** As long as sums are kept. */
export const longestMs = 400 * 24 * hourMs;
const filters = [
  'model',
  'provider',
  'key',
  'agent',
  'command',
  'outcome',
  'cache',
  'code',
  'protocol',
  'lane',
] as const;
const mostValues = 50;

const timeOf = (query: Query, name: string, usual: number): number => {
  const given = query[name];
  if (given === undefined) return usual;
  const time = typeof given === 'string' ? (/^\d+$/.test(given) ? Number(given) : Date.parse(given)) : Number.NaN;
  if (Number.isSafeInteger(time) && time > 0) return time;
  throw new AdminFault(
    queryInvalid(name, 'must be milliseconds since 1970, or a time such as "2027-01-31T12:00:00Z".'),
  );
};

const valuesOf = (query: Query, name: string): readonly string[] => {
  const given = query[name];
  const values = (Array.isArray(given) ? given : [given]).filter((value) => value !== undefined);
  if (values.length <= mostValues && values.every((value) => typeof value === 'string')) return values as string[];
  throw new AdminFault(queryInvalid(name, `may be given ${mostValues} times.`));
};

/** `from` and `to`, by default the last hour, and filters, each of which may be given several times. */
export const readRange = (
  query: unknown,
  nowMs: number,
  names = { from: 'from', to: 'to' },
  usualMs = hourMs,
): RangeQuery => {
  const given = (query ?? {}) as Query;
  const toMs = timeOf(given, names.to, nowMs);
  const fromMs = timeOf(given, names.from, toMs - usualMs);
  if (fromMs >= toMs) throw new AdminFault(queryInvalid(names.to, `must be later than "${names.from}".`));
  if (toMs - fromMs > longestMs) throw new AdminFault(queryInvalid(names.from, 'is longer ago than anything is kept.'));
  const where = Object.fromEntries(
    filters.flatMap((name) => {
      const values = valuesOf(given, name);
      return values.length === 0 ? [] : [[name, values]];
    }),
  );
  return { fromMs, toMs, where };
};
