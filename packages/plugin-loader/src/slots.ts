export interface SlotOptions {
  /** Goes before those that wait and are not first. */
  readonly first?: boolean;
  /** Runs once nothing else does, and nothing else starts before it has ended. */
  readonly alone?: boolean;
}

/** A bound on how much goes on at the same time. First come, first served. */
export interface Slots {
  run<Value>(task: () => Promise<Value>, options?: SlotOptions): Promise<Value>;
}

interface Waiting {
  readonly start: () => void;
  readonly alone: boolean;
}

export const createSlots = (most: number): Slots => {
  // No end of room, taken and given back, would be no number.
  const size = Math.min(most, Number.MAX_SAFE_INTEGER);
  const firsts: Waiting[] = [];
  const others: Waiting[] = [];
  let taken = 0;

  const next = (): void => {
    for (;;) {
      const queue = firsts.length > 0 ? firsts : others;
      const [waiting] = queue;
      if (waiting === undefined || (waiting.alone ? taken > 0 : taken >= size)) return;
      queue.shift();
      taken += waiting.alone ? size : 1;
      waiting.start();
    }
  };

  return {
    run: async (task, { first = false, alone = false } = {}) => {
      await new Promise<void>((start) => {
        (first ? firsts : others).push({ start, alone });
        next();
      });
      try {
        return await task();
      } finally {
        taken -= alone ? size : 1;
        next();
      }
    },
  };
};
