/** A clock that only the test moves. */
export interface Clock {
  now(): number;
  pass(ms: number): void;
}

export const testClock = (start = 1_000_000): Clock => {
  let time = start;
  return {
    now: () => time,
    pass: (ms) => {
      time += ms;
    },
  };
};

/** Resolves once everything that was ready has run, timers of 0 included. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a promise has become within so many real milliseconds, or `pending`: for promises that may never settle. */
export const within = <Value>(ms: number, promise: Promise<Value>): Promise<Value | 'pending'> =>
  Promise.race([
    promise,
    new Promise<'pending'>((resolve) => {
      setTimeout(() => resolve('pending'), ms).unref();
    }),
  ]);
