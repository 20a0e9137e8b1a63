import { usageError } from '../errors.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

const leastMs = 200;
const mostMs = 600_000;

/** Milliseconds of `500ms`, `2s`, `1m`, or of seconds without a unit. Throws a usage error for what is none, or out of bounds. */
export const readInterval = (text: string): number => {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim()) ?? [];
  const ms = amount === '' ? Number.NaN : Number(amount) * (units[unit] ?? 1_000);
  if (ms >= leastMs && ms <= mostMs) return ms;
  throw usageError(`--interval takes a time from 200ms to 10m, such as 1s, not "${text}".`, 'monitor');
};
