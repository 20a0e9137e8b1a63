import { createAdmission } from './admission.ts';
import { Gate, type LimiterState, type Limits } from './gate.ts';
import { defaultMaxQueue } from './limiter.ts';
import type { ReserveRequest, Verdict } from './reservation.ts';

export interface LimitersOptions {
  /**
   * The limits of a name, undefined for none. Asked at each reservation, so that a change takes effect with the next:
   * it must be fast, and return the same object while they are the same.
   */
  readonly limitsOf: (name: string) => Limits | undefined;
  /** Milliseconds that do not go back. @default performance.now */
  readonly now?: () => number;
  /** Calls that may wait before each limiter. @default 1000 */
  readonly maxQueue?: number;
}

export interface NamedReserveRequest extends ReserveRequest {
  /** Whose limits the call is subject to, such as `provider:openai`, `model:openai/gpt-4o` and `key:7f3a`. */
  readonly names: readonly string[];
}

/** Usage of the limiter of a name. */
export interface NamedLimiterState extends LimiterState {
  readonly name: string;
}

/** Limiters by name, made when first used and forgotten when unused for a minute. */
export interface Limiters {
  /**
   * As `Limiter.reserve`, in all named limiters or in none: while one has no room, nothing is held in the others. A
   * refusal names the limiter that takes longest.
   */
  reserve(request: NamedReserveRequest): Verdict | Promise<Verdict>;
  /** Undefined for a name that has not been used of late. */
  state(name: string): LimiterState | undefined;
  /** Of all names that have been used of late. */
  states(): readonly NamedLimiterState[];
  /** Limiters kept. */
  readonly size: number;
  /** Fails all who wait with `ROUTER_CLOSED`; safe to call twice. Reservations may still be settled. */
  close(): void;
}

/**
 * What is kept is bounded by the names used in the last minute, at most two times and a bit: each reservation looks over
 * one limiter, and two for each it made, in turn, and drops those that a new one would equal.
 */
export function createLimiters(options: LimitersOptions): Limiters {
  const { limitsOf, now = () => performance.now(), maxQueue = defaultMaxQueue } = options;
  const admission = createAdmission({ now, maxQueue });
  const byName = new Map<string, Gate>();
  const all: Gate[] = [];
  let hand = 0;

  const gateOf = (name: string): Gate | undefined => {
    const limits = limitsOf(name);
    const known = byName.get(name);
    if (!known) {
      if (!limits) return undefined;
      const gate = new Gate(name, limits);
      byName.set(name, gate);
      all.push(gate);
      return gate;
    }
    if (known.limits !== (limits ?? unlimited)) {
      known.limits = limits ?? unlimited;
      admission.review(known);
    }
    return known;
  };

  const sweep = (count: number): void => {
    const time = admission.lately();
    for (let left = Math.min(count, all.length); left > 0; left--) {
      if (hand >= all.length) hand = 0;
      const gate = all[hand] as Gate;
      if (!gate.isUnused(time)) hand += 1;
      else {
        byName.delete(gate.name);
        const last = all.pop() as Gate;
        if (last !== gate) all[hand] = last;
      }
    }
  };

  return {
    reserve(request) {
      const before = all.length;
      const gates: Gate[] = [];
      for (const name of request.names) {
        const gate = gateOf(name);
        if (gate && !gates.includes(gate)) gates.push(gate);
      }
      const verdict = admission.reserve(gates, request);
      // Only now: those made for this call are in use.
      sweep(1 + 2 * (all.length - before));
      return verdict;
    },
    state: (name) => byName.get(name)?.state(admission.now()),
    states() {
      const time = admission.now();
      return all.map((gate) => ({ name: gate.name, ...gate.state(time) }));
    },
    get size() {
      return all.length;
    },
    close: () => admission.close(all),
  };
}

const unlimited: Limits = {};
