import type { LaneClock } from './options.ts';

/** Somebody who waits for a job. Exactly one of the two comes, unless it leaves. */
export interface LaneWaiter {
  /** JSON of the provider's answer. */
  answered(answer: string): void;
  /** It is to be asked live, now. */
  gaveUp(reason: string): void;
}

interface Entry {
  readonly waiter: LaneWaiter;
  giveUpAt: number;
  cancel: () => void;
}

/** Who waits for which job, and until when. */
export interface WaitingRoom {
  has(job: string): boolean;
  /** Jobs that are waited for. */
  jobs(): readonly string[];
  enter(job: string, waiter: LaneWaiter, giveUpAt: number): { leave(): void; hasten(giveUpAt: number): void };
  answer(job: string, answer: string): void;
  giveUp(job: string, reason: string): void;
  close(): void;
}

/** `onEmpty`: nobody waits for the job any more; `isLive`: because it is asked for in another way now. */
export function createWaitingRoom(clock: LaneClock, onEmpty: (job: string, isLive: boolean) => void): WaitingRoom {
  const rooms = new Map<string, Set<Entry>>();

  /** Returns whether it was still there. */
  const remove = (job: string, entry: Entry): boolean => {
    const room = rooms.get(job);
    if (!room?.delete(entry)) return false;
    entry.cancel();
    if (room.size === 0) rooms.delete(job);
    return true;
  };

  const empty = (job: string): readonly Entry[] => {
    const entries = [...(rooms.get(job) ?? [])];
    rooms.delete(job);
    for (const { cancel } of entries) cancel();
    return entries;
  };

  const arm = (job: string, entry: Entry): void => {
    entry.cancel();
    const wait = (): void => {
      const leftMs = entry.giveUpAt - clock.now();
      // Nothing else keeps a process that only waits.
      entry.cancel = clock.after(leftMs, leftMs > longestNapMs ? wait : expire, true);
    };
    const expire = (): void => {
      if (entry.giveUpAt > clock.now()) {
        wait();
        return;
      }
      if (!remove(job, entry)) return;
      if (!rooms.has(job)) onEmpty(job, true);
      entry.waiter.gaveUp('its deadline is near');
    };
    wait();
  };

  return {
    has: (job) => rooms.has(job),
    jobs: () => [...rooms.keys()],
    enter(job, waiter, giveUpAt) {
      const entry: Entry = { waiter, giveUpAt, cancel: () => {} };
      const room = rooms.get(job) ?? new Set();
      rooms.set(job, room.add(entry));
      arm(job, entry);
      return {
        leave() {
          if (remove(job, entry) && !rooms.has(job)) onEmpty(job, false);
        },
        hasten(earlier) {
          if (earlier >= entry.giveUpAt || !rooms.get(job)?.has(entry)) return;
          entry.giveUpAt = earlier;
          arm(job, entry);
        },
      };
    },
    answer(job, answer) {
      for (const { waiter } of empty(job)) waiter.answered(answer);
    },
    giveUp(job, reason) {
      for (const { waiter } of empty(job)) waiter.gaveUp(reason);
    },
    close() {
      for (const job of [...rooms.keys()]) empty(job);
    },
  };
}

/** Timers of Node take no longer delays than some 24 days. */
const longestNapMs = 2_000_000_000;
