import type { TargetHealth } from '../health/target-health.ts';
import { availableFirst, type Candidate, type Strategy, sortedBy } from './strategy.ts';

export interface WeightedOptions {
  /**
   * `random`: each request draws by weight. `smooth`: turns are taken by weight and spread evenly, `aabaca` rather than
   * `aaaabc`; it remembers the turns, so each route needs a strategy of its own. @default "random"
   */
  readonly mode?: 'random' | 'smooth';
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** Spreads requests by weight. A candidate of weight 0 comes after all others that are available. */
export function weighted({ mode = 'random', random = Math.random }: WeightedOptions = {}): Strategy {
  return availableFirst(mode === 'smooth' ? smoothly() : (available) => drawn(available, random));
}

/**
 * Draws without putting back: each candidate gets an exponential waiting time by its weight, and the soonest comes first
 * (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006).
 */
const drawn = (candidates: readonly Candidate[], random: () => number): readonly Candidate[] =>
  sortedBy(candidates, ({ weight }) => (weight > 0 ? -Math.log(1 - random()) / weight : Number.POSITIVE_INFINITY));

/** nginx's smooth weighted round robin (github.com/nginx/nginx/commit/52327e0627f4): the chosen one pays what all gain. */
function smoothly(): (candidates: readonly Candidate[]) => readonly Candidate[] {
  const credit = new WeakMap<TargetHealth, number>();
  return (candidates) => {
    let total = 0;
    for (const { weight, health } of candidates) {
      if (!(weight > 0)) continue;
      total += weight;
      credit.set(health, (credit.get(health) ?? 0) + weight);
    }
    const order = sortedBy(candidates, ({ weight, health }) =>
      weight > 0 ? -(credit.get(health) ?? 0) : Number.POSITIVE_INFINITY,
    );
    const [chosen] = order;
    if (chosen && chosen.weight > 0) credit.set(chosen.health, (credit.get(chosen.health) ?? 0) - total);
    return order;
  };
}
