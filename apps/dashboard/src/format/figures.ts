// As the command formats the same figures.
const sizes = [
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
] as const;

/** Stands for what is not known. */
export const unknown = '–';

/** Rounded for a reader: `1.5 MB`. */
export const showBytes = (bytes: number): string => {
  const fitting = sizes.find(([, size]) => bytes >= size);
  if (fitting === undefined) return `${bytes} bytes`;
  const amount = bytes / fitting[1];
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${fitting[0]}`;
};

/** With a separator between thousands: `12,345`. */
export const showCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** Rounded for a reader: `0.4 ms`, `120 ms`, `1.5 s`, `3.2 h`. */
export const showDuration = (durationMs: number): string => {
  if (durationMs < 10) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 120_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  if (durationMs < 7_200_000) return `${(durationMs / 60_000).toFixed(0)} min`;
  return durationMs < 172_800_000
    ? `${(durationMs / 3_600_000).toFixed(1)} h`
    : `${(durationMs / 86_400_000).toFixed(1)} days`;
};

/** In UTC, to the second: `2026-11-20 12:00:00Z`. */
export const showUtc = (epochMs: number): string =>
  Number.isFinite(epochMs) ? `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')}Z` : 'never';

/** With the digits that say something: `$0`, `$12.30`, `$0.0123`, `$0.000012`, `$0.0000001`. */
export const showUsd = (usd: number): string => {
  if (usd === 0) return '$0';
  if (usd >= 0.000001) return `$${usd.toFixed(usd >= 1 ? 2 : usd >= 0.01 ? 4 : 6)}`;
  const decimals = Math.min(20, 1 - Math.floor(Math.log10(usd)));
  return `$${usd.toFixed(decimals).replace(/0+$/, '')}`;
};
