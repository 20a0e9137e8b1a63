/** A number, or a string that spells one, with an optional unit: `'250ms'`, `'90s'`, `'15m'`, `'24h'`, `'7d'`. */
export type Duration = number | string;

/** A number, or a string that spells one, with an optional unit: `'512KB'`, `'64MB'`, `'1GB'` (powers of 1,024). */
export type Size = number | string;

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  kib: 1024,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
};

const written = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i;

// Environment variables are strings, so a number in a string is as good as a number.
const parse = (value: unknown, units: Readonly<Record<string, number>>): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const match = typeof value === 'string' ? written.exec(value) : null;
  if (match === null) return undefined;
  const [, amount = '', unit = ''] = match;
  const factor = unit === '' ? 1 : units[unit.toLowerCase()];
  return factor === undefined ? undefined : Number(amount) * factor;
};

/** Milliseconds of `1500`, `'1500'` or `'24h'`; undefined for anything else. */
export const parseDuration = (value: unknown): number | undefined => parse(value, durationUnits);

/** Whole bytes of `1024`, `'1024'` or `'64MB'`; undefined for anything else. */
export const parseSize = (value: unknown): number | undefined => {
  const bytes = parse(value, sizeUnits);
  return bytes === undefined ? undefined : Math.floor(bytes);
};

/** `0.5` and `'0.5'`; undefined for anything else. */
export const parseNumber = (value: unknown): number | undefined => parse(value, {});
