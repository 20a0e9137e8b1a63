import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cache, type CacheStore, createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { redisStore } from '../src/stores/redis.ts';
import { type SqliteStore, sqliteStore } from '../src/stores/sqlite.ts';
import { startChild, textOf } from './support/child.ts';
import { turn, within } from './support/clock.ts';
import { temporaryPaths } from './support/folder.ts';
import { findRedis, freePort, type RedisServer, startRedis } from './support/redis-server.ts';
import { entry, read, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const program = findRedis();
let redis: RedisServer | undefined;
beforeAll(async () => {
  if (program !== undefined) redis = await startRedis(program);
}, 20_000);
afterAll(() => redis?.stop());

const open = (path: string, more: readonly CacheStore[] = []): Cache<string> => {
  const cache = createCache<string>({
    tiers: [
      { store: memoryStore() },
      { store: sqliteStore({ path, flushMs: 60_000 }) as CacheStore },
      ...more.map((store) => ({ store })),
    ],
  });
  onTestFinished(() => cache.close());
  return cache;
};

describe('a process that closes its cache in the middle', { timeout: 30_000 }, () => {
  /** Returns how many faults each tier had. */
  const run = async (mode: string, path: string, ...url: string[]): Promise<number[]> => {
    const child = startChild('closing.ts', [mode, path, ...url]);
    const outcome = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'exit')]);
    const ended = await within(20_000, outcome);
    if (ended === 'pending') {
      child.kill('SIGKILL');
      expect.fail('It does not end by itself.');
    }
    const [output, complaints, [code]] = ended;
    expect({ complaints, code }).toEqual({ complaints: '', code: 0 });
    const { outcomes, failed, after, errors } = JSON.parse(output);
    expect(outcomes).toBeGreaterThanOrEqual(10);
    expect(failed).toEqual([]);
    // A cache without tiers: `undefined` is `null` in JSON.
    expect(after).toEqual([null, null, 0, null, 'loaded', false, null, 0, true, null]);
    const { healthy, leases } = withDatabase(path, (database) => ({
      healthy: database.prepare('PRAGMA integrity_check').get()?.integrity_check,
      leases: database.prepare("SELECT count(*) AS held FROM leases WHERE owner <> ''").get()?.held,
    }));
    expect({ healthy, leases }).toEqual({ healthy: 'ok', leases: 0 });
    expect(readdirSync(dirname(path))).toEqual(['cache.db']);
    return errors;
  };

  it.concurrent.each([
    'loads',
    'loads that never end',
    'loads that others hold',
    'writes',
    'invalidations',
    'clearing',
    'warming',
    'polls',
    'nothing',
  ])('of %s ends by itself and rejects nothing', async (mode) => {
    expect(await run(mode, newPath())).toEqual([0, 0]);
  });

  it.skipIf(program === undefined).concurrent.each(['loads', 'writes', 'nothing'])(
    'of %s beside Redis ends by itself and rejects nothing',
    async (mode) => {
      expect((await run(mode, newPath(), redis?.url ?? '')).slice(0, 2)).toEqual([0, 0]);
    },
  );

  it.concurrent('of writes to a file that stays locked gives them up, says so and harms nothing', async () => {
    const path = newPath();
    expect(await run('writes to a locked file', path)).toEqual([0, 1]);
    const store = sqliteStore({ path });
    expect([read(store, 'before'), read(store, 'key 1')]).toEqual(['"value"', undefined]);
    await store.close();
  });

  it.concurrent('of loads beside a Redis that is not there ends by itself and rejects nothing', async () => {
    await run('loads', newPath(), `redis://127.0.0.1:${await freePort()}`);
  });
});

