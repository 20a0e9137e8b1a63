import type { Timeouts } from './provider.ts';
import type { Route, RouteCandidate } from './route.ts';

/** How long one call may take. */
export interface Patience {
  readonly timeouts: Timeouts;
  /** ... until the first piece of a stream, whatever comes before it, or until the end of a whole answer, milliseconds. */
  readonly contentMs: number;
}

interface Call {
  readonly stream: boolean;
  /** Whether nobody else is left to be asked. */
  readonly isLast: boolean;
  /** Since the request came. */
  readonly elapsedMs: number;
}

/**
 * While somebody else could answer, silence is not waited out: a stream has the route's limits, and a whole answer, which
 * shows nothing before its end, half of the time that is left.
 */
export function patienceFor(timeouts: Timeouts, route: Route, { stream, isLast, elapsedMs }: Call): Patience {
  const totalMs = timeouts.totalMs === 0 ? 0 : Math.max(1, timeouts.totalMs - elapsedMs);
  if (isLast) return { timeouts: { ...timeouts, totalMs }, contentMs: 0 };
  const firstTokenMs = shorter(timeouts.firstTokenMs, route.firstTokenMs);
  return {
    timeouts: { ...timeouts, firstTokenMs, idleMs: shorter(timeouts.idleMs, route.stallMs), totalMs },
    contentMs: stream ? firstTokenMs : totalMs / 2,
  };
}

/** How long the first call is waited for before another is made beside it, milliseconds; undefined where none is to be. */
export function hedgeAfterMs({ hedge, name }: Route, { health }: RouteCandidate, stream: boolean): number | undefined {
  const afterMs = hedge && (health.latencyMs(hedge.quantile, { stream, route: name }) ?? hedge.afterMs);
  return Number.isFinite(afterMs) ? afterMs : undefined;
}

const shorter = (one: number, other: number): number => (one === 0 ? other : Math.min(one, other));
