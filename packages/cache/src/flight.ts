import { CacheError, loadTimeout } from './errors.ts';

/** One load that many callers wait for. */
export interface Flight<Value> {
  /** Waits for the load. A caller whose own signal aborts leaves alone, with the signal's reason. */
  join(signal: AbortSignal | undefined): Promise<Value>;
  /** Lets the load go on even when nobody waits. */
  hold(): void;
}

/** Ends a load. */
export interface FlightControl {
  readonly signal: AbortSignal;
  /** Rejects with `CACHE_LOAD_TIMEOUT`, and aborts the signal, unless `work` settles within so many milliseconds. */
  within<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result>;
}

/** Timers take no longer time. */
export const longestTimerMs: number = 2 ** 31 - 1;

const limit = <Result>(work: Promise<Result>, timeoutMs: number, controller: AbortController): Promise<Result> => {
  if (timeoutMs > longestTimerMs) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = loadTimeout(timeoutMs);
      reject(error);
      controller.abort(error);
    }, timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
};

/** Whether a load ended because it took too long, not because nobody waited. */
export const isLoadTimeout = (error: unknown): boolean =>
  CacheError.isInstance(error) && error.code === 'CACHE_LOAD_TIMEOUT';

/**
 * Starts `load` at once. When the last caller has left, `abandoned` is called and the load's signal aborts; a caller
 * without a signal never leaves.
 */
export const startFlight = <Value>(
  load: (control: FlightControl) => Promise<Value>,
  abandoned: () => void,
): Flight<Value> => {
  const controller = new AbortController();
  const { signal } = controller;
  const landing = load({ signal, within: (work, timeoutMs) => limit(work, timeoutMs, controller) });
  let waiting = 0;

  const leave = (reason: unknown): void => {
    waiting -= 1;
    if (waiting > 0) return;
    abandoned();
    controller.abort(reason);
  };

  return {
    join: (joining) => {
      waiting += 1;
      if (joining === undefined) return landing;
      if (joining.aborted) {
        landing.catch(() => {});
        leave(joining.reason);
        return Promise.reject(joining.reason);
      }
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          reject(joining.reason);
          leave(joining.reason);
        };
        joining.addEventListener('abort', onAbort, { once: true });
        landing.then(
          (value) => {
            joining.removeEventListener('abort', onAbort);
            resolve(value);
          },
          (error) => {
            joining.removeEventListener('abort', onAbort);
            reject(error);
          },
        );
      });
    },
    hold: () => {
      waiting += 1;
      // Nobody may be there to hear of its failure, which the statistics and the channel tell.
      landing.catch(() => {});
    },
  };
};