describe('closing', { timeout: 30_000 }, () => {
  it('has written what was set, and what was deleted stays deleted', async () => {
    const path = newPath();
    const cache = open(path);
    for (let index = 0; index < 3_000; index += 1) void cache.set(`key ${index}`, `value ${index}`, { tags: ['all'] });
    const last = [cache.delete('key 1'), cache.deleteTag('none'), cache.set('key 2', 'anew')];
    await cache.close();
    await Promise.all(last);
    const reopened = open(path);
    const found = await reopened.getMany(Array.from({ length: 3_000 }, (_, index) => `key ${index}`));
    expect(found.size).toBe(2_999);
    expect([found.get('key 0'), found.get('key 1'), found.get('key 2')]).toEqual(['value 0', undefined, 'anew']);
  });

  it('gives leases back, so that others load at once, and what is loaded afterwards is not kept', async () => {
    const path = newPath();
    const [cache, other] = [open(path), open(path)];
    const gate = Promise.withResolvers<string>();
    const began = Promise.withResolvers<void>();
    const loading = cache.getOrSet('key', () => {
      began.resolve();
      return gate.promise;
    });
    await began.promise;
    await cache.close();
    expect(await other.getOrSet('key', () => 'of the other')).toBe('of the other');
    gate.resolve('of the closed one');
    expect(await loading).toBe('of the closed one');
    await turn();
    expect(await other.flush()).toBe(true);
    expect(await open(path).get('key')).toBe('of the other');
  });

  it('ends the wait for a lease of another: its own loader answers', async () => {
    const path = newPath();
    const [cache, holder] = [open(path), open(path)];
    const gate = Promise.withResolvers<string>();
    const began = Promise.withResolvers<void>();
    const held = holder.getOrSet('key', () => {
      began.resolve();
      return gate.promise;
    });
    await began.promise;
    const waiting = cache.getOrSet('key', () => 'its own');
    await turn();
    await cache.close();
    expect(await waiting).toBe('its own');
    gate.resolve('of the holder');
    expect(await held).toBe('of the holder');
    expect(await holder.get('key')).toBe('of the holder');
  });

  it('stops warming where it stands', async () => {
    const path = newPath();
    const first = open(path);
    const keys = Array.from({ length: 4_000 }, (_, index) => `key ${index}`);
    for (const key of keys) void first.set(key, 'v'.repeat(1_000));
    await first.flush();
    await first.getMany(keys);
    await first.close();

    const memory = memoryStore({ maxEntries: 10_000 });
    const file = sqliteStore({ path });
    const pages = { asked: 0 };
    const closed = Promise.withResolvers<void>();
    const cache = createCache<string>({
      tiers: [
        { store: memory },
        {
          store: {
            ...file,
            getMany: (asked) => {
              pages.asked += 1;
              if (pages.asked === 3) void cache.close().then(closed.resolve);
              return file.getMany?.(asked) ?? [];
            },
          },
        },
      ],
    });
    const { entries, candidates } = await cache.warm({ top: 4_000, budgetMs: 60_000 });
    await closed.promise;
    expect(candidates).toBe(4_000);
    expect(entries).toBe(0);
    expect(memory.usage()).toMatchObject({ entries: 0 });
  });

  it('hears no more of others, who are heard until then', async () => {
    const path = newPath();
    const [cache, other] = [open(path), open(path)];
    for (let round = 0; round < 50; round += 1) {
      await cache.set('key', `${round}`, { tags: ['tag'] });
      await cache.flush();
      await other.deleteTag('tag');
      await turn();
      expect(cache.peek('key')).toBeUndefined();
    }
    const closing = cache.close();
    const invalidating = Array.from({ length: 50 }, () => other.deleteTag('tag'));
    expect(cache.peek('key')).toBeUndefined();
    await Promise.all([closing, ...invalidating]);
    await turn();
    expect((await cache.stats()).tiers.map(({ errors }) => errors)).toEqual([0, 0]);
  });
});

describe('a deletion under way when its store is closed', () => {
  it('is settled', async () => {
    const store = sqliteStore({ path: newPath() });
    store.set('key', entry('value'));
    store.delete('key');
    const settled = store.invalidations.settled();
    await store.close();
    expect(await settled).toBeUndefined();
  });

  it('is settled though everything was cleared after it', async () => {
    const store = sqliteStore({ path: newPath() });
    store.delete('key');
    const settled = Promise.resolve(store.invalidations.settled());
    store.clear();
    const outcome = settled.catch((error: unknown) => error);
    await store.close();
    expect(await outcome).toBeUndefined();
  });
});

