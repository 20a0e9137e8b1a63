import { createAdmission } from './admission.ts';
import { Gate, type LimiterState, type Limits } from './gate.ts';
import type { ReserveRequest, Verdict } from './reservation.ts';

export interface LimiterOptions {
  readonly limits: Limits;
  /** What refusals call it. @default "limiter" */
  readonly name?: string;
  /** Milliseconds that do not go back. @default performance.now */
  readonly now?: () => number;
  /** Calls that may wait; one more is refused. @default 1000 */
  readonly maxQueue?: number;
}

/** One set of limits that calls share. */
export interface Limiter {
  /**
   * Takes a place, a request and the tokens in one synchronous step and returns the reservation; where there is no room,
   * waits for it behind those who came before. Refuses when the deadline comes, at once where waiting is in vain: the
   * call is larger than the limit, its minute has no request left before the deadline, or the queue is full.
   *
   * Throws `ROUTER_REQUEST_INVALID` where `tokens` or `deadlineMs` is no number; rejects with `ROUTER_ABORTED` when the
   * signal aborts before there is room, and with `ROUTER_CLOSED`.
   *
   * A reservation counts in the minute in which it began, as providers count, even where its answer takes longer.
   */
  reserve(request: ReserveRequest): Verdict | Promise<Verdict>;
  /** Other limits from now on; what was used stays used. Throws `ROUTER_REQUEST_INVALID`. */
  update(limits: Limits): void;
  state(): LimiterState;
  /** Fails all who wait with `ROUTER_CLOSED`; safe to call twice. Reservations may still be settled. */
  close(): void;
}

export const defaultMaxQueue = 1_000;

/** Throws `ROUTER_REQUEST_INVALID` for limits or a `maxQueue` that are not whole numbers from 0. */
export function createLimiter(options: LimiterOptions): Limiter {
  const { limits, name = 'limiter', now = () => performance.now(), maxQueue = defaultMaxQueue } = options;
  const admission = createAdmission({ now, maxQueue });
  const gate = new Gate(name, limits);
  const gates = [gate];
  return {
    reserve: (request) => admission.reserve(gates, request),
    update(changed) {
      gate.limits = changed;
      admission.review(gate);
    },
    state: () => gate.state(admission.now()),
    close: () => admission.close(gates),
  };
}
