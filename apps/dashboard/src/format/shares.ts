import { showCount, unknown } from './figures.ts';

/** `0.934` as `93.4%`. Never `100%` of what is not all, nor `0%` of what is some. */
export const showShare = (share: number): string => {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1%';
  if (percent < 100 && percent > 99.9) return '>99.9%';
  return `${Number(percent.toFixed(1))}%`;
};

/** A change: `+6.2%`, `−17.4%`, `±0%`. */
export const showSigned = (share: number): string => {
  if (Math.abs(share) < 0.0005) return '±0%';
  return `${share > 0 ? '+' : '−'}${showShare(Math.abs(share))}`;
};

/** A count of many, where there is little room: `12,345`, `736.5M`, `1.2B`. */
export const showMany = (count: number): string => {
  if (count < 1_000_000) return showCount(count);
  return count < 999_950_000 ? `${(count / 1e6).toFixed(1)}M` : `${(count / 1e9).toFixed(1)}B`;
};

/** `8.4/s`; `42/min` for less than one a second. */
export const showRate = (perSecond: number): string => {
  if (perSecond === 0) return '0/s';
  if (perSecond >= 1) return `${perSecond < 100 ? Number(perSecond.toFixed(1)) : showCount(Math.round(perSecond))}/s`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${Number(perMinute.toFixed(1))}/min` : `${Number((perMinute * 60).toFixed(1))}/h`;
};

export interface Change {
  /** `+12%`. */
  readonly text: string;
  readonly direction: 'up' | 'down' | 'same';
}

/** How much more than before; `undefined` where there is nothing to compare with. */
export const changeOf = (now: number | null, before: number | null | undefined): Change | undefined => {
  if (now === null || before === null || before === undefined || before === 0) return undefined;
  const change = now / before - 1;
  if (Math.abs(change) < 0.005) return { text: '±0%', direction: 'same' };
  const percent = Math.abs(change * 100);
  const shown = percent >= 1000 ? '>999' : percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent);
  return { text: `${change > 0 ? '+' : '−'}${shown}%`, direction: change > 0 ? 'up' : 'down' };
};

/** Of those that were not left by their clients; null where there are none. */
export const failedShare = (ended: {
  readonly requests: number;
  readonly failed: number;
  readonly left: number;
}): number | null => {
  const judged = ended.requests - ended.left;
  return judged === 0 ? null : ended.failed / judged;
};

/** What is not known as a dash, all else by `show`. */
export const orUnknown = <Value>(value: Value | null | undefined, show: (value: Value) => string): string =>
  value === null || value === undefined ? unknown : show(value);