describe('a store after close', () => {
  const closedError = expect.objectContaining({
    code: 'CACHE_STORE_CLOSED',
    message: expect.stringMatching(/is closed\. Create a new one\.$/),
  });
  const useOf = (store: CacheStore<Uint8Array>): Record<string, () => unknown> => ({
    get: () => store.get('key'),
    getMany: () => store.getMany?.(['key']),
    set: () => store.set('key', entry('value')),
    'a copy': () => store.set('key', entry('value'), 'copy'),
    delete: () => store.delete('key'),
    clear: () => store.clear(),
    usage: () => store.usage(),
    keys: async () => {
      for await (const _key of store.keys?.() ?? []) break;
    },
    add: () => store.invalidations?.add([{ kind: 'tag', name: 'tag' }]),
    acquire: () => store.leases?.acquire('key', 1_000),
    extend: () => store.leases?.extend('key', 1, 1_000),
    release: () => store.leases?.release('key', 1),
    top: () => store.popularity?.top(10),
  });
  const outcomeOf = async (use: () => unknown): Promise<unknown> => {
    try {
      await use();
      return 'no error';
    } catch (error) {
      return error;
    }
  };

  it.each(Object.keys(useOf({} as CacheStore<Uint8Array>)))(
    'of SQLite says of %s that it is closed',
    async (operation) => {
      const store: SqliteStore = sqliteStore({ path: newPath() });
      const closing = store.close();
      expect(store.close()).toBe(closing);
      await closing;
      expect(await outcomeOf(() => useOf(store as CacheStore<Uint8Array>)[operation]?.())).toEqual(closedError);
    },
  );

  it('of SQLite flushes, settles and polls nothing, without an error', async () => {
    const store = sqliteStore({ path: newPath() });
    store.set('key', entry('value'));
    await store.close();
    expect(store.flush()).toBeUndefined();
    expect(store.invalidations.settled()).toBeUndefined();
    expect(store.invalidations.poll?.()).toBeUndefined();
  });

  it
    .skipIf(program === undefined)
    .each(Object.keys(useOf({} as CacheStore<Uint8Array>)).filter((name) => !['top', 'add', 'clear'].includes(name)))(
    'of Redis says of %s that it is closed',
    async (operation) => {
      const store = redisStore({ url: redis?.url ?? '' });
      const closing = store.close?.();
      expect(store.close?.()).toBe(closing);
      await closing;
      expect(await outcomeOf(() => useOf(store)[operation]?.())).toEqual(closedError);
    },
  );

  it.skipIf(program === undefined)('of Redis is quick to close while a server hangs', async () => {
    const store = redisStore({ url: redis?.url ?? '', softTimeoutMs: 60_000 });
    await store.get('connects');
    redis?.pause();
    onTestFinished(() => redis?.resume());
    const asked = Promise.resolve(store.get('key')).catch(({ code }) => code);
    const closing = Promise.resolve(store.close?.()).then(() => 'closed');
    expect(await within(5_000, closing)).toBe('closed');
    expect(await within(5_000, asked)).toBe('CACHE_STORE_UNAVAILABLE');
  });
});

describe.skipIf(program === undefined)('a machine whose processes were all closed while another invalidated', () => {
  const shared = (): CacheStore => redisStore({ url: redis?.url ?? '', prefix: 'closed-meanwhile' }) as CacheStore;
  const file = newPath();

  it('has what it read before in its file', async () => {
    const other = open(newPath(), [shared()]);
    await other.set('key', 'old', { tags: ['tag'] });
    const before = open(file, [shared()]);
    await before.get('connects');
    expect(await before.get('key')).toBe('old');
    await before.close();
    await other.deleteTag('tag');
    await other.set('key', 'new', { tags: ['tag'] });
    expect(withDatabase(file, (database) => database.prepare('SELECT key FROM entries').all())).toEqual([
      { key: 'key' },
    ]);
  });

  it('and answers nothing of that when it is opened again', async () => {
    const after = open(file, [shared()]);
    await after.get('connects');
    expect(await after.get('key')).toBe('new');
  });
});
