import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { redisStore } from '../src/stores/redis.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { startProxy } from './support/proxy.ts';
import { findRedis, type RedisServer, startRedis } from './support/redis-server.ts';

const program = findRedis();
let redis: RedisServer;
let next = 0;
const newPrefix = (): string => {
  next += 1;
  return `cache-${next}`;
};
const caches: Cache<string>[] = [];
const start = (prefix: string, url = redis.url): Cache<string> => {
  const cache = createCache<string>({
    tiers: [
      { store: memoryStore({ maxEntries: 1_000 }) },
      { store: redisStore({ url, prefix, trustMs: 2_000, softTimeoutMs: 50, breaker: { probeAfterMs: 50 } }) },
    ],
  });
  caches.push(cache);
  return cache;
};

beforeAll(async () => {
  if (program !== undefined) redis = await startRedis(program);
});
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache.close();
});
afterAll(() => redis?.stop());

describeHeardAndUnheard.skipIf(program === undefined)('replicas that share Redis', () => {
  it('load a key once for 1,000 callers on four of them', async () => {
    const prefix = newPrefix();
    const replicas = [1, 2, 3, 4].map(() => start(prefix));
    await Promise.all(replicas.map((cache) => cache.get('')));
    let loads = 0;
    const load = async (): Promise<string> => {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return 'value';
    };
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => (replicas[index % 4] ?? start(prefix)).getOrSet('key', load)),
    );
    expect(new Set(answers)).toEqual(new Set(['value']));
    expect(loads).toBe(1);
  });

  it('forget in memory what another sets, deletes or invalidates by tag', async () => {
    const prefix = newPrefix();
    const [a, b] = [start(prefix), start(prefix)];
    for (const key of ['set', 'deleted', 'tagged']) await a.set(key, 'old', { tags: ['red'] });
    for (const key of ['set', 'deleted', 'tagged']) expect(await b.get(key)).toBe('old');
    expect(b.peek('tagged')).toBe('old');
    await a.deleteTag('red');
    await a.set('set', 'new');
    await a.delete('deleted');
    await vi.waitFor(() => expect([b.peek('deleted'), b.peek('tagged')]).toEqual([undefined, undefined]), 5_000);
    await vi.waitFor(async () => expect(await b.get('set')).toBe('new'), 5_000);
    expect(await b.get('deleted')).toBeUndefined();
    expect(await b.get('tagged')).toBeUndefined();
  });

  it('are slower without it and never fail, and agree again afterwards', async () => {
    const prefix = newPrefix();
    const proxy = await startProxy(redis.port);
    try {
      const [a, b] = [start(prefix), start(prefix, proxy.url)];
      await vi.waitFor(async () => {
        await b.set('key', 'old', { tags: ['red'] });
        expect(await a.get('key')).toBe('old');
        // While it is still connecting it may hear of its own write as of another's.
        expect(b.peek('key')).toBe('old');
      });
      proxy.blackhole(true);
      for (let round = 0; round < 10; round += 1) {
        expect(await b.getOrSet(`only ${round}`, () => 'loaded')).toBe('loaded');
        await b.set(`set ${round}`, 'set');
        expect(await b.get(`set ${round}`)).toBe('set');
      }
      await a.deleteTag('red');
      expect(b.peek('key')).toBe('old');
      // Out of contact for longer than it is trusted, memory is not asked.
      await vi.waitFor(() => expect(b.peek('key')).toBeUndefined(), 8_000);
      proxy.blackhole(false);
      await vi.waitFor(async () => expect(await b.getOrSet('key', () => 'new')).toBe('new'), 5_000);
      await vi.waitFor(async () => {
        await b.set('after', 'value');
        expect(await a.get('after')).toBe('value');
      }, 10_000);
      await vi.waitFor(async () => expect(await a.get('key')).not.toBe('old'), 5_000);
    } finally {
      await proxy.close();
    }
  });
});
