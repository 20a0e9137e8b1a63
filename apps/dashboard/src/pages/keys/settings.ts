import type { DashboardKeyView } from '../../api/contract.ts';

export const periods = [
  { name: 'hour', title: 'An hour' },
  { name: 'day', title: 'A day' },
  { name: 'week', title: 'A week' },
  { name: 'month', title: 'A month' },
  { name: 'total', title: 'In total' },
] as const;

export const limits = [
  { name: 'concurrency', title: 'Requests at once' },
  { name: 'requestsPerMinute', title: 'Requests a minute' },
  { name: 'tokensPerMinute', title: 'Tokens a minute' },
] as const;

/** What the fields of the form hold, by their names. */
export type Fields = Readonly<Record<string, string>>;

const dayOf = (at: number | null): string => (at === null ? '' : new Date(at).toISOString().slice(0, 10));

/** A key as the fields show it. */
export const fieldsOf = (key: DashboardKeyView | undefined): Fields => ({
  name: key?.name ?? '',
  ...Object.fromEntries(
    periods.map(({ name }) => [`budget ${name}`, String(key?.budgets.find(({ per }) => per === name)?.usd ?? '')]),
  ),
  ...Object.fromEntries(limits.map(({ name }) => [name, String(key?.limits[name] ?? '')])),
  expires: dayOf(key?.expiresAt ?? null),
  models: key?.models?.join('\n') ?? '',
});

const numberOr = (text: string | undefined): number | null => (text?.trim() ? Number(text) : null);

const valuesOf = (fields: Fields): Readonly<Record<string, unknown>> => {
  const models = (fields.models ?? '').split('\n').flatMap((line) => line.trim() || []);
  return {
    name: (fields.name ?? '').trim(),
    budgets: periods.flatMap(({ name: per }) => {
      const usd = numberOr(fields[`budget ${per}`]);
      return usd === null ? [] : [{ usd, per }];
    }),
    limits: Object.fromEntries(limits.map(({ name }) => [name, numberOr(fields[name])])),
    // A day alone is its beginning in UTC.
    expiresAt: fields.expires || null,
    models: models.length === 0 ? null : models,
  };
};

/** What the API is told: of a key that is there, only what is other than before, so that what others changed meanwhile stays. */
export const changesOf = (fields: Fields, before: Fields | undefined): Readonly<Record<string, unknown>> => {
  const values = valuesOf(fields);
  const was = before && valuesOf(before);
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was?.[name])),
  );
};
