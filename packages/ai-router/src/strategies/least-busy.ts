import { availableFirst, type Strategy, shuffled, sortedBy } from './strategy.ts';

export interface LeastBusyOptions {
  /** Decides between equals. From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** The fewest calls under way for their weight first. A candidate of weight 0 comes after all others that are available. */
export function leastBusy({ random = Math.random }: LeastBusyOptions = {}): Strategy {
  return availableFirst((available) =>
    sortedBy(shuffled(available, random), ({ weight, health }) =>
      weight > 0 ? (health.inFlight + 1) / weight : Number.POSITIVE_INFINITY,
    ),
  );
}
