import { createSlidingSum } from '../sliding-sum.ts';

export interface RetryBudgetOptions {
  /** Retries for each request. @default 0.2 */
  readonly share?: number;
  /** Retries a second that are allowed however few requests there are. @default 3 */
  readonly perSecond?: number;
  /** How long a request, or a retry, counts, milliseconds. @default 10_000 */
  readonly windowMs?: number;
  /** A clock that never goes back, milliseconds. */
  readonly now: () => number;
}

/** What all requests together may spend on second calls. */
export interface RetryBudget {
  /** A request began. Its own retries and hedges are no requests. */
  deposit(): void;
  /** Takes one retry, where there is one. */
  tryWithdraw(): boolean;
  /** Retries that could be taken now. */
  balance(): number;
}

/**
 * A token bucket that each request fills a little and each retry empties by one, so that an outage adds a fifth to the load
 * rather than multiplying it by the number of attempts. The design is Finagle's (`RetryBudget`,
 * twitter.github.io/finagle/guide/Clients.html#retries): what is put in or taken out counts for one window, on top of
 * a reserve of `perSecond` for the whole window.
 */
export function createRetryBudget(options: RetryBudgetOptions): RetryBudget {
  const { share = 0.2, perSecond = 3, windowMs = 10_000, now } = options;
  const reserve = (perSecond * windowMs) / 1000;
  const tokens = createSlidingSum(windowMs);
  // Ten times 0.1 is a little less than 1.
  const available = (): number => tokens.total(now()) + reserve + 1e-9;
  return {
    deposit: () => tokens.add(share, now()),
    tryWithdraw() {
      if (available() < 1) return false;
      tokens.add(-1, now());
      return true;
    },
    balance: () => Math.max(0, Math.floor(available())),
  };
}

/** The budget of hedged calls: one for each twenty requests, and no reserve, so that hedging never adds more than 5%. */
export function createHedgeBudget(options: Pick<RetryBudgetOptions, 'now' | 'share' | 'windowMs'>): RetryBudget {
  return createRetryBudget({ share: 0.05, perSecond: 0, ...options });
}
