import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CacheStore } from '../src/store.ts';
import { type RedisClientTemplate, type RedisStoreOptions, redisStore } from '../src/stores/redis.ts';
import { testCacheStore } from '../src/testing.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { findRedis, type RedisServer, useRedis } from './support/redis-server.ts';
import { entryOf, withClient } from './support/replicas.ts';

const program = findRedis();
const run = `store-${process.pid}`;
let redis: Pick<RedisServer, 'url' | 'stop'>;
let next = 0;
const newPrefix = (): string => {
  next += 1;
  return `${run}-${next}`;
};
const open: CacheStore<Uint8Array>[] = [];
/** Patient: what is shown here is not how it gives up. */
const start = (options: Partial<RedisStoreOptions> = {}): CacheStore<Uint8Array> => {
  const store = redisStore({ url: redis.url, prefix: newPrefix(), softTimeoutMs: 5_000, ...options });
  open.push(store);
  return store;
};
const read = async (store: CacheStore<Uint8Array>, key: string): Promise<string | undefined> => {
  const entry = await store.get(key);
  return entry === undefined ? undefined : Buffer.from(entry.value).toString();
};

beforeAll(async () => {
  redis = await useRedis(program);
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close?.();
});
afterAll(async () => {
  if (redis.url !== '') {
    await withClient(redis.url, async (client) => {
      for await (const keys of client.scanIterator({ MATCH: `{${run}-*`, COUNT: 1_000 }))
        if (keys.length > 0) await client.unlink(keys);
    });
  }
  await redis.stop();
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore as a store', () => {
  testCacheStore('redisStore', ({ now }) => start({ now }));
  testCacheStore('redisStore with encryption', ({ now }) =>
    start({ now, encryption: { keys: { one: new Uint8Array(32).fill(7) }, current: 'one' } }),
  );
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore', () => {
  it('shares entries with every store of the same prefix and with no other', async () => {
    const prefix = newPrefix();
    await start({ prefix }).set('key', entryOf('value', { tags: ['red'], loadMs: 5, costUsd: 0.01, staleAt: 2_000 }));
    expect(await start({ prefix, now: () => 1_500 }).get('key')).toMatchObject({
      createdAt: 1_000,
      staleAt: 2_000,
      loadMs: 5,
      costUsd: 0.01,
      tags: ['red'],
    });
    expect(await start().get('key')).toBeUndefined();
  });

  it.each([
    ['as it is', {}],
    ['of the older protocol', { RESP: 2 }],
    ['with a key prefix and queue of its own', { keyPrefix: 'own:', disableOfflineQueue: false }],
  ] as const)('takes a client %s for its settings and leaves it alone', async (_name, settings) => {
    const client = createClient({ url: redis.url, ...settings });
    const store = start({ url: undefined, client: client as unknown as RedisClientTemplate });
    await store.set('key', entryOf('value', { tags: ['red'] }));
    expect(await read(store, 'key')).toBe('value');
    await store.invalidations?.add([{ kind: 'tag', name: 'red' }]);
    expect(await read(store, 'key')).toBeUndefined();
    expect((await store.usage()).entries).toBe(1);
    await store.close?.();
    expect(client.isOpen).toBe(false);
  });

  it('takes what createClient returns without a cast', async () => {
    const store = start({ url: undefined, client: createClient({ url: redis.url }) });
    expect(await store.delete('key')).toBe(false);
  });

  it('gives Redis the time of expiry, so that nothing dead piles up', async () => {
    const prefix = newPrefix();
    const store = start({ prefix, now: () => 1_000 });
    await store.set('short', entryOf('value', { expiresAt: 61_000 }));
    await store.set('long', entryOf('value'));
    await store.delete('long');
    await withClient(redis.url, async (client) => {
      for (const [name, longest] of [
        [`{${prefix}}:e:short`, 60_000],
        [`{${prefix}}:e:long`, 600_000],
      ] as const) {
        const life = await client.pTTL(name);
        expect(life).toBeGreaterThan(0);
        expect(life).toBeLessThanOrEqual(longest);
      }
    });
  });

  it('names keys of every script and half of a pair as they were', async () => {
    const store = start({ prefix: `glob[*]?${newPrefix()}` });
    const names = ['ключ', 'a\ud800b', 'plain', ''];
    for (const key of names) await store.set(key, entryOf('value'));
    const found: string[] = [];
    for await (const key of store.keys?.() ?? []) found.push(key);
    expect(found.sort()).toEqual([...names].sort());
    expect(await store.usage()).toMatchObject({ entries: 4, evictions: 0, damaged: 0 });
    await store.clear();
    expect(await store.delete('plain')).toBe(false);
  });

  it('removes what was cleared from Redis in the background', async () => {
    const prefix = newPrefix();
    const store = start({ prefix });
    for (let index = 0; index < 20; index += 1) await store.set(`key ${index}`, entryOf('value'));
    await store.clear();
    await store.set('kept', entryOf('value'));
    await withClient(redis.url, (client) =>
      vi.waitFor(async () => {
        const left: string[] = [];
        for await (const keys of client.scanIterator({ MATCH: `{${prefix}}:e:*` })) left.push(...keys);
        expect(left).toEqual([`{${prefix}}:e:kept`]);
      }),
    );
  });

  it('takes the value of another under its key for a miss, and replaces it', async () => {
    const prefix = newPrefix();
    const store = start({ prefix });
    await store.set('cut', entryOf('value'));
    await store.set('moved', entryOf('value'));
    await withClient(redis.url, async (client) => {
      const name = (key: string): string => `{${prefix}}:e:${key}`;
      const bytes = client.withTypeMapping({ 36: Buffer });
      const sealed = (await bytes.get(name('cut'))) as unknown as Buffer;
      await client.set(name('text'), 'hello');
      await client.set(name('empty'), '');
      await client.lPush(name('list'), 'hello');
      await client.set(name('cut'), sealed.subarray(0, -1));
      await client.set(name('moved'), sealed);
      // Numbers that nobody ever gave must not keep later entries out.
      await client.set(name('odd'), Buffer.concat([Buffer.from([0xf7, 0x45]), Buffer.alloc(40, 0xff)]));
      await client.set(name('high'), Buffer.concat([Buffer.from([0xf7, 0x45]), Buffer.alloc(40, 0x7e)]));
    });
    const keys = ['text', 'empty', 'list', 'cut', 'moved', 'odd', 'high'];
    expect(await store.getMany?.(keys)).toEqual(keys.map(() => undefined));
    // A list is nothing to Redis where a string is asked for.
    expect((await store.usage()).damaged).toBe(keys.length - 1);
    const version = store.invalidations?.version();
    for (const key of keys) {
      await store.set(key, entryOf('new', { version, fence: 1 }), 'load');
      expect(await read(store, key)).toBe('new');
    }
  });

  it('rejects at once what comes after close', async () => {
    const store = start();
    await store.set('key', entryOf('value'));
    await store.close?.();
    await expect(store.get('key')).rejects.toMatchObject({ code: 'CACHE_STORE_CLOSED' });
    await expect(store.set('key', entryOf('value'))).rejects.toMatchObject({ code: 'CACHE_STORE_CLOSED' });
  });
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore keeps order', () => {
  it('refuses a load that began before the key was deleted, or set', async () => {
    const prefix = newPrefix();
    const [a, b] = [start({ prefix }), start({ prefix })];
    await a.set('other', entryOf('value'));
    const version = a.invalidations?.version() ?? 0;
    expect(version).toBeGreaterThan(0);
    await b.delete('key');
    await a.set('key', entryOf('stale', { version }), 'load');
    expect(await read(b, 'key')).toBeUndefined();
    await b.set('key', entryOf('set'));
    await a.set('key', entryOf('stale', { version }), 'copy');
    expect(await read(b, 'key')).toBe('set');
    await a.set('key', entryOf('fresh', { version: b.invalidations?.version() }), 'load');
    expect(await read(b, 'key')).toBe('fresh');
  });

  it('keeps the newest of many holders of a lease, whichever writes last', async () => {
    const store = start();
    const tokens: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const token = (await store.leases?.acquire('key', 10_000)) ?? 0;
      tokens.push(token);
      await store.leases?.release('key', token);
    }
    const version = store.invalidations?.version();
    const shuffled = tokens.map((token, index) => ({ token, order: (index * 7) % tokens.length }));
    shuffled.sort((a, b) => a.order - b.order);
    await Promise.all(
      shuffled.map(async ({ token }) => store.set('key', entryOf(`${token}`, { fence: token, version }), 'load')),
    );
    expect(await read(store, 'key')).toBe(`${tokens.at(-1)}`);
  });

  it('frees the lease of a holder that died', async () => {
    const store = start();
    expect(await store.leases?.acquire('key', 20)).toBeTypeOf('number');
    await vi.waitFor(async () => expect(await store.leases?.acquire('key', 20)).toBeTypeOf('number'));
  });
});

