/** How an attempt was let through; hand it back with the outcome. */
export type Permit = 'normal' | 'probe';

/**
 * Lets calls through until several in a row failed, then none for a while, then one at a time to see whether it works
 * again. A call that begins before the breaker opens says nothing about what comes after.
 */
export interface Breaker {
  /** `undefined`: do not try. */
  enter(): Permit | undefined;
  succeed(permit: Permit): void;
  /** Whether the breaker opened because of it. */
  fail(permit: Permit): boolean;
  /** The cause is known to be over. */
  reset(): void;
}

export interface BreakerSettings {
  readonly failures: number;
  readonly probeAfterMs: number;
  /** A clock that never goes back, milliseconds. */
  readonly elapsed: () => number;
}

export const createBreaker = ({ failures, probeAfterMs, elapsed }: BreakerSettings): Breaker => {
  let inRow = 0;
  let isOpen = false;
  let isProbing = false;
  let probeAt = 0;
  const reset = (): void => {
    inRow = 0;
    isOpen = false;
    isProbing = false;
  };
  return {
    enter: () => {
      if (!isOpen) return 'normal';
      if (isProbing || elapsed() < probeAt) return undefined;
      isProbing = true;
      return 'probe';
    },
    succeed: (permit) => {
      if (permit === 'probe') reset();
      else if (!isOpen) inRow = 0;
    },
    fail: (permit) => {
      if (permit === 'normal') {
        if (isOpen) return false;
        inRow += 1;
        if (inRow < failures) return false;
      }
      isOpen = true;
      isProbing = false;
      probeAt = elapsed() + probeAfterMs;
      return true;
    },
    reset,
  };
};
