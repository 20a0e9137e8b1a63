import type { EventKind } from '../kind.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import { dayMs, endOfNow, type Period, type PeriodQuery, periodOf } from './period.ts';

/** As long as sums of an hour are kept by default: what is asked of no more of it is told as it is asked. */
const usuallyKeptMs = 400 * dayMs;

/**
 * The time that is asked for, as far as a store can know of it. A longer time than sums are usually kept begins with the first event that
 * is known, and ends with what is now: however much is asked for, no more is looked through and drawn than there is.
 */
export const knownPeriod = (
  store: EventStore,
  query: PeriodQuery,
  kinds: readonly EventKind[] = [requestKind],
): Period => {
  const asked = periodOf(query);
  if (asked.toMs - asked.fromMs <= usuallyKeptMs) return asked;
  const toMs = Math.min(asked.toMs, Math.max(endOfNow(query.nowMs), asked.fromMs + usuallyKeptMs));
  const oldestMs = Math.min(...kinds.map((kind) => store.oldestMs(kind) ?? Number.POSITIVE_INFINITY));
  return { fromMs: Math.max(asked.fromMs, oldestMs < toMs ? oldestMs : toMs - usuallyKeptMs), toMs };
};
