/** Calls of one request that are still to be made: they wait for room, for a batch, or for their time. */
export interface PendingCalls {
  isEmpty(): boolean;
  /** Counts one that waits. The function it returns ends the wait, and tells whether the call is still to be made. */
  add(): () => boolean;
  /** Makes one after so many milliseconds. */
  later(waitMs: number, call: () => void): void;
  /** None of them is to be made any more. */
  cancel(): void;
}

export function createPendingCalls(): PendingCalls {
  const waiting = new Set<object>();
  const timers = new Set<NodeJS.Timeout>();

  const add = (): (() => boolean) => {
    const place = {};
    waiting.add(place);
    return () => waiting.delete(place);
  };

  return {
    isEmpty: () => waiting.size === 0,
    add,
    later(waitMs, call) {
      const take = add();
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (take()) call();
      }, waitMs);
      timers.add(timer);
    },
    cancel() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      waiting.clear();
    },
  };
}
