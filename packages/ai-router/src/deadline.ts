import { type RouterError, upstreamTimeout } from './errors.ts';
import type { Timeouts } from './provider.ts';

/** Node fires a longer timer at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The time limits of one call, in the order it passes through them. */
export interface Deadline {
  /** The connection stands: from here the first token is awaited. */
  connected(): void;
  /** Something arrived: from here each pause counts as idle. */
  progress(): void;
  /** We asked for a pause: silence is ours now. `progress` ends it. */
  suspend(): void;
  clear(): void;
}

type Limit = 'connect' | 'first-token' | 'idle' | 'total';

/**
 * Starts with the connect limit running. `onExpire` is called at most once, and never after `clear`. One timer serves all
 * limits: it is set for the earliest, and finds out when it fires what is due by then, so that a call which nothing delays
 * sets it once, and a chunk costs a look at the clock.
 */
export function createDeadline(timeouts: Timeouts, provider: string, onExpire: (error: RouterError) => void): Deadline {
  const never = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = never;
  let limit: Exclude<Limit, 'total'> = 'connect';
  let limitMs = timeouts.connectMs;
  let since = performance.now();
  const endsAt = timeouts.totalMs > 0 ? since + timeouts.totalMs : never;

  const dueAt = (): number => (limitMs > 0 ? since + limitMs : never);

  const expire = (which: Limit, ms: number): void => {
    clear();
    onExpire(upstreamTimeout(provider, which, ms));
  };

  const wake = (): void => {
    timer = undefined;
    wakesAt = never;
    const now = performance.now();
    // Timers count whole milliseconds, and fire up to one too early.
    if (now >= dueAt() - 1) expire(limit, limitMs);
    else if (now >= endsAt - 1) expire('total', timeouts.totalMs);
    else arm(now);
  };

  const arm = (now: number): void => {
    const at = Math.min(dueAt(), endsAt);
    if (at >= wakesAt || at === never) return;
    clearTimeout(timer);
    wakesAt = at;
    timer = setTimeout(wake, Math.min(at - now, longestTimerMs));
  };

  const wait = (next: typeof limit, ms: number): void => {
    limit = next;
    limitMs = ms;
    since = performance.now();
    arm(since);
  };

  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
    wakesAt = Number.NEGATIVE_INFINITY;
  };

  arm(since);
  return {
    connected: () => wait('first-token', timeouts.firstTokenMs),
    progress: () => wait('idle', timeouts.idleMs),
    suspend: () => wait('idle', 0),
    clear,
  };
}
