import { edgesOf } from '../../collector/log-histogram.ts';

/** How values are spread: buckets in their order, each with how many lie in it. Those of one bucket are taken for ties. */
export type Spread = readonly (readonly [bucket: number, count: number])[];

export const sizeOf = (spread: Spread): number => spread.reduce((sum, [, count]) => sum + count, 0);

/** The bucket of the value at this place in the order, counted from 1. */
export const bucketAt = (spread: Spread, rank: number): number | undefined => {
  let left = rank;
  for (const [bucket, count] of spread) {
    left -= count;
    if (left <= 0) return bucket;
  }
  return undefined;
};

/** How many lie in higher buckets. */
export const countAbove = (spread: Spread, bucket: number): number =>
  spread.reduce((sum, [each, count]) => sum + (each > bucket ? count : 0), 0);

/** The lowest and the highest value that the value at this place can have. */
export const valuesAt = (spread: Spread, rank: number): readonly [low: number, high: number] | undefined => {
  const bucket = bucketAt(spread, rank);
  return bucket === undefined ? undefined : edgesOf(bucket);
};

/** Both in one. */
export const merged = (one: Spread, other: Spread): Spread => {
  const counts = new Map(one);
  for (const [bucket, count] of other) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return [...counts].sort(([a], [b]) => a - b);
};
