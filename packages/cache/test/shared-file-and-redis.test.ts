import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { redisStore } from '../src/stores/redis.ts';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { temporaryPaths } from './support/folder.ts';
import { findRedis, startRedis } from './support/redis-server.ts';

const newPath = temporaryPaths();
const program = findRedis();
const redis = program === undefined ? undefined : await startRedis(program);
afterAll(() => redis?.stop());
const caches: Cache<string>[] = [];
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache.close();
});

/** A process of a machine, whose file it shares with the others there. */
const start = async (path: string, prefix: string): Promise<Cache<string>> => {
  const cache = createCache<string>({
    tiers: [
      { store: memoryStore() },
      { store: sqliteStore({ path }) },
      { store: redisStore({ url: redis?.url ?? '', prefix }) },
    ],
  });
  caches.push(cache);
  await cache.get('connects');
  return cache;
};
const tiersWith = async (cache: Cache<string>): Promise<readonly number[]> =>
  (await cache.stats()).tiers.map(({ entries }) => entries);

it.skipIf(redis === undefined)(
  'a set reaches siblings by the file and other machines by Redis, and stays in the file',
  async () => {
    const [here, there] = [newPath(), newPath()];
    const [one, sibling, far] = [await start(here, 'set'), await start(here, 'set'), await start(there, 'set')];
    await one.set('key', 'old');
    await one.flush();
    for (const cache of [sibling, far]) await vi.waitFor(async () => expect(await cache.get('key')).toBe('old'));
    await one.set('key', 'new');
    await one.flush();
    for (const cache of [sibling, far]) await vi.waitFor(async () => expect(await cache.get('key')).toBe('new'));
    // A sibling that took the message for news would have deleted the new value from the file.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await tiersWith(one))[1]).toBe(1);
  },
);

it.skipIf(redis === undefined)('what is invalidated on one machine is gone from the files of the others', async () => {
  const [here, there] = [newPath(), newPath()];
  const [one, far] = [await start(here, 'tag'), await start(there, 'tag')];
  await one.set('key', 'value', { tags: ['red'] });
  await one.set('other', 'value', { tags: ['blue'] });
  await vi.waitFor(async () => expect(await far.get('key')).toBe('value'));
  expect(await far.get('other')).toBe('value');
  await one.deleteTag('red');
  await vi.waitFor(() => expect(far.peek('key')).toBeUndefined());
  expect(await far.get('key')).toBeUndefined();
  expect(await far.get('other')).toBe('value');
  // Nor does it come back where Redis is out of reach: the file itself knows.
  await far.flush();
  const offline = createCache<string>({ tiers: [{ store: sqliteStore({ path: there }) }] });
  caches.push(offline);
  expect(await offline.get('key')).toBeUndefined();
  expect(await offline.get('other')).toBe('value');
});
