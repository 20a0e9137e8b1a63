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
  /** By bucket, from about the lowest that was seen to the highest: what takes a second has nothing to do with microseconds. */
  #counts = new Float64Array(0);
  /** The bucket of the first of them. */
  #first = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(value: number): void {
    this.add(bucketOf(value >= highest ? highest : value < 0 ? 0 : Math.round(value)), 1);
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

  /** How many are at most `value`, or in its bucket. */
  countUpTo(value: number): number {
    const counts = new Float64Array(1);
    this.addCountsUpTo([value], counts);
    return counts[0] as number;
  }

  /** Adds for each of rising bounds, at the same place of `counts`, how many are at most it, or in its bucket. */
  addCountsUpTo(bounds: readonly number[], counts: Float64Array): void {
    const own = this.#counts;
    let found = 0;
    let place = 0;
    for (let index = 0; index < bounds.length; index += 1) {
      const last = bucketOf(Math.floor(Math.min(bounds[index] as number, highest)));
      const end = Math.min(last + 1 - this.#first, own.length);
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
