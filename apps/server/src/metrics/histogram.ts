/** Upper bounds, seconds: from an answer out of memory to the longest answer that is waited for. */
const latencyBounds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300, 600,
];

/** How often a value fell between two bounds. */
export interface Histogram {
  readonly bounds: readonly number[];
  /** One for each bound, not cumulative, and one for what lies beyond the last. */
  readonly counts: Float64Array;
  sum: number;
  observe(value: number): void;
}

export const createHistogram = (bounds: readonly number[] = latencyBounds): Histogram => {
  const counts = new Float64Array(bounds.length + 1);
  return {
    bounds,
    counts,
    sum: 0,
    observe(value) {
      let index = 0;
      // Two dozen comparisons at most cost less than a search by halves.
      while (index < bounds.length && value > (bounds[index] as number)) index += 1;
      counts[index] = (counts[index] as number) + 1;
      this.sum += value;
    },
  };
};
