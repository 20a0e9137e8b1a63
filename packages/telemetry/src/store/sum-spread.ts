import type { Unpacked } from '../collector/histogram-bytes.ts';
import { bucketOfValue } from '../collector/log-histogram.ts';

/** A spread with nothing in it. Thousands of sums are held, most of a few events: it has only the buckets that it needs. */
export const emptySpread = (): Unpacked => ({ length: 0, buckets: [], counts: [] });

/** Counts a value. */
export const recordIn = (spread: Unpacked, value: number): void => {
  const { buckets, counts } = spread;
  const bucket = bucketOfValue(value);
  let low = 0;
  let high = spread.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((buckets[middle] as number) < bucket) low = middle + 1;
    else high = middle;
  }
  if (low < spread.length && buckets[low] === bucket) {
    counts[low] = (counts[low] as number) + 1;
    return;
  }
  for (let place = spread.length; place > low; place -= 1) {
    buckets[place] = buckets[place - 1] as number;
    counts[place] = counts[place - 1] as number;
  }
  buckets[low] = bucket;
  counts[low] = 1;
  spread.length += 1;
};
