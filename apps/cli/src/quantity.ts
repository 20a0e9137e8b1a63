const units = {
  Ms: [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ],
  Bytes: [
    ['GB', 1024 ** 3],
    ['MB', 1024 ** 2],
    ['KB', 1024],
  ],
} as const;

/**
 * A setting's value as a person writes it in a configuration: `24h` for a `ttlMs` of 86400000, `64MB` for a `memoryBytes`.
 * The largest unit that divides it, so that nothing is rounded; 0 and numbers without a unit stay as they are.
 */
export const formatQuantity = (key: string, value: number): string => {
  const [, kind] = /(Ms|Bytes)$/.exec(key) ?? [];
  if (value === 0 || (kind !== 'Ms' && kind !== 'Bytes')) return String(value);
  const fitting = units[kind].find(([, size]) => value % size === 0);
  return fitting === undefined ? String(value) : `${value / fitting[1]}${fitting[0]}`;
};
