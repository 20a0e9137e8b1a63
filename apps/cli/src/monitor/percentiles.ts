/** The upper bounds of the buckets of a histogram, with how many values fell below each (as Prometheus has them). */
export type Buckets = readonly (readonly [upper: number, cumulative: number])[];

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * The value below which `share` (0 to 1) of the values lie, taken to be spread evenly within a bucket, as `histogram_quantile`
 * of Prometheus does; beyond the last bound it is that bound. Undefined for no values.
 */
export const quantileOf = (buckets: Buckets, share: number): number | undefined => {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  let lower = 0;
  let below = 0;
  for (const [upper, cumulative] of buckets) {
    if (cumulative >= rank && cumulative > below) {
      return Number.isFinite(upper) ? lower + ((upper - lower) * (rank - below)) / (cumulative - below) : lower;
    }
    if (Number.isFinite(upper)) lower = upper;
    below = Math.max(below, cumulative);
  }
  return lower;
};

/** Undefined for no values. */
export const percentilesOf = (buckets: Buckets): Percentiles | undefined => {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantileOf(buckets, share));
  return p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { p50, p95, p99 };
};
