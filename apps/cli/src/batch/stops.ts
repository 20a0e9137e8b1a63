/** The ways in which a user ends a run early. */
export interface Stops {
  /** Aborts at the first signal: nothing new is begun. */
  readonly finishing: AbortSignal;
  /** Aborts at the second: nothing more is waited for. */
  readonly stopping: AbortSignal;
  /** Undefined while no signal has come. */
  exitCode(): number | undefined;
  dispose(): void;
}

const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;
/** After the second signal the process ends, whatever it still does. */
const patienceMs = 1_000;

/** `onFinishing` is told of the first signal. `left`: aborts when nobody reads standard output any more. */
export const watchStops = (left: AbortSignal, onFinishing: () => void): Stops => {
  const finishing = new AbortController();
  const stopping = new AbortController();
  let code: number | undefined;
  const listeners = Object.entries(signalCodes).map(([name, exitCode]) => {
    const listener = (): void => {
      if (stopping.signal.aborted) process.exit(exitCode);
      code ??= exitCode;
      if (finishing.signal.aborted) {
        stopping.abort();
        setTimeout(() => process.exit(exitCode), patienceMs).unref();
        return;
      }
      finishing.abort();
      onFinishing();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  const onLeft = (): void => finishing.abort();
  left.addEventListener('abort', onLeft, { once: true });
  return {
    finishing: finishing.signal,
    stopping: stopping.signal,
    exitCode: () => code,
    dispose: () => {
      for (const remove of listeners) remove();
      left.removeEventListener('abort', onLeft);
    },
  };
};
