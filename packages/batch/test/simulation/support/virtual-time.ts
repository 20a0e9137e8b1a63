import type { Clock } from '../../../src/index.ts';

/** Time that only passes where nothing else is left to do, so that equal seeds have equal orders of events. */
export interface VirtualTime {
  readonly clock: Clock;
  sleep(ms: number): Promise<void>;
  /** Runs at the end of the present turn. */
  defer(run: () => void): void;
  /** Lets what is due next happen; false where nothing is. */
  turn(): boolean;
  /** Nothing happens from here on: the process is dead. */
  stop(): void;
}

interface Timer {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void;
}

export const virtualTime = (startMs: number): VirtualTime => {
  let nowMs = startMs;
  let made = 0;
  let isStopped = false;
  let deferred: (() => void)[] = [];
  const timers = new Set<Timer>();

  const after = (ms: number, run: () => void): (() => void) => {
    made += 1;
    const timer = { atMs: nowMs + Math.max(0, ms), number: made, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    clock: { now: () => nowMs, after },
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    defer: (run) => void deferred.push(run),
    turn() {
      if (isStopped) return false;
      if (deferred.length > 0) {
        const now = deferred;
        deferred = [];
        for (const run of now) run();
        return true;
      }
      if (timers.size === 0) return false;
      nowMs = Math.min(...[...timers].map(({ atMs }) => atMs));
      const due = [...timers].filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.number - b.number);
      for (const timer of due) if (timers.delete(timer)) timer.run();
      return true;
    },
    stop() {
      isStopped = true;
      timers.clear();
      deferred = [];
    },
  };
};

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass until a promise has settled or the process is dead; throws where neither comes. */
export const passTime = async (time: VirtualTime, promise: Promise<unknown>, isDead: () => boolean): Promise<void> => {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let idle = 0; !isSettled && !isDead(); ) {
    await turnOfLoop();
    if (isSettled || isDead()) break;
    if (time.turn()) idle = 0;
    else {
      // A module that is loaded late takes real time.
      idle += 1;
      if (idle > 10) await new Promise((resolve) => setTimeout(resolve, 1));
      if (idle > 3_000) throw new Error('The run hangs: nothing is due, and it has not ended.');
    }
  }
  // What the dead process had begun comes to nothing.
  if (isDead()) {
    time.stop();
    for (let turn = 0; turn < 5; turn += 1) await turnOfLoop();
  }
};
