/** Time as the host sees it. */
export interface Clock {
  /** Milliseconds since 1970, never going back. */
  now(): number;
  /** Runs once after so many milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
}

const { timeOrigin } = performance;

// What Node.js takes for more fires at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args.
const longestMs = 2 ** 31 - 1;

/** The clock of this process. Its timers keep the process running: someone waits for what they limit. */
export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, longestMs));
    return () => clearTimeout(timer);
  },
};
