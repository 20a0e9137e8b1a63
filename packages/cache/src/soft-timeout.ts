import { longestTimerMs } from './flight.ts';
import type { Landed, Load, Loads } from './loads.ts';
import type { Policy } from './options.ts';

export interface SoftTimeoutOptions<Value> {
  readonly loads: Loads<Value>;
  /** Counts and announces that a stale value is the answer. */
  readonly answerStale: (value: Value) => Value;
}

/** Waits for a load, but no longer than the soft timeout where there is a value that can stand in. */
export const createSoftTimeout = <Value>({ loads, answerStale }: SoftTimeoutOptions<Value>) => {
  const landed = ({ value, isStale }: Landed<Value>): Value => (isStale ? answerStale(value) : value);

  return (load: Load<Value>, policy: Policy, signal: AbortSignal | undefined): Promise<Value> => {
    const joined = load.join(signal);
    if (policy.softTimeoutMs > longestTimerMs || policy.graceMs === 0) return joined.then(landed);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const { stale } = load.seen;
        if (stale === undefined || !loads.mayStandIn(stale, policy)) return;
        load.hold();
        resolve(answerStale(stale.value));
        isAnswered = true;
      }, policy.softTimeoutMs);
      let isAnswered = false;
      joined
        .then((outcome) => {
          if (!isAnswered) resolve(landed(outcome));
        }, reject)
        .finally(() => clearTimeout(timer));
    });
  };
};
