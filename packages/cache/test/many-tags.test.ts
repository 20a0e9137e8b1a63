import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cache, type CacheStore, createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { turn } from './support/clock.ts';
import { temporaryPaths } from './support/folder.ts';

const newPath = temporaryPaths();
const keys = 100_000;
const tags = 20_000;
/** So many names are remembered one by one. */
const bound = 10_000;

const tagOf = (serial: number): string => `tag ${serial % tags}`;
const keyOf = (serial: number): string => `key ${serial}`;
/** The serials of the entries with a tag: one in each round of all tags. */
const tagged = (tag: number): number[] => Array.from({ length: keys / tags }, (_, round) => tag + round * tags);

const fill = (cache: Cache<number>, from: number, to: number): void => {
  for (let serial = from; serial < to; serial += 1) void cache.set(keyOf(serial), serial, { tags: [tagOf(serial)] });
};

const deleteTags = async (cache: Cache<number>, from: number, to: number, atOnce: number): Promise<void> => {
  for (let tag = from; tag < to; tag += atOnce)
    await cache.deleteTag(...Array.from({ length: Math.min(atOnce, to - tag) }, (_, index) => `tag ${tag + index}`));
};

const all = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Serials as "0-99 200-299", up to the last one each. */
const ranges = (serials: readonly number[]): string => {
  const sorted = [...serials].sort((one, other) => one - other);
  const starts = sorted.filter((serial, index) => serial !== (sorted[index - 1] ?? -2) + 1);
  const ends = sorted.filter((serial, index) => serial + 1 !== sorted[index + 1]);
  return starts.map((start, index) => `${start}-${ends[index]}`).join(' ');
};

/** Which of the entries are there, from the next turn on. Nothing but its own value may be under a key. */
const found = async (cache: Cache<number>, serials: readonly number[]): Promise<string> => {
  await turn();
  const values = await cache.getMany(serials.map(keyOf));
  for (const [key, value] of values) if (key !== keyOf(value)) expect.fail(`${value} is under ${key}`);
  return ranges([...values.values()]);
};

const opened = <Held extends Cache<number>>(cache: Held): Held => {
  onTestFinished(() => cache.close());
  return cache;
};

describe('100,000 entries with 20,000 tags in memory', { timeout: 30_000 }, () => {
  /** A store that counts what is asked of it. */
  const counting = (maxEntries: number): { readonly store: CacheStore; calls: number } => {
    const inner = memoryStore({ maxEntries });
    const counted = {
      calls: 0,
      store: {
        ...inner,
        get: (key) => {
          counted.calls += 1;
          return inner.get(key);
        },
        set: (key, entry) => {
          counted.calls += 1;
          return inner.set(key, entry);
        },
        delete: (key) => {
          counted.calls += 1;
          return inner.delete(key);
        },
        clear: () => {
          counted.calls += 1;
          return inner.clear();
        },
        keys: () => {
          counted.calls += 1;
          return inner.keys?.() ?? [];
        },
      } satisfies CacheStore as CacheStore,
    };
    return counted;
  };

  it('an invalidation touches no entry, and covers those of its tag alone', async () => {
    const counted = counting(keys);
    const cache = opened(createCache<number>({ tiers: [{ store: counted.store }] }));
    fill(cache, 0, keys);
    counted.calls = 0;
    await deleteTags(cache, 0, bound, 1);
    expect(counted.calls).toBe(0);
    for (let serial = 0; serial < keys; serial += 1) {
      const expected = serial % tags < bound ? undefined : serial;
      if (cache.peek(keyOf(serial)) !== expected) expect.fail(`${keyOf(serial)} is ${cache.peek(keyOf(serial))}`);
    }
  });

  it('beyond 10,000 names nothing that was invalidated comes back, and what is set later stays', async () => {
    const cache = opened(createCache<number>({ tiers: [{ store: memoryStore({ maxEntries: keys }) }] }));
    fill(cache, 0, keys);
    await deleteTags(cache, 0, bound, 100);
    // Set again between the first ten thousand names and the next: newer than what will be forgotten.
    fill(cache, 0, tags);
    await deleteTags(cache, bound, bound + 5_000, 100);
    expect(await found(cache, all(0, tags))).toBe(ranges([...all(0, bound), ...all(bound + 5_000, tags)]));
    expect(await found(cache, all(tags, keys))).toBe('');
    // Each name moves to the end when it is invalidated again, and is not forgotten in its old place.
    await deleteTags(cache, bound - 1, bound, 1);
    await deleteTags(cache, bound + 5_000, tags, 100);
    expect(await found(cache, all(0, tags))).toBe(ranges(all(0, bound - 1)));
    fill(cache, tags, 2 * tags);
    expect(await found(cache, all(0, 2 * tags))).toBe(ranges([...all(0, bound - 1), ...all(tags, 2 * tags)]));
  });

  it('a load that was under way for ten thousand invalidations writes nothing that they cover', async () => {
    const cache = opened(createCache<number>({ tiers: [{ store: memoryStore({ maxEntries: keys }) }] }));
    const gates = [0, tags - 1].map((serial) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      return { serial, resolve, loading: cache.getOrSet(keyOf(serial), () => promise, { tags: [tagOf(serial)] }) };
    });
    await deleteTags(cache, 0, bound + 1, 100);
    for (const { serial, resolve, loading } of gates) {
      resolve(serial);
      expect(await loading).toBe(serial);
    }
    // The name of the first is forgotten by now.
    expect(cache.peek(keyOf(0))).toBeUndefined();
    fill(cache, 0, 1);
    expect(cache.peek(keyOf(0))).toBe(0);
  });
});

