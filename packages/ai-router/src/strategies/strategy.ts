import type { Capability, Price } from '../cost.ts';
import type { TargetHealth } from '../health/target-health.ts';

export type { Capability };

/** A target that could answer. */
export interface Candidate {
  readonly target: { readonly provider: { readonly id: string }; readonly model: string };
  /** Its share beside the others'; 0 for one that is only asked where no other is left. Not all strategies heed it. */
  readonly weight: number;
  readonly health: TargetHealth;
  /** In place of the price table's. */
  readonly price?: Price | undefined;
  /** Tokens of input and output together; undefined where nobody knows. */
  readonly contextTokens?: number | undefined;
  /** Undefined where nobody knows. */
  readonly capabilities?: readonly Capability[] | undefined;
}

/** What a strategy may know of the request. */
export interface StrategyContext {
  readonly stream: boolean;
  /** Estimated. */
  readonly inputTokens: number;
  readonly maxOutputTokens?: number | undefined;
  /** What the request cannot do without. */
  readonly needs: readonly Capability[];
}

/** Orders all candidates, best first. Those that are not available come last, the soonest back first, but are not gone. */
export type Strategy = (candidates: readonly Candidate[], context: StrategyContext) => readonly Candidate[];

/** A strategy out of an order of the available ones. */
export function availableFirst(
  order: (available: readonly Candidate[], context: StrategyContext) => readonly Candidate[],
): Strategy {
  return (candidates, context) => {
    const available = candidates.filter(({ health }) => health.isAvailable());
    if (available.length === candidates.length) return order(candidates, context);
    const behind = candidates.filter((candidate) => !available.includes(candidate));
    return [...order(available, context), ...sortedBy(behind, ({ health }) => health.availableInMs())];
  };
}

/** In ascending order of a value that is taken once for each; equal ones keep their order. */
export function sortedBy(candidates: readonly Candidate[], rankOf: (candidate: Candidate) => number): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, value: rankOf(candidate) }))
    .sort((one, other) => (one.value === other.value ? 0 : one.value - other.value))
    .map(({ candidate }) => candidate);
}

/** In random order (Fisher and Yates). */
export function shuffled(candidates: readonly Candidate[], random: () => number): Candidate[] {
  const list = [...candidates];
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [list[index], list[other]] = [list[other] as Candidate, list[index] as Candidate];
  }
  return list;
}
