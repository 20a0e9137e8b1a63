/** What stands for a figure that is not known. */
const unknown = '–';

const scales = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Three digits: `0.42`, `8.1`, `640`, `12.3k`, `4.5M`. */
export const showAmount = (value: number | null): string => {
  if (value === null) return unknown;
  const [size, unit] = scales.find(([least]) => value >= least * 0.99995) ?? [1, ''];
  const amount = value / size;
  if (amount >= 99.95 || (unit === '' && Number.isInteger(amount))) return `${Math.round(amount)}${unit}`;
  return `${amount >= 9.995 || unit !== '' ? amount.toFixed(1) : amount.toFixed(2)}${unit}`;
};

export const showRate = (perSecond: number | null): string =>
  perSecond === null ? unknown : `${showAmount(perSecond)}/s`;

/** `0%`, `0.3%`, `82%`. */
export const showShare = (share: number | null): string => {
  if (share === null) return unknown;
  const percent = share * 100;
  return percent > 0 && percent < 9.95 ? `${percent.toFixed(1)}%` : `${Math.round(percent)}%`;
};

/** With as many digits as tell something: `$0`, `$0.00042`, `$1.25`, `$1,204`. */
export const showDollars = (usd: number | null): string => {
  if (usd === null) return unknown;
  if (usd === 0) return '$0';
  if (usd < 0.01)
    return `$${usd < 0.000001 ? usd.toExponential(0) : Number(usd.toPrecision(2)).toFixed(6).replace(/0+$/, '')}`;
  if (usd < 1000) return `$${usd.toFixed(2)}`;
  return `$${String(Math.round(usd)).replace(/\B(?=(\d{3})+$)/g, ',')}`;
};

const sizes = [
  [1024 ** 3, 'G'],
  [1024 ** 2, 'M'],
  [1024, 'K'],
] as const;

/** Short enough for a column: `91K`, `6.3K`, `64M`, `1G`. */
export const showSize = (bytes: number | null): string => {
  if (bytes === null) return unknown;
  const [size, unit] = sizes.find(([least]) => bytes >= least) ?? [1, 'B'];
  const amount = bytes / size;
  return `${Number.isInteger(amount) || amount >= 9.95 ? Math.round(amount) : amount.toFixed(1)}${unit}`;
};

/** Of a latency: `0.4 ms`, `12 ms`, `1.5 s`, `2.1 min`. */
export const showLatency = (ms: number | null): string => {
  if (ms === null) return unknown;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 119_950 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
};

/** How long something has lasted: `12 s`, `3 min`, `5 h`, `2 days`. */
export const showAge = (seconds: number | null): string => {
  if (seconds === null) return unknown;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
};