describe('100,000 entries with 20,000 tags in a file', { timeout: 30_000 }, () => {
  const open = (path: string): Cache<number> =>
    opened(createCache<number>({ tiers: [{ store: memoryStore() }, { store: sqliteStore({ path }) as CacheStore }] }));

  /** A closed file with so many entries, copied for each test. */
  let filled = '';
  beforeAll(async () => {
    filled = newPath();
    const cache = createCache<number>({ tiers: [{ store: sqliteStore({ path: filled }) as CacheStore }] });
    fill(cache, 0, keys);
    expect(await cache.flush()).toBe(true);
    await cache.close();
  }, 30_000);
  const copied = (): string => {
    const path = newPath();
    mkdirSync(dirname(path));
    copyFileSync(filled, path);
    return path;
  };

  it('an invalidation writes as little as in an empty file', async () => {
    const logOf = async (path: string): Promise<number> => {
      const cache = open(path);
      await cache.deleteTag('tag 1');
      const before = statSync(`${path}-wal`).size;
      await cache.deleteTag('tag 2');
      expect(await found(cache, [1, 2, ...tagged(2)])).toBe('');
      return statSync(`${path}-wal`).size - before;
    };
    const [empty, full] = [await logOf(newPath()), await logOf(copied())];
    expect(empty).toBeGreaterThan(0);
    expect(full).toBe(empty);
  });

  it('beyond 10,000 names nothing comes back, here, in another process, or after a restart', async () => {
    const path = copied();
    const [cache, other] = [open(path), open(path)];
    expect(await found(other, [0, 1, tags - 1])).toBe(ranges([0, 1, tags - 1]));

    await deleteTags(cache, 0, 100, 1);
    const covered = all(0, 100).flatMap((tag) => tagged(tag));
    const others = all(100, 1_000);
    for (const each of [cache, other, open(path)])
      expect(await found(each, [...covered, ...others])).toBe(ranges(others));

    await deleteTags(cache, 100, bound, 500);
    const [early, middle, late] = [all(0, 1_000), all(bound, bound + 1_000), all(bound + 5_000, bound + 6_000)];
    const probes = [...early, ...middle, ...late];
    for (const serial of probes) void cache.set(keyOf(serial), serial, { tags: [tagOf(serial)] });
    expect(await cache.flush()).toBe(true);
    await deleteTags(cache, bound, bound + 5_000, 500);
    // What is newer than the names that were forgotten need not be lost; what was invalidated is.
    const restarted = open(path);
    for (const each of [cache, other, restarted]) expect(await found(each, probes)).toBe(ranges([...early, ...late]));
    expect(await found(restarted, all(tags, tags + 10_000))).toBe('');

    await deleteTags(cache, bound + 5_000, tags, 500);
    for (const each of [cache, other, restarted, open(path)]) expect(await found(each, probes)).toBe(ranges(early));
  });

  it('more names than can wait at once are one invalidation of everything', async () => {
    const path = newPath();
    const [cache, other] = [open(path), open(path)];
    fill(cache, 0, 1_000);
    await cache.flush();
    expect(await found(other, all(0, 3))).toBe(ranges(all(0, 3)));
    await deleteTags(cache, 0, tags, tags);
    for (const each of [cache, other, open(path)]) expect(await found(each, all(0, 1_000))).toBe('');
    fill(cache, 0, 100);
    await cache.flush();
    for (const each of [cache, other]) expect(await found(each, all(0, 200))).toBe(ranges(all(0, 100)));
  });
});
