/** Runs the asynchronous operations on one store so that those on the same key never overtake each other. */
export interface WriteOrder {
  /** What a read of `key` must wait for, or nothing. */
  pending(key: string): Promise<unknown> | undefined;
  /** Runs `write` after every earlier write of `key`, at once where there is none. It must not reject. */
  write<Result>(key: string, write: () => Promise<Result>): Promise<Result>;
  /** Runs `write` after every earlier write and before every later one. It must not reject. */
  writeAll<Result>(write: () => Promise<Result>): Promise<Result>;
  /** Resolves when every write so far has ended. */
  settled(): Promise<void>;
}

/**
 * Without this order a `delete` could reach a shared store before the `set` it was meant to undo, and a read between the
 * two could promote what is about to be deleted.
 */
export const createWriteOrder = (): WriteOrder => {
  const tails = new Map<string, Promise<unknown>>();
  let barrier: Promise<unknown> | undefined;

  return {
    pending: (key) => tails.get(key) ?? barrier,
    write: (key, write) => {
      const before = tails.get(key) ?? barrier;
      const tail = before === undefined ? write() : before.then(write);
      tails.set(key, tail);
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      return tail;
    },
    writeAll: (write) => {
      const before = barrier === undefined ? [...tails.values()] : [...tails.values(), barrier];
      const tail = before.length === 0 ? write() : Promise.all(before).then(write);
      tails.clear();
      barrier = tail;
      void tail.then(() => {
        if (barrier === tail) barrier = undefined;
      });
      return tail;
    },
    settled: async () => {
      await Promise.all([...tails.values(), barrier]);
    },
  };
};
