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

/** Adds what was kept to a histogram. False where it cannot be read; nothing was added then. */
export const mergeBytes = (histogram: LogHistogram, bytes: Uint8Array): boolean => {
  if (bytes[0] !== layout) return false;
  const found: number[] = [];
  let value = 0;
  let scale = 1;
  for (let at = 1; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    found.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1 || found.length % 2 === 1) return false;
  let bucket = 0;
  for (let at = 0; at < found.length; at += 2) {
    bucket += found[at] as number;
    histogram.add(bucket, found[at + 1] as number);
    bucket += 1;
  }
  return true;
};

export const histogramOf = (bytes: Uint8Array): LogHistogram | undefined => {
  const histogram = new LogHistogram();
  return mergeBytes(histogram, bytes) ? histogram : undefined;
};
