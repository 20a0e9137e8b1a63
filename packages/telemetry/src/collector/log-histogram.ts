/** Values below it have a bucket each; above, every doubling has 32 of the same width. */
const exact = 64;
const perDoubling = 32;
/** Higher ones count as it: 36 years in microseconds. */
const highest = 2 ** 50;

/** Bucket of a whole number from 0 to 2^31 - 1. */
const smallBucketOf = (value: number): number => {
  if (value < exact) return value;
  const exponent = 31 - Math.clz32(value);
  // Five bits below the highest one, of numbers that have at least as many.
  return exact + (exponent - 6) * perDoubling + ((value >>> (exponent - 5)) & 31);
};

/** Bucket of a whole number from 0. */
const bucketOf = (value: number): number =>
  // Bit operations take 32 bits: what is larger is looked at without its lowest.
  value < 0x8000_0000 ? smallBucketOf(value) : 24 * perDoubling + smallBucketOf(Math.floor(value / 0x100_0000));

/** The bucket that each of these values from 0 lies in. */
export const bucketsOf = (values: readonly number[]): Int32Array =>
  Int32Array.from(values, (value) => bucketOf(Math.floor(Math.min(value, highest))));

/** The bucket that a value counts in, whatever it is. */
export const bucketOfValue = (value: number): number =>
  value >= 0 && value < 0x7fff_ffff
    ? smallBucketOf((value + 0.5) | 0)
    : bucketOf(value >= highest ? highest : value < 0 ? 0 : Math.round(value));

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
  /** By bucket, from about the lowest that was seen to the highest: what takes a second has nothing to do with microseconds. */
  #counts = new Float64Array(0);
  /** The bucket of the first of them. */
  #first = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(value: number): void {
    const bucket = bucketOfValue(value);
    const place = bucket - this.#first;
    const counts = this.#counts;
    if (place >= 0 && place < counts.length) {
      counts[place] = (counts[place] as number) + 1;
      this.#count += 1;
    } else this.add(bucket, 1);
  }

  /** Adds to a bucket, such as one that `buckets` told. */
  add(bucket: number, count: number): void {
    let place = bucket - this.#first;
    if (place < 0 || place >= this.#counts.length) {
      this.#makeRoom(bucket);
      place = bucket - this.#first;
    }
    this.#counts[place] = (this.#counts[place] as number) + count;
    this.#count += count;
  }

  /** Adds to the first `length` of these buckets, which are in order. */
  addAll(buckets: readonly number[], counts: readonly number[], length: number): void {
    if (length === 0) return;
    for (const bucket of [buckets[0] as number, buckets[length - 1] as number])
      if (bucket < this.#first || bucket >= this.#first + this.#counts.length) this.#makeRoom(bucket);
    const own = this.#counts;
    let added = 0;
    for (let index = 0; index < length; index += 1) {
      const bucket = (buckets[index] as number) - this.#first;
      const count = counts[index] as number;
      own[bucket] = (own[bucket] as number) + count;
      added += count;
    }
    this.#count += added;
  }

  merge(other: LogHistogram): void {
    const counts = other.#counts;
    if (counts.length === 0) return;
    for (const end of [other.#first, other.#first + counts.length - 1])
      if (end < this.#first || end >= this.#first + this.#counts.length) this.#makeRoom(end);
    const own = this.#counts;
    const from = other.#first - this.#first;
    for (let place = 0; place < counts.length; place += 1)
      own[from + place] = (own[from + place] as number) + (counts[place] as number);
    this.#count += other.#count;
  }

  /** What has come since it was as `before`, an earlier state of it. */
  since(before: LogHistogram): LogHistogram {
    const difference = new LogHistogram();
    const from = before.#first - this.#first;
    difference.#first = this.#first;
    difference.#counts = this.#counts.slice();
    for (let place = 0; place < before.#counts.length; place += 1)
      difference.#counts[from + place] = (this.#counts[from + place] as number) - (before.#counts[place] as number);
    difference.#count = this.#count - before.#count;
    return difference;
  }

  /** The value below which a share of all lies, from 0 to 1; undefined where there is none. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let place = 0; place < this.#counts.length; place += 1) {
      left -= this.#counts[place] as number;
      if (left <= 0) return middleOf(this.#first + place);
    }
    return undefined;
  }

  /** Adds for each of rising buckets, at the same place of `counts`, how many are in it or below. */
  addCountsUpTo(buckets: Int32Array, counts: Float64Array): void {
    const own = this.#counts;
    let found = 0;
    let place = 0;
    for (let index = 0; index < buckets.length; index += 1) {
      const end = Math.min((buckets[index] as number) + 1 - this.#first, own.length);
      for (; place < end; place += 1) found += own[place] as number;
      counts[index] = (counts[index] as number) + found;
    }
  }

  /** Buckets with something in them, the lowest first. */
  *buckets(): Generator<readonly [bucket: number, count: number]> {
    for (let place = 0; place < this.#counts.length; place += 1) {
      const count = this.#counts[place] as number;
      if (count > 0) yield [this.#first + place, count];
    }
  }

  #makeRoom(bucket: number): void {
    const start = bucket - (bucket % perDoubling);
    const isFirst = this.#counts.length === 0;
    const first = isFirst ? start : Math.min(this.#first, start);
    const end = Math.max(isFirst ? 0 : this.#first + this.#counts.length, start + perDoubling);
    const counts = new Float64Array(end - first);
    counts.set(this.#counts, isFirst ? 0 : this.#first - first);
    this.#counts = counts;
    this.#first = first;
  }
}
