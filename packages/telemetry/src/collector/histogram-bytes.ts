import { LogHistogram } from './log-histogram.ts';

/** The layout that is written; a reader that finds another leaves the histogram out. */
const layout = 1;

/** Buckets of a histogram with something in them, the lowest first, and their counts: the first `length` of each array. */
export interface Unpacked {
  length: number;
  readonly buckets: number[];
  readonly counts: number[];
}

/** Most bytes that a bucket takes: two for how far it is from the last, and eight for a count. */
const bytesPerBucket = 10;
/** What is written before it is known how long it is. */
let draft = new Uint8Array(1024);

/** Seven bits a byte, the lowest first; the highest bit says that another follows (LEB128). Where the next goes. */
const append = (at: number, value: number): number => {
  let next = at;
  let rest = value;
  while (rest >= 0x80) {
    draft[next] = (rest % 0x80) + 0x80;
    next += 1;
    rest = Math.floor(rest / 0x80);
  }
  draft[next] = rest;
  return next + 1;
};

/** For each bucket that is not empty, how many empty ones lie before it, and its count. */
export const packBytes = ({ buckets, counts, length }: Unpacked): Uint8Array => {
  if (draft.length < 1 + length * bytesPerBucket) draft = new Uint8Array(2 * (1 + length * bytesPerBucket));
  draft[0] = layout;
  let at = 1;
  let next = 0;
  for (let index = 0; index < length; index += 1) {
    const bucket = buckets[index] as number;
    at = append(at, bucket - next);
    at = append(at, counts[index] as number);
    next = bucket + 1;
  }
  return draft.slice(0, at);
};

/** A histogram for keeping. */
export const histogramBytes = (histogram: LogHistogram): Uint8Array => {
  const unpacked: Unpacked = { length: 0, buckets: [], counts: [] };
  for (const [bucket, count] of histogram.buckets()) {
    unpacked.buckets.push(bucket);
    unpacked.counts.push(count);
  }
  unpacked.length = unpacked.buckets.length;
  return packBytes(unpacked);
};

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
