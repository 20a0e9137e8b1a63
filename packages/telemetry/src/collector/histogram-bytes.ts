import { LogHistogram } from './log-histogram.ts';

/** The layout that is written; a reader that finds another leaves the histogram out. */
const layout = 1;

/** Seven bits a byte, the lowest first; the highest bit says that another follows (LEB128). */
const append = (bytes: number[], value: number): void => {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
};

/** A histogram for keeping: for each bucket that is not empty, how many empty ones lie before it, and its count. */
export const histogramBytes = (histogram: LogHistogram): Uint8Array => {
  const bytes: number[] = [layout];
  let next = 0;
  for (const [bucket, count] of histogram.buckets()) {
    append(bytes, bucket - next);
    append(bytes, count);
    next = bucket + 1;
  }
  return Uint8Array.from(bytes);
};

/** Buckets of a histogram with something in them. Its arrays are filled anew by each `unpackBytes`. */
export interface Unpacked {
  length: number;
  readonly buckets: number[];
  readonly counts: number[];
}

/** Reads what was kept, between `start` and `end`. False where it cannot be read. */
export const unpackBytes = (into: Unpacked, bytes: Uint8Array, start = 0, end = bytes.length): boolean => {
  const { buckets, counts } = into;
  into.length = 0;
  if (end <= start || bytes[start] !== layout) return false;
  let bucket = 0;
  let found = 0;
  let isCount = false;
  for (let at = start + 1; at < end; at += 1) {
    let byte = bytes[at] as number;
    let value = byte & 0x7f;
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      at += 1;
      if (at === end) return false;
      byte = bytes[at] as number;
      value += (byte & 0x7f) * scale;
    }
    if (isCount) {
      buckets[found] = bucket;
      counts[found] = value;
      found += 1;
      bucket += 1;
    } else bucket += value;
    isCount = !isCount;
  }
  if (isCount) return false;
  into.length = found;
  return true;
};

/** Adds what was kept to a histogram. False where it cannot be read; nothing was added then. */
export const mergeBytes = (histogram: LogHistogram, bytes: Uint8Array): boolean => {
  const unpacked: Unpacked = { length: 0, buckets: [], counts: [] };
  if (!unpackBytes(unpacked, bytes)) return false;
  histogram.addAll(unpacked.buckets, unpacked.counts, unpacked.length);
  return true;
};

export const histogramOf = (bytes: Uint8Array): LogHistogram | undefined => {
  const histogram = new LogHistogram();
  return mergeBytes(histogram, bytes) ? histogram : undefined;
};
