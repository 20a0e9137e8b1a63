/** Values below it have a bucket each; above, every doubling has 32 of the same width. */
const exact = 64;
const perDoubling = 32;
/** Higher ones count as it: 36 years in microseconds. */
const highest = 2 ** 50;

/** Bucket of a whole number from 0. */
const bucketOf = (value: number): number => {
  if (value < exact) return value;
  // Bit operations take 32 bits: what is larger is looked at without its lowest.
  const high = value < 0x8000_0000 ? value : Math.floor(value / 0x100_0000);
  const exponent = 31 - Math.clz32(high);
  const doubling = exponent + (high === value ? 0 : 24) - 6;
  // Five bits below the highest one, of numbers that have at least as many.
  return exact + doubling * perDoubling + ((high >>> (exponent - 5)) & 31);
};

/** The middle of a bucket: at most 1/64 from any value in it. */
const middleOf = (bucket: number): number => {
  if (bucket < exact) return bucket;
  const place = bucket - exact;
  const width = 2 ** (Math.floor(place / perDoubling) + 1);
  return (perDoubling + (place % perDoubling)) * width + (width - 1) / 2;
};

/** The lowest and the highest whole number of a bucket. */
export const edgesOf = (bucket: number): readonly [low: number, high: number] => {
  if (bucket < exact) return [bucket, bucket];
  const place = bucket - exact;
  const width = 2 ** (Math.floor(place / perDoubling) + 1);
  const low = (perDoubling + (place % perDoubling)) * width;
  return [low, low + width - 1];
};

/**
 * How values are spread, in buckets that grow with the value, as HdrHistogram has them: a quantile is at most 1.6% wrong, and exact
 * below 64. Values are whole numbers from 0; others are rounded. Two of them merge into what one would have been.
 */
export class LogHistogram {
  /** By bucket, as far as the highest that was seen. */
  #counts = new Float64Array(0);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(value: number): void {
    this.add(bucketOf(value >= highest ? highest : value < 0 ? 0 : Math.round(value)), 1);
  }

  /** Adds to a bucket, such as one that `buckets` told. */
  add(bucket: number, count: number): void {
    if (bucket >= this.#counts.length) this.#grow(bucket);
    this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    this.#count += count;
  }

  /** Adds to the first `length` of these buckets, which are in order. */
  addAll(buckets: readonly number[], counts: readonly number[], length: number): void {
    if (length === 0) return;
    const last = buckets[length - 1] as number;
    if (last >= this.#counts.length) this.#grow(last);
    const own = this.#counts;
    let added = 0;
    for (let index = 0; index < length; index += 1) {
      const bucket = buckets[index] as number;
      const count = counts[index] as number;
      own[bucket] = (own[bucket] as number) + count;
      added += count;
    }
    this.#count += added;
  }

  merge(other: LogHistogram): void {
    for (const [bucket, count] of other.buckets()) this.add(bucket, count);
  }

  /** The value below which a share of all lies, from 0 to 1; undefined where there is none. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return middleOf(bucket);
    }
    return undefined;
  }

  /** How many are at most `value`, or in its bucket. */
  countUpTo(value: number): number {
    const last = Math.min(bucketOf(Math.floor(Math.min(value, highest))), this.#counts.length - 1);
    let found = 0;
    for (let bucket = 0; bucket <= last; bucket += 1) found += this.#counts[bucket] as number;
    return found;
  }

  /** Buckets with something in them, the lowest first. */
  *buckets(): Generator<readonly [bucket: number, count: number]> {
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      const count = this.#counts[bucket] as number;
      if (count > 0) yield [bucket, count];
    }
  }

  #grow(bucket: number): void {
    const counts = new Float64Array(Math.ceil((bucket + 1) / exact) * exact);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}
