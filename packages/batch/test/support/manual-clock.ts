import type { Clock } from '../../src/index.ts';

export interface ManualClock extends Clock {
  /** Lets time pass, timer by timer; between them whatever waits for nothing else goes on. */
  advance(ms: number): Promise<void>;
}

/** Has everything that only waits for promises go on. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** Time that passes when a test says so. */
export const manualClock = (): ManualClock => {
  let nowMs = 1_000_000;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    now: () => nowMs,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const end = nowMs + ms;
      await settle();
      while (true) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await settle();
      }
      nowMs = end;
      await settle();
    },
  };
};
