export interface QuantilesOptions {
  /** How far back it looks, milliseconds. @default 300_000 */
  readonly windowMs?: number;
  /** In how many parts the window moves on. @default 3 */
  readonly slices?: number;
}

export interface QuantileSummary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The spread of latencies within the last while. Times are milliseconds of a clock that never goes back. */
export interface Quantiles {
  record(ms: number, at: number): void;
  /** The value that this share of the recorded ones do not exceed, milliseconds; undefined where there are none. */
  quantile(share: number, at: number): number | undefined;
  count(at: number): number;
  summary(at: number): QuantileSummary | undefined;
}

// A bucket is the exponent of a 32-bit float and the first four bits of its fraction: sixteen to each doubling, so that no
// value is off by more than a thirty-second. They reach from 1/16 ms to 17 minutes.
const stepsPerOctave = 16;
const octaves = 24;
const buckets = octaves * stepsPerOctave;
const fractionBits = 23 - 4;
const exponentBias = 127;
const lowestExponent = -4;
const offset = (exponentBias + lowestExponent) * stepsPerOctave;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function bucketOf(ms: number): number {
  // Reading the bits costs a fifth of `Math.log2`. The comparison also sorts out what is no number.
  if (!(ms > 0)) return 0;
  float[0] = ms;
  return Math.min(buckets - 1, Math.max(0, ((bits[0] as number) >>> fractionBits) - offset));
}

/** The lower edge of a bucket, which is the upper one of the bucket before. */
function edge(bucket: number): number {
  const octave = Math.floor(bucket / stepsPerOctave);
  return 2 ** (octave + lowestExponent) * (1 + (bucket % stepsPerOctave) / stepsPerOctave);
}

/**
 * A histogram with buckets on a logarithmic scale (as in HdrHistogram, hdrhistogram.org, and DDSketch,
 * arxiv.org/abs/1908.10693) over a window that moves on in slices: the oldest slice is dropped whole.
 */
export function createQuantiles({ windowMs = 300_000, slices = 3 }: QuantilesOptions = {}): Quantiles {
  const sliceMs = windowMs / slices;
  const parts = Array.from({ length: slices }, () => new Uint32Array(buckets));
  const all = new Uint32Array(buckets);
  // Sums of whole doublings, so that a quantile is found in forty steps rather than four hundred.
  const coarse = new Uint32Array(octaves);
  let count = 0;
  let last = 0;

  const drop = (part: Uint32Array): void => {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const stale = part[bucket] as number;
      if (stale === 0) continue;
      part[bucket] = 0;
      all[bucket] = (all[bucket] as number) - stale;
      const octave = (bucket / stepsPerOctave) | 0;
      coarse[octave] = (coarse[octave] as number) - stale;
      count -= stale;
    }
  };

  const advance = (at: number): Uint32Array => {
    const slice = Math.floor(at / sliceMs);
    if (slice > last) {
      for (let stale = Math.max(last + 1, slice - slices + 1); stale <= slice; stale++) {
        drop(parts[stale % slices] as Uint32Array);
      }
      last = slice;
    }
    return parts[last % slices] as Uint32Array;
  };

  const quantile = (share: number): number | undefined => {
    if (count === 0) return undefined;
    const rank = Math.min(count, Math.max(1, Math.ceil(share * count)));
    let below = 0;
    let octave = 0;
    while (below + (coarse[octave] as number) < rank) below += coarse[octave++] as number;
    let bucket = octave * stepsPerOctave;
    while (below + (all[bucket] as number) < rank) below += all[bucket++] as number;
    return (edge(bucket) + edge(bucket + 1)) / 2;
  };

  return {
    record(ms, at) {
      const part = advance(at);
      const bucket = bucketOf(ms);
      const octave = (bucket / stepsPerOctave) | 0;
      part[bucket] = (part[bucket] as number) + 1;
      all[bucket] = (all[bucket] as number) + 1;
      coarse[octave] = (coarse[octave] as number) + 1;
      count += 1;
    },
    quantile(share, at) {
      advance(at);
      return quantile(share);
    },
    count(at) {
      advance(at);
      return count;
    },
    summary(at) {
      advance(at);
      const [p50, p95, p99] = [quantile(0.5), quantile(0.95), quantile(0.99)];
      return p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { count, p50, p95, p99 };
    },
  };
}
