/** A sum of what was added within the last while. */
export interface SlidingSum {
  add(amount: number, at: number): void;
  total(at: number): number;
  clear(): void;
}

/**
 * Keeps a sum over a sliding window in slices, of which the oldest is dropped whole: the window is up to one slice shorter
 * than asked for. Times are milliseconds of a clock that never goes back.
 */
export function createSlidingSum(windowMs: number, slices = 10): SlidingSum {
  const sliceMs = windowMs / slices;
  const sums = new Float64Array(slices);
  let last = 0;

  const advance = (at: number): number => {
    const slice = Math.floor(at / sliceMs);
    if (slice > last) {
      if (slice - last >= slices) sums.fill(0);
      else for (let stale = last + 1; stale <= slice; stale++) sums[stale % slices] = 0;
      last = slice;
    }
    return last % slices;
  };

  return {
    add(amount, at) {
      const index = advance(at);
      sums[index] = (sums[index] as number) + amount;
    },
    // Added up anew each time: a running total would gather the rounding of every addition.
    total(at) {
      advance(at);
      let total = 0;
      for (const sum of sums) total += sum;
      return total;
    },
    clear: () => sums.fill(0),
  };
}
