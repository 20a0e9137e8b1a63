import { twoSidedNormal } from './special.ts';
import { type Spread, sizeOf } from './spread.ts';

export interface MannWhitney {
  /** Pairs in which the value of the second is the larger one; a tie is half a pair. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
  /** Cliff's delta: from -1, where all of the second are smaller, to 1, where all are larger. */
  readonly delta: number;
}

/** So many pairs at most are counted exactly. */
const mostExact = 2500;

/** In how many orders of so many of one and the other each `u` is found: the recurrence of Mann and Whitney, 1947. */
const ordersByU = (first: number, second: number): Float64Array => {
  let before: Float64Array[] = Array.from({ length: second + 1 }, () => Float64Array.of(1));
  for (let one = 1; one <= first; one += 1) {
    const next: Float64Array[] = [Float64Array.of(1)];
    for (let other = 1; other <= second; other += 1) {
      const orders = new Float64Array(one * other + 1);
      // The largest of all is of the first, and adds nothing; or it is of the second, and larger than all of the first.
      (before[other] as Float64Array).forEach((count, u) => {
        orders[u] = (orders[u] as number) + count;
      });
      (next[other - 1] as Float64Array).forEach((count, u) => {
        orders[u + one] = (orders[u + one] as number) + count;
      });
      next.push(orders);
    }
    before = next;
  }
  return before[second] as Float64Array;
};

const exactP = (u: number, first: number, second: number): number => {
  const orders = ordersByU(first, second);
  const smaller = Math.min(u, first * second - u);
  let all = 0;
  let asFar = 0;
  orders.forEach((count, each) => {
    all += count;
    if (each <= smaller) asFar += count;
  });
  return Math.min(1, (2 * asFar) / all);
};

/**
 * Whether the values of the second are larger or smaller than those of the first, by their order alone. Exact for few values without
 * ties, else by the normal approximation with the correction for ties and for continuity. Sources: H. B. Mann and D. R. Whitney, On a
 * test of whether one of two random variables is stochastically larger than the other, 1947; M. Hollander and D. A. Wolfe,
 * Nonparametric Statistical Methods, 4.1; N. Cliff, Dominance statistics, 1993 (delta = 2u / mn - 1). Undefined where one is empty.
 */
export const mannWhitney = (first: Spread, second: Spread): MannWhitney | undefined => {
  const [m, n] = [sizeOf(first), sizeOf(second)];
  if (m === 0 || n === 0) return undefined;
  const seconds = new Map(second);
  const firsts = new Map(first);
  const buckets = [...new Set([...firsts.keys(), ...seconds.keys()])].sort((a, b) => a - b);
  let u = 0;
  let below = 0;
  /** The sum of t^3 - t over the ties. */
  let ties = 0;
  for (const bucket of buckets) {
    const [one, other] = [firsts.get(bucket) ?? 0, seconds.get(bucket) ?? 0];
    u += other * (below + one / 2);
    below += one;
    const tied = one + other;
    ties += tied ** 3 - tied;
  }
  const delta = (2 * u) / (m * n) - 1;
  if (ties === 0 && m * n <= mostExact) return { u, p: exactP(u, m, n), delta };
  const all = m + n;
  const variance = ((m * n) / 12) * (all + 1 - ties / (all * (all - 1)));
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return { u, p: variance > 0 ? twoSidedNormal(distance / Math.sqrt(variance)) : 1, delta };
};
