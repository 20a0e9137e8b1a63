// Closes a cache in the middle of what is named, twice, uses it afterwards, tells how it went, and then ends by itself.
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cache, createCache } from '../../src/index.ts';
import type { CacheStore } from '../../src/store.ts';
import { memoryStore } from '../../src/stores/memory.ts';
import { redisStore } from '../../src/stores/redis.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';

const [mode = '', path = '', url] = process.argv.slice(2);
const open = (): Cache<string> =>
  createCache<string>({
    tiers: [
      { store: memoryStore() },
      { store: sqliteStore({ path, flushMs: 60_000 }) as CacheStore },
      ...(url === undefined ? [] : [{ store: redisStore({ url }) as CacheStore }]),
    ],
    leaseMs: 1_000,
  });
const cache = open();
const locker = new DatabaseSync(path);
const keys = Array.from({ length: 2_000 }, (_, index) => `key ${index}`);
const late = async (key: string): Promise<string> => {
  await sleep(50);
  return `${key} was loaded`;
};
const loads = (): Promise<string>[] => keys.slice(0, 200).map((key) => cache.getOrSet(key, () => late(key)));

/** Work that goes on while the cache is closed. */
const begin: Record<string, () => Promise<unknown[]>> = {
  loads: async () => loads(),
  'loads that never end': async () => {
    for (const key of keys.slice(0, 50)) void cache.getOrSet(key, () => new Promise(() => {}));
    await sleep(20);
    return [];
  },
  'loads that others hold': async () => {
    const other = open();
    const held = keys.slice(0, 20).map((key) => other.getOrSet(key, () => late(key)));
    await sleep(10);
    return [...held, ...loads(), sleep(200).then(() => other.close())];
  },
  writes: async () => keys.map((key) => cache.set(key, 'v'.repeat(2_000), { tags: ['all'] })),
  'writes to a locked file': async () => {
    await cache.set('before', 'value');
    await cache.flush();
    locker.exec('BEGIN IMMEDIATE');
    return keys.map((key) => cache.set(key, 'value'));
  },
  invalidations: async () => [
    ...keys.slice(0, 100).map((key) => cache.delete(key)),
    cache.deleteTag('one', 'other'),
    cache.deleteMatching('key 1*'),
    cache.clear('project'),
  ],
  clearing: async () => [cache.set('key 1', 'value'), cache.clear()],
  warming: async () => {
    for (const key of keys) void cache.set(key, 'v'.repeat(2_000));
    await cache.flush();
    await cache.getMany(keys);
    const fresh = open();
    const warming = fresh.warm({ top: 2_000 });
    return [warming, fresh.close(), cache.warm()];
  },
  polls: async () => {
    const other = open();
    const invalidating = async (): Promise<void> => {
      for (const key of keys.slice(0, 300)) {
        await other.deleteTag(key);
        void cache.get(key);
      }
      await other.close();
    };
    return [invalidating(), sleep(5)];
  },
  nothing: async () => [],
};

const work = (await begin[mode]?.()) ?? [];
if (mode === 'polls') await sleep(5);
const closing = cache.close();
const during = [
  cache.get('key 1'),
  cache.set('key 1', 'late'),
  cache.getOrSet('during', () => 'loaded'),
  cache.deleteTag('all'),
  cache.clear(),
  cache.warm(),
  cache.flush(),
  cache.stats(),
];
const outcomes = await Promise.allSettled([...work, closing, cache.close(), ...during]);
const after = [
  cache.peek('key 1'),
  await cache.get('key 1'),
  (await cache.getMany(['key 1'])).size,
  await cache.set('key 1', 'later'),
  await cache.getOrSet('key 1', () => 'loaded'),
  await cache.delete('key 1'),
  await cache.deleteMatching('*'),
  (await cache.warm()).entries,
  await cache.flush(),
  await cache.close(),
];
const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
locker.close();
const errors = (await cache.stats()).tiers.map((tier) => tier.errors);
process.stdout.write(JSON.stringify({ outcomes: outcomes.length, failed, after, errors }));
