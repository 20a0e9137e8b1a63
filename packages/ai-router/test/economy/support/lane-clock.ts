import type { LaneClock } from '../../../src/economy/options.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
  readonly holds: boolean;
}

/** A clock that stands still until it is moved, and runs what becomes due on the way. */
export function laneClock(start = Date.now()) {
  let time = start;
  const timers = new Set<Timer>();
  const due = (): Timer | undefined => [...timers].sort((one, other) => one.at - other.at)[0];
  const clock: LaneClock = {
    now: () => time,
    after(ms, run, holds = false) {
      const timer = { at: time + Math.max(0, ms), run, holds };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  return {
    ...clock,
    /** Timers for which a process would stay. */
    get held() {
      return [...timers].filter(({ holds }) => holds).length;
    },
    get pending() {
      return timers.size;
    },
    /** Goes to the next timer; returns whether there was one. */
    next(): boolean {
      const timer = due();
      if (!timer) return false;
      timers.delete(timer);
      time = Math.max(time, timer.at);
      timer.run();
      return true;
    },
    advance(ms: number): void {
      const end = time + ms;
      for (let timer = due(); timer && timer.at <= end; timer = due()) {
        timers.delete(timer);
        time = Math.max(time, timer.at);
        timer.run();
      }
      time = end;
    },
  };
}
