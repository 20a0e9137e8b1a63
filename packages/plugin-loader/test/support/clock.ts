import type { Clock } from '../../src/index.ts';

/** A clock that only the test moves. */
export interface TestClock extends Clock {
  pass(ms: number): void;
}

export const testClock = (start = 1_000_000): TestClock => {
  let time = start;
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  let next = 0;
  return {
    now: () => time,
    after: (ms, run) => {
      next += 1;
      const id = next;
      timers.set(id, { at: time + ms, run });
      return () => timers.delete(id);
    },
    pass: (ms) => {
      time += ms;
      for (const [id, { at, run }] of [...timers]) {
        if (at > time) continue;
        timers.delete(id);
        run();
      }
    },
  };
};

/** Waits until something holds, for real: what other threads and processes do takes the time it takes. */
export const until = async (holds: () => boolean, ms = 10_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error('It never held.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
