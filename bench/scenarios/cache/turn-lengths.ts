/** Lengths of the turns of an event loop, in steps of 1%: there are millions of them. */
export interface TurnLengths {
  add(lengthMs: number): void;
  clear(): void;
  /** The length that `share` of the turns stay below. */
  quantile(share: number): number;
  /**
   * What `share` of events would wait no longer than, were each to come at a random time and wait for the end of the turn
   * it comes in. Turns that do nothing are many and short, so that a share of turns says little about a share of time.
   */
  waitQuantile(share: number): number;
  /** Share of the time spent in turns longer than that. */
  shareAbove(lengthMs: number): number;
  longestMs(): number;
}

const leastMs = 1e-4;
const growth = 1.01;
const steps = 2_000;

export const createTurnLengths = (): TurnLengths => {
  const counts = new Float64Array(steps);
  let total = 0;
  let totalMs = 0;
  let longest = 0;
  /** The upper end of a step. */
  const lengthOf = (step: number): number => leastMs * growth ** step;
  const scale = 1 / Math.log(growth);

  /** Time during which an event would wait longer than that: the part of each longer turn that is that far from its end. */
  const waitAbove = (waitMs: number): number => {
    let sum = 0;
    for (let step = 0; step < steps; step += 1) sum += (counts[step] ?? 0) * Math.max(0, lengthOf(step) - waitMs);
    return sum;
  };

  return {
    add: (lengthMs) => {
      const step = Math.min(steps - 1, Math.max(0, Math.ceil(Math.log(lengthMs / leastMs) * scale)));
      counts[step] = (counts[step] ?? 0) + 1;
      total += 1;
      totalMs += lengthMs;
      if (lengthMs > longest) longest = lengthMs;
    },
    clear: () => {
      counts.fill(0);
      total = 0;
      totalMs = 0;
      longest = 0;
    },
    quantile: (share) => {
      let below = 0;
      for (let step = 0; step < steps; step += 1) {
        below += counts[step] ?? 0;
        if (below >= share * total) return Math.min(longest, lengthOf(step));
      }
      return longest;
    },
    waitQuantile: (share) => {
      let [low, high] = [0, longest];
      for (let halving = 0; halving < 40; halving += 1) {
        const middle = (low + high) / 2;
        if (waitAbove(middle) > (1 - share) * totalMs) low = middle;
        else high = middle;
      }
      return high;
    },
    shareAbove: (lengthMs) => {
      let sum = 0;
      for (let step = 0; step < steps; step += 1) {
        if (lengthOf(step) > lengthMs) sum += (counts[step] ?? 0) * lengthOf(step);
      }
      return totalMs === 0 ? 0 : sum / totalMs;
    },
    longestMs: () => longest,
  };
};