describe('redisStore, asked for what cannot be', () => {
  it.each([
    ['an address of something else', { url: 'http://secret@localhost' }, 'url'],
    ['a malformed address', { url: 'redis://user:secret@local host:99999' }, 'url'],
    ['neither address nor client', {}, 'url'],
    ['something else as a client', { client: {} as never }, 'client'],
    ['a prefix with a brace', { url: 'redis://localhost', prefix: 'a}b' }, 'prefix'],
    ['no patience at all', { url: 'redis://localhost', softTimeoutMs: 0 }, 'softTimeoutMs'],
    ['a breaker that is always open', { url: 'redis://localhost', breaker: { failures: 0 } }, 'breaker.failures'],
  ])('refuses %s without showing secrets', (_name, options, option) => {
    let thrown: unknown;
    try {
      redisStore(options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'CACHE_OPTION_INVALID', option });
    expect(String(thrown)).not.toContain('secret');
  });

  it('names the package that is missing', async () => {
    vi.doMock('redis', () => {
      throw new Error('Cannot find package');
    });
    try {
      const store = redisStore({ url: 'redis://localhost' });
      await expect(store.get('key')).rejects.toThrow(/npm install redis/);
      await store.close?.();
    } finally {
      vi.doUnmock('redis');
    }
  });
});
