import type { Unit } from '../kind.ts';
import { type AlertRule, kindsByName } from './rule.ts';

/** How people write and read the values of a rule. */
export interface ValueUnit {
  /** Ends the sentence "expected …". */
  readonly expected: string;
  readonly example: string;
  /** In the unit that is recorded; undefined for what it is not. A bare number is in the unit that stands for `bare`. */
  parse(value: unknown): number | undefined;
  format(value: number): string;
}

const written = /^\s*\$?\s*(\d+(?:\.\d+)?)\s*([a-zµ%]*)\s*$/i;

const parser =
  (bare: number, units: Readonly<Record<string, number>>) =>
  (value: unknown): number | undefined => {
    if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value * bare : undefined;
    const [, amount, unit = ''] = (typeof value === 'string' && written.exec(value)) || [];
    const factor = unit === '' ? bare : units[unit.toLowerCase()];
    return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
  };

const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** Of a duration in milliseconds. */
export const parseDuration = parser(1, { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 });

export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${digits(ms)} ms`;
  if (ms < 60_000) return `${digits(ms / 1000)} s`;
  return ms < 3_600_000 ? `${digits(ms / 60_000)} min` : `${digits(ms / 3_600_000)} h`;
};

const mib = 2 ** 20;
const formatBytes = (bytes: number): string =>
  bytes >= 1024 * mib
    ? `${digits(bytes / (1024 * mib))} GB`
    : bytes >= mib
      ? `${Math.round(bytes / mib)} MB`
      : `${digits(bytes / 1024)} KB`;

const percent = (share: number): string => `${digits(share * 100)}%`;

/** A bare number is a share from 0 to 1. */
const share: ValueUnit = {
  expected: 'a share',
  example: 'a share from 0 to 1 such as 0.9, or a percentage such as "90%"',
  parse: parser(1, { '%': 0.01 }),
  format: percent,
};

const count: ValueUnit = { expected: 'a number', example: 'a number from 0', parse: parser(1, {}), format: digits };

const byUnit: Readonly<Record<Unit, ValueUnit>> = {
  microseconds: {
    expected: 'a duration',
    example: 'milliseconds, or a number with a unit such as "40ms" or "2s"',
    parse: parser(1000, { us: 1, µs: 1, ms: 1000, s: 1e6, m: 60e6, h: 3600e6 }),
    format: (value) => formatDuration(value / 1000),
  },
  'micro-dollars': {
    expected: 'US dollars',
    example: 'US dollars, such as 2.5',
    parse: parser(1e6, {}),
    format: (value) => `$${value >= 1e4 ? (value / 1e6).toFixed(2) : digits(value / 1e6)}`,
  },
  bytes: {
    expected: 'a size',
    example: 'bytes, or a number with a unit such as "500MB" or "2GB"',
    parse: parser(1, { b: 1, kb: 1024, kib: 1024, mb: mib, mib, gb: 1024 * mib, gib: 1024 * mib }),
    format: formatBytes,
  },
  'per-mille': {
    ...share,
    parse: parser(1000, { '%': 10 }),
    format: (value) => percent(value / 1000),
  },
  tokens: count,
  'tokens-per-second': count,
  count,
  status: count,
};

/** How people read a value in a unit. */
export const formatValue = (unit: Unit | 'share', value: number): string =>
  (unit === 'share' ? share : byUnit[unit]).format(value);

/** How the values of a rule are written. */
export const valueUnit = (rule: Pick<AlertRule, 'kind' | 'figure' | 'measure' | 'perMs'>): ValueUnit => {
  if (rule.figure === 'ratio') return share;
  const unit = rule.measure === undefined ? undefined : kindsByName.get(rule.kind)?.measures[rule.measure]?.unit;
  const plain = unit === undefined ? count : byUnit[unit];
  if (rule.figure !== 'rate') return plain;
  const per = { 1000: 'a second', 60000: 'a minute', 3600000: 'an hour', 86400000: 'a day' }[rule.perMs];
  return { ...plain, format: (value) => `${plain.format(value)} ${per ?? `in ${formatDuration(rule.perMs)}`}` };
};

/** A figure of a rule, and what it is compared with, as people read them. */
export const textsOf = (
  rule: Parameters<typeof valueUnit>[0] & Pick<AlertRule, 'threshold'>,
  value: number | undefined,
): { readonly valueText: string | undefined; readonly thresholdText: string } => {
  const { format } = valueUnit(rule);
  return { valueText: value === undefined ? undefined : format(value), thresholdText: format(rule.threshold) };
};

/** What the values of a rule are counted in, for those who show them in their own way. */
export const unitOf = ({ kind, figure, measure }: AlertRule): Unit | 'share' | 'events' => {
  if (figure === 'ratio') return 'share';
  return (measure === undefined ? undefined : kindsByName.get(kind)?.measures[measure]?.unit) ?? 'events';
};
