/** The middle of numbers in any order; undefined of none. */
export const median = (values: readonly number[]): number | undefined => {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
};

/** Of a normal distribution the standard deviation is so many times the median absolute deviation: 1 / Φ⁻¹(3/4). */
const normal = 1.4826;

/**
 * How far values lie from a centre, as a standard deviation that up to half of them cannot distort: the median absolute deviation
 * (Hampel 1974, doi:10.1080/01621459.1974.10482962). Undefined of none.
 */
export const spreadAround = (values: readonly number[], centre: number): number | undefined => {
  const deviation = median(values.map((value) => Math.abs(value - centre)));
  return deviation === undefined ? undefined : deviation * normal;
};
