/** One load that many callers wait for. */
export interface Flight<Value> {
  /** Waits for the load. A caller whose own signal aborts leaves alone, with the signal's reason. */
  join(signal: AbortSignal | undefined): Promise<Value>;
}

/**
 * Starts `load` at once. When the last caller has left, `abandoned` is called and the load's signal aborts; a caller
 * without a signal never leaves.
 */
export const startFlight = <Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  abandoned: () => void,
): Flight<Value> => {
  const controller = new AbortController();
  const landing = load(controller.signal);
  let waiting = 0;

  const leave = (reason: unknown): void => {
    waiting -= 1;
    if (waiting > 0) return;
    abandoned();
    controller.abort(reason);
  };

  return {
    join: (signal) => {
      waiting += 1;
      if (signal === undefined) return landing;
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          reject(signal.reason);
          leave(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        landing.then(
          (value) => {
            signal.removeEventListener('abort', onAbort);
            resolve(value);
          },
          (error) => {
            signal.removeEventListener('abort', onAbort);
            reject(error);
          },
        );
      });
    },
  };
};
