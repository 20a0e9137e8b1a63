import { closeSync, openSync, readSync } from 'node:fs';

export interface Stalls {
  /** The longest time by which a timer of this thread came late, milliseconds. */
  readonly stallMs: number;
  /** The same without the time in which the thread could have gone on and had no core: who else is busy takes that. */
  readonly ownStallMs: number;
}

/** Watches the thread that calls it, by a timer of a millisecond, until what it returns is called. */
export const watchStalls = (): (() => Stalls) => {
  const file = openSync('/proc/thread-self/schedstat', 'r');
  const bytes = Buffer.alloc(128);
  /** How long the thread has waited for a core since it began: the second number, nanoseconds. */
  const waitedMs = (): number => {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return Number(bytes.toString('latin1', 0, length).split(' ')[1]) / 1e6;
  };
  let stallMs = 0;
  let ownStallMs = 0;
  let last = performance.now();
  let lastWaited = waitedMs();
  const timer = setInterval(() => {
    const now = performance.now();
    const waited = waitedMs();
    const late = now - last - 1;
    stallMs = Math.max(stallMs, late);
    ownStallMs = Math.max(ownStallMs, late - (waited - lastWaited));
    last = now;
    lastWaited = waited;
  }, 1);
  return () => {
    clearInterval(timer);
    closeSync(file);
    return { stallMs, ownStallMs };
  };
};
