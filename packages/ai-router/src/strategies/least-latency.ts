import { availableFirst, type Candidate, type Strategy, shuffled, sortedBy } from './strategy.ts';

export interface LeastLatencyOptions {
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * The better of two drawn at random, by peak EWMA; the others follow, the least loaded first. Always taking the best of
 * all would send every request of a moment to the same target, whose latency is only known later (Mitzenmacher, "The
 * Power of Two Choices in Randomized Load Balancing", 2001).
 */
export function leastLatency({ random = Math.random }: LeastLatencyOptions = {}): Strategy {
  return availableFirst((available, { stream }) => {
    if (available.length < 2) return available;
    const loads = new Map(available.map((candidate) => [candidate, candidate.health.load(stream)]));
    const loadOf = (candidate: Candidate): number => loads.get(candidate) ?? 0;
    const [one, other] = shuffled(available, random) as [Candidate, Candidate];
    const best = loadOf(other) < loadOf(one) ? other : one;
    return [
      best,
      ...sortedBy(
        available.filter((candidate) => candidate !== best),
        loadOf,
      ),
    ];
  });
}
