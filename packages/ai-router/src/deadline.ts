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

/** Starts with the connect limit running. `onExpire` is called at most once, and never after `clear`. */
export function createDeadline(timeouts: Timeouts, provider: string, onExpire: (error: RouterError) => void): Deadline {
  let phase: 'connect' | 'first-token' | 'idle' = 'connect';
  const expire = (limit: 'connect' | 'first-token' | 'idle' | 'total', ms: number) => () =>
    onExpire(upstreamTimeout(provider, limit, ms));
  const after = (limit: typeof phase | 'total', ms: number): NodeJS.Timeout | undefined =>
    ms > 0 ? setTimeout(expire(limit, ms), Math.min(ms, longestTimerMs)) : undefined;

  const total = after('total', timeouts.totalMs);
  let timer = after('connect', timeouts.connectMs);

  return {
    connected() {
      clearTimeout(timer);
      phase = 'first-token';
      timer = after('first-token', timeouts.firstTokenMs);
    },
    progress() {
      // Refreshing one timer costs a tenth of making one for each chunk.
      if (phase === 'idle' && timer) timer.refresh();
      else {
        clearTimeout(timer);
        phase = 'idle';
        timer = after('idle', timeouts.idleMs);
      }
    },
    suspend() {
      clearTimeout(timer);
      timer = undefined;
    },
    clear() {
      clearTimeout(timer);
      clearTimeout(total);
    },
  };
}
