import type { CacheStore } from '@hotpath/cache';
import { LRUCache } from 'lru-cache';
import type { Side } from '../../harness/rounds.ts';
import { seededRandom } from '../../harness/statistics.ts';

/** Nanoseconds per operation. */
export interface Costs {
  readonly hit: number;
  readonly miss: number;
  /** A new key that pushes another one out. */
  readonly insert: number;
}

interface Operations {
  get(key: string): unknown;
  set(key: string): void;
}

const entry = { value: new Uint8Array(100), createdAt: 0, expiresAt: Number.POSITIVE_INFINITY };

const bare = (maxEntries: number): Operations => {
  const entries = new LRUCache<string, object>({ max: maxEntries, maxSize: 2 ** 40 });
  return { get: (key) => entries.get(key), set: (key) => void entries.set(key, entry, { size: 100 }) };
};

const ofStore = (store: CacheStore): Operations => ({
  get: (key) => store.get(key),
  set: (key) => void store.set(key, entry),
});

const lookups = 1 << 18;
const inserts = 1 << 15;

const nanoseconds = (count: number, work: () => void): number => {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / count;
};

/** One side for each way to keep `maxEntries` entries: a window fills it, then times lookups in random order, then inserts. */
export const costSides = (
  maxEntries: number,
  stores: Readonly<Record<string, () => CacheStore>>,
): readonly Side<Costs>[] => {
  const random = seededRandom(11);
  const keys = Array.from({ length: maxEntries }, (_, index) => `user:${index}:profile`);
  const absent = keys.map((key) => `${key}:absent`);
  const order = Int32Array.from({ length: 1 << 14 }, () => Math.floor(random() * maxEntries));
  let serial = 0;

  const measure = (operations: Operations): Costs => {
    for (const key of keys) operations.set(key);
    let found = 0;
    const lookUp = (from: readonly string[]) => (): void => {
      for (let index = 0; index < lookups; index += 1) {
        if (operations.get(from[order[index & (order.length - 1)] as number] as string) !== undefined) found += 1;
      }
    };
    const hit = nanoseconds(lookups, lookUp(keys));
    const miss = nanoseconds(lookups, lookUp(absent));
    // A lookup error would make a fast figure: every key must be found, and no other one.
    if (found !== lookups) throw new Error(`${found} of ${lookups} lookups were hits.`);
    const fresh = Array.from({ length: inserts }, () => Buffer.from(`user:${serial++}:picture`).toString('latin1'));
    const insert = nanoseconds(inserts, () => {
      for (const key of fresh) operations.set(key);
    });
    return { hit, miss, insert };
  };

  return [
    { name: 'lru-cache', measure: async () => measure(bare(maxEntries)) },
    ...Object.entries(stores).map(([name, create]) => ({ name, measure: async () => measure(ofStore(create())) })),
  ];
};
