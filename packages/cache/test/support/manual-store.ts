import type { CacheEntry, CacheStore, StoreCapabilities } from '../../src/index.ts';

/** One call that the store has not answered yet; it takes effect when it is settled. */
export interface WaitingCall {
  settle(): Promise<void>;
  fail(error: unknown): Promise<void>;
}

export interface ManualStore extends CacheStore {
  readonly entries: Map<string, CacheEntry>;
  /** From now on calls are answered as soon as they come. */
  answerAtOnce(): void;
  /** From now on calls wait for the test. */
  hold(): void;
  /** The oldest call of this kind that waits; waits for it to come. */
  next(operation: 'get' | 'set' | 'delete' | 'clear'): Promise<WaitingCall>;
  waiting(): number;
}

export const ticks = async (count = 20): Promise<void> => {
  for (let tick = 0; tick < count; tick += 1) await Promise.resolve();
};

/** A store that answers later, exactly when and how the test says. */
export const manualStore = (capabilities: Partial<StoreCapabilities> = {}, now = () => 0): ManualStore => {
  const entries = new Map<string, CacheEntry>();
  const calls: { operation: string; call: WaitingCall }[] = [];
  let held = false;

  const later = <Result>(operation: string, effect: () => Result): Promise<Result> => {
    if (!held) return Promise.resolve().then(effect);
    return new Promise((resolve, reject) => {
      calls.push({
        operation,
        call: {
          settle: () => {
            resolve(effect());
            return ticks();
          },
          fail: (error) => {
            reject(error);
            return ticks();
          },
        },
      });
    });
  };

  const live = (key: string): CacheEntry | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && entry.expiresAt > now() ? entry : undefined;
  };

  return {
    name: 'manual',
    capabilities: { sync: false, memory: false, persistent: false, shared: true, holds: 'values', ...capabilities },
    entries,
    answerAtOnce: () => {
      held = false;
    },
    hold: () => {
      held = true;
    },
    next: async (operation) => {
      for (let tick = 0; tick < 100; tick += 1) {
        const index = calls.findIndex((waiting) => waiting.operation === operation);
        if (index !== -1) return (calls.splice(index, 1)[0] as { call: WaitingCall }).call;
        await Promise.resolve();
      }
      throw new Error(`No ${operation} came.`);
    },
    waiting: () => calls.length,
    get: (key) => later('get', () => live(key)),
    set: (key, entry) => later('set', () => void entries.set(key, entry)),
    delete: (key) => later('delete', () => live(key) !== undefined && entries.delete(key)),
    clear: () => later('clear', () => entries.clear()),
    usage: () => ({ entries: entries.size, bytes: 0, evictions: 0 }),
  };
};
