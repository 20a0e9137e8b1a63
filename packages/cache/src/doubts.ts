const maximumKeys = 10_000;

/**
 * Remembers which entries of a store must not be believed: those that were there when a `set`, `delete` or `clear` of
 * this process failed, since they are older than what the caller was told.
 */
export interface Doubts {
  /** Whether anything is in doubt at all; read it before calling `covers`. */
  any: boolean;
  covers(key: string, createdAt: number): boolean;
  /** A write of `key` failed. */
  add(key: string, at: number): void;
  /** A `clear` failed. `Infinity`: nothing is to be believed ever again. */
  addAll(at: number): void;
  /** A write of `key` went through. */
  settle(key: string): void;
  /** A `clear` went through. */
  settleAll(): void;
  /** While `true` nothing is to be believed. */
  suspend(suspended: boolean): void;
}

export const createDoubts = (): Doubts => {
  const keys = new Map<string, number>();
  let before = Number.NEGATIVE_INFINITY;
  let suspended = false;
  const isAny = (): boolean => suspended || keys.size > 0 || before !== Number.NEGATIVE_INFINITY;

  const doubts: Doubts = {
    any: false,
    covers: (key, createdAt) =>
      suspended || createdAt <= before || createdAt <= (keys.get(key) ?? Number.NEGATIVE_INFINITY),
    add: (key, at) => {
      keys.set(key, at);
      if (keys.size > maximumKeys) doubts.addAll(at);
      doubts.any = true;
    },
    addAll: (at) => {
      before = at;
      keys.clear();
      doubts.any = true;
    },
    settle: (key) => {
      keys.delete(key);
      doubts.any = isAny();
    },
    settleAll: () => {
      keys.clear();
      if (before === Number.POSITIVE_INFINITY) return;
      before = Number.NEGATIVE_INFINITY;
      doubts.any = isAny();
    },
    suspend: (on) => {
      suspended = on;
      doubts.any = isAny();
    },
  };
  return doubts;
};
