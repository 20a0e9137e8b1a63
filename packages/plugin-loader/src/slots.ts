/** A bound on how much goes on at the same time. First come, first served. */
export interface Slots {
  /** Runs once there is room; `alone`, once nothing else runs, and nothing else starts before it has ended. */
  run<Value>(task: () => Promise<Value>, alone?: boolean): Promise<Value>;
}

export const createSlots = (size: number): Slots => {
  const waiting: { readonly start: () => void; readonly alone: boolean }[] = [];
  let taken = 0;

  const next = (): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (first.alone ? taken > 0 : taken >= size) return;
      waiting.shift();
      taken += first.alone ? size : 1;
      first.start();
    }
  };

  return {
    run: async (task, alone = false) => {
      await new Promise<void>((start) => {
        waiting.push({ start, alone });
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
