/** Those by which a user, or a service manager, ends a process. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const told = new Set<() => void>();

const listen = (): void => {
  for (const signal of signals) process.prependListener(signal, onSignal);
};

const unlisten = (): void => {
  for (const signal of signals) process.removeListener(signal, onSignal);
};

/** First of all listeners, and gone before the next one runs: whoever counts them finds what they would without us. */
const onSignal = (signal: NodeJS.Signals): void => {
  for (const tell of told) tell();
  unlisten();
  // Nobody else would end the process, as it would have ended without us.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  // Somebody else decides, and may go on: after SIGHUP for example.
  setImmediate(() => {
    if (told.size > 0 && !process.listeners('SIGINT').includes(onSignal)) listen();
  }).unref();
};

/**
 * Calls `tell` when the process is sent SIGINT, SIGTERM or SIGHUP, and lets the signal do what it would have done. Returns a function
 * that ends it. While somebody listens, a process that is busy for ever can only be ended by SIGQUIT or SIGKILL.
 */
export const watchUserSignals = (tell: () => void): (() => void) => {
  if (told.size === 0) listen();
  told.add(tell);
  return () => {
    told.delete(tell);
    if (told.size === 0) unlisten();
  };
};
