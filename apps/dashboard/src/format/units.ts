import { showBytes, showCount, showDuration, showUsd } from './figures.ts';
import { showShare } from './shares.ts';

const plain = (value: number): string =>
  Number.isInteger(value) ? showCount(value) : String(Number(value.toPrecision(3)));

const shows: Readonly<Record<string, (value: number) => string>> = {
  ms: showDuration,
  milliseconds: showDuration,
  microseconds: (value) => showDuration(value / 1_000),
  bytes: (value) => showBytes(Math.round(value)),
  usd: showUsd,
  dollars: showUsd,
  'micro-dollars': (value) => showUsd(value / 1e6),
  'usd-per-hour': (value) => `${showUsd(value)}/h`,
  share: showShare,
  ratio: showShare,
  'per-mille': (value) => showShare(value / 1_000),
  percent: (value) => showShare(value / 100),
  'tokens/s': (value) => `${showCount(Math.round(value))}/s`,
  count: plain,
  '': plain,
};

/** A figure by the name of its unit; one that is not known stands behind it. */
export const showWithUnit = (value: number, unit: string): string => shows[unit]?.(value) ?? `${plain(value)} ${unit}`;

const endings: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/token.?rate|per.?second/i, 'tokens/s'],
  [/usd|cost|saved/i, 'usd'],
  [/rate|share|failed|errors?$/i, 'share'],
  [/ms$|duration|latency|first.?token|p\d\d/i, 'ms'],
];

/** The unit that the name of a figure tells: `cost`, `hit_rate`, `duration_p95`, `token_rate_p50`. */
export const unitOfFigure = (figure: string): string => endings.find(([pattern]) => pattern.test(figure))?.[1] ?? '';

/** `firstTokenP50` as `First token p50`; the unit stands beside the figure. */
export const nameOfFigure = (figure: string): string => {
  const words = figure
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .replace(/ (usd|ms)$/i, '')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
