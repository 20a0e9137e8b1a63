import { createSlidingSum } from '../sliding-sum.ts';

/** `closed`: calls pass. `open`: none should. `half-open`: one at a time, to see. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerChange {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly reason: 'failures-in-row' | 'failure-share' | 'probe' | 'probe-failed' | 'recovered' | 'reset';
  /** How long it stays open, milliseconds, where it opened. */
  readonly openMs?: number;
}

export interface BreakerSettings {
  /** Failures in a row that open it. @default 5 */
  readonly failuresInRow?: number;
  /** Share of failures within the window that opens it, from 0 to 1. @default 0.5 */
  readonly failureShare?: number;
  /** Outcomes within the window below which no share is taken. @default 20 */
  readonly leastVolume?: number;
  /** @default 30_000 */
  readonly windowMs?: number;
  /** How long it stays open the first time, milliseconds; twice as long each further time. @default 5000 */
  readonly openMs?: number;
  /** @default 120_000 */
  readonly longestOpenMs?: number;
  /** How long it must have stayed closed for the doubling to start anew, milliseconds. @default `longestOpenMs` */
  readonly calmMs?: number;
  /** Good probes in a row that close it. @default 3 */
  readonly goodProbes?: number;
  /** After how long a probe that nobody ended is given up, milliseconds. @default 60_000 */
  readonly probeLimitMs?: number;
}

export interface BreakerOptions extends BreakerSettings {
  /** A clock that never goes back, milliseconds. */
  readonly now: () => number;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** Hears of every change of state, after it. */
  readonly onChange?: ((change: BreakerChange) => void) | undefined;
}

declare const permit: unique symbol;
/** How a call was let through; to be handed back with its outcome. */
export type Permit = number & { readonly [permit]: true };

/**
 * Keeps calls from a target that fails. It opens after several failures in a row, or when too large a share of many calls
 * failed; then, after a while that doubles each time, it lets one probe at a time through, and closes after a few good ones,
 * so that a target that comes and goes is not trusted at its first good answer. What began before a change of state says
 * nothing about the state after it, and a call made without a permit says nothing at all.
 */
export interface Breaker {
  readonly state: BreakerState;
  readonly failuresInRow: number;
  /** Share of failures among the outcomes of the window; 0 where there are none. */
  failureShare(): number;
  /** Whether `enter` would let a call through now. */
  canEnter(): boolean;
  /** How long until the next probe may be made, milliseconds; 0 while calls pass. */
  waitMs(): number;
  enter(): Permit | undefined;
  succeed(permit: Permit | undefined): void;
  fail(permit: Permit | undefined): void;
  /** The call told nothing about the target: it was cancelled, or was itself at fault. */
  release(permit: Permit | undefined): void;
  /** Closes it: the cause is known to be over. */
  reset(): void;
}

/** The open time is up to this share shorter than told, so that many gateways do not probe together. */
const jitter = 0.2;

/** A breaker as described at `Breaker`. It needs no timer: the state moves when calls come. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { now, random = Math.random, onChange } = options;
  const { failuresInRow: mostInRow = 5, failureShare: mostShare = 0.5, leastVolume = 20, windowMs = 30_000 } = options;
  const { openMs = 5000, longestOpenMs = 120_000, calmMs = longestOpenMs } = options;
  const { goodProbes = 3, probeLimitMs = 60_000 } = options;

  const outcomes = createSlidingSum(windowMs);
  const failures = createSlidingSum(windowMs);
  let state: BreakerState = 'closed';
  let inRow = 0;
  // Permits are numbers: of a closed breaker the period it is in, of a probe one below 0, less than that of the last.
  let period = 1;
  let probe = 0;
  let lastProbe = 0;
  let lastStaleProbe = 0;
  let probeAt = 0;
  let probeUntil = 0;
  let good = 0;
  let openings = 0;
  let closedAt = now();

  const move = (to: BreakerState, reason: BreakerChange['reason'], forMs?: number): void => {
    const from = state;
    state = to;
    if (from !== to) onChange?.({ from, to, reason, ...(forMs !== undefined && { openMs: forMs }) });
  };

  const open = (reason: BreakerChange['reason']): void => {
    if (state === 'closed' && now() - closedAt >= calmMs) openings = 0;
    const longest = Math.min(longestOpenMs, openMs * 2 ** openings);
    const forMs = longest * (1 - jitter * random());
    openings += 1;
    period += 1;
    probe = 0;
    lastStaleProbe = lastProbe;
    good = 0;
    probeAt = now() + forMs;
    move('open', reason, forMs);
  };

  const close = (reason: BreakerChange['reason']): void => {
    probe = 0;
    inRow = 0;
    outcomes.clear();
    failures.clear();
    closedAt = now();
    move('closed', reason);
  };

  const failureShare = (): number => {
    const at = now();
    const total = outcomes.total(at);
    return total === 0 ? 0 : failures.total(at) / total;
  };

  const waitMs = (): number => {
    if (state === 'closed') return 0;
    const until = state === 'open' ? probeAt : probe === 0 ? 0 : probeUntil;
    return Math.max(0, until - now());
  };

  /** Also a probe that was given up for another one tells something, when it ends at last. */
  const isProbe = (given: number): boolean => state === 'half-open' && given < lastStaleProbe;

  return {
    get state() {
      return state;
    },
    get failuresInRow() {
      return inRow;
    },
    failureShare,
    canEnter: () => waitMs() === 0,
    waitMs,
    enter() {
      if (state === 'closed') return period as Permit;
      if (waitMs() > 0) return undefined;
      lastProbe -= 1;
      probe = lastProbe;
      probeUntil = now() + probeLimitMs;
      move('half-open', 'probe');
      return probe as Permit;
    },
    succeed(given) {
      if (given === undefined) return;
      if (isProbe(given)) {
        if (given === probe) probe = 0;
        good += 1;
        if (good >= goodProbes) close('recovered');
      } else if (given === period && state === 'closed') {
        inRow = 0;
        outcomes.add(1, now());
      }
    },
    fail(given) {
      if (given === undefined) return;
      if (isProbe(given)) {
        open('probe-failed');
      } else if (given === period && state === 'closed') {
        inRow += 1;
        outcomes.add(1, now());
        failures.add(1, now());
        if (inRow >= mostInRow) open('failures-in-row');
        else if (outcomes.total(now()) >= leastVolume && failureShare() >= mostShare) open('failure-share');
      }
    },
    release(given) {
      if (given === probe) probe = 0;
    },
    reset() {
      openings = 0;
      close('reset');
    },
  };
}
