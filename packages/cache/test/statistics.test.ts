import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CacheStore, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { testClock, turn } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

/** A slow store in which each read takes so many milliseconds by the measuring clock. */
const timedStore = (readMs: number): CacheStore => {
  const store = manualStore();
  return {
    ...store,
    get: (key) => {
      vi.advanceTimersByTime(readMs);
      return store.get(key);
    },
  };
};

describeHeardAndUnheard('statistics', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('are all 0 at the beginning', async () => {
    const cache = createCache({ tiers: [{ store: memoryStore() }] });
    expect(await cache.stats()).toEqual({
      tiers: [
        expect.objectContaining({
          hits: 0,
          misses: 0,
          hitRate: 0,
          sets: 0,
          entries: 0,
          errors: 0,
          readMs: 0,
        }),
      ],
      loads: 0,
      loadErrors: 0,
      coalesced: 0,
      stale: 0,
      loadMs: 0,
    });
  });

  it('count loads, failures and their time', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    const takes = (ms: number) => () => {
      vi.advanceTimersByTime(ms);
      return 'value';
    };
    await cache.getOrSet('a', takes(30));
    await cache.getOrSet('b', takes(10));
    await cache.getOrSet('c', () => Promise.reject(new Error('upstream'))).catch(() => {});
    await Promise.all([cache.getOrSet('d', takes(0)), cache.getOrSet('d', takes(0))]);
    expect(await cache.stats()).toMatchObject({ loads: 4, loadErrors: 1, coalesced: 1, loadMs: 40 });
    const loaded = Promise.withResolvers<string>();
    const answers = [1, 2, 3].map(() => cache.getOrSet('e', () => loaded.promise));
    loaded.resolve('value');
    await Promise.all(answers);
    expect(await cache.stats()).toMatchObject({ loads: 5, coalesced: 3 });
  });

  it('tell what hits spared, by the time and the cost of the loads', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: bufferStore() }] });
    const loader = () => {
      vi.advanceTimersByTime(20);
      return 'value';
    };
    await cache.getOrSet('key', loader, { costUsd: 0.25 });
    for (let hit = 0; hit < 3; hit += 1) cache.peek('key');
    expect((await cache.stats()).tiers).toMatchObject([
      { hits: 3, misses: 1, hitRate: 0.75, savedLoadMs: 60, savedUsd: 0.75 },
      { hits: 0, misses: 1, hitRate: 0, savedLoadMs: 0, savedUsd: 0 },
    ]);
  });

  it('measure reads that are not from memory', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store: timedStore(4) }] });
    await cache.set('a', 'value');
    await cache.set('b', 'value');
    await cache.get('a');
    await cache.get('absent');
    expect((await cache.stats()).tiers).toMatchObject([
      { readMs: 0, hits: 0, misses: 2 },
      { readMs: 4, hits: 1, misses: 1 },
    ]);
  });

  it('tell what a tier earns: the way on to the loader that hits spare, less what asking it costs', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: timedStore(4) }] });
    await cache.getOrSet('key', () => {
      vi.advanceTimersByTime(100);
      return 'value';
    });
    for (let hit = 0; hit < 10; hit += 1) cache.peek('key');
    const [memory, slow] = (await cache.stats()).tiers;
    // Without memory all ten would have asked the slow tier, which has answered none so far, and then loaded.
    expect(memory?.earnedMs).toBeCloseTo(10 * (4 + 100), 1);
    expect(slow?.earnedMs).toBeCloseTo(-4, 1);
  });

  it('advise to leave out what costs more than it saves, and only after enough lookups', async () => {
    const cache = createCache<string>({ tiers: [{ store: timedStore(4) }] });
    for (let lookup = 0; lookup < 999; lookup += 1) await cache.get('absent');
    expect((await cache.stats()).tiers[0]?.advice).toBeUndefined();
    await cache.get('absent');
    expect((await cache.stats()).tiers[0]?.advice).toMatch(/leave it out/);
  });

  it('advise nothing against the tier that answers all, whatever stands behind it', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: bufferStore() }] });
    await cache.getOrSet('key', () => {
      vi.advanceTimersByTime(50);
      return 'value';
    });
    for (let hit = 0; hit < 2_000; hit += 1) cache.peek('key');
    const [memory] = (await cache.stats()).tiers;
    expect(memory?.earnedMs).toBeGreaterThan(90_000);
    expect(memory?.advice).toBeUndefined();
  });

  it('advise more room where more is evicted than answered', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ maxEntries: 10 }) }] });
    for (let index = 0; index < 1_200; index += 1) {
      await cache.getOrSet(`key ${index}`, () => {
        vi.advanceTimersByTime(1);
        return 'value';
      });
      if (index % 2 === 0) cache.peek(`key ${index}`);
    }
    expect((await cache.stats()).tiers[0]?.advice).toMatch(/raise maxEntries/);
  });

  it('advise nothing where all is well', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'value', { loadMs: 5 });
    for (let hit = 0; hit < 2_000; hit += 1) cache.peek('key');
    expect((await cache.stats()).tiers[0]?.advice).toBeUndefined();
  });

  // Nothing is known of what a load would take, which counts as no time at all.
  it('advise nothing of time where load times are unknown', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'value');
    for (let hit = 0; hit < 2_000; hit += 1) cache.peek('key');
    expect((await cache.stats()).tiers[0]?.advice).toBeUndefined();
  });

  it('name the bounds, and what was lost for which reason', async () => {
    const { now, pass } = testClock();
    const store = bufferStore({ maxEntries: 2, maxBytes: 10_000, now });
    const cache = createCache<string>({ tiers: [{ store }], now });
    for (const key of ['a', 'b', 'c']) await cache.set(key, 'value', { ttlMs: 10 });
    await cache.set('large', 'x'.repeat(20_000));
    pass(10);
    await cache.get('c');
    expect((await cache.stats()).tiers[0]).toMatchObject({
      name: 'buffer',
      maxEntries: 2,
      maxBytes: 10_000,
      evictions: 1,
      refused: 1,
      expired: 1,
    });
  });

  it('add the store’s own faults and damages to those that the cache met', async () => {
    const store: CacheStore = {
      ...memoryStore(),
      usage: () => ({ entries: 0, bytes: 0, evictions: 0, faults: 2, damaged: 3 }),
      delete: () => {
        throw new Error('broken');
      },
    };
    const cache = createCache<string>({ tiers: [{ store }] });
    await cache.delete('key');
    expect((await cache.stats()).tiers[0]).toMatchObject({ errors: 3, damaged: 3 });
  });

  it('count a lookup of one key once in each tier, however it ends', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: manualStore() }] });
    await cache.getOrSet('key', () => 'value');
    await cache.getOrSet('key', () => 'value');
    await cache.get('absent');
    await turn();
    expect((await cache.stats()).tiers).toMatchObject([
      { hits: 1, misses: 2 },
      { hits: 0, misses: 2 },
    ]);
  });

  // A load in the background that fails counts as an answer that was stale, though nobody got one.
  it('count no stale answer where none was given', async () => {
    const { now, pass } = testClock();
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ now }) }], now, random: () => 0.999 });
    await cache.set('key', 'value', { ttlMs: 100, loadMs: 10 });
    pass(90);
    await cache.getOrSet('key', () => Promise.reject(new Error('upstream')), { earlyRefresh: 1 });
    await turn();
    expect(await cache.stats()).toMatchObject({ loadErrors: 1, stale: 0 });
  });

  // Those that share a load which fails are all answered with the stale value; one is counted.
  it('count each stale answer that grace gave', async () => {
    const { now, pass } = testClock();
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ now }) }], now, graceMs: 1_000, ttlMs: 100 });
    await cache.set('key', 'value');
    pass(100);
    const failing = () => Promise.reject(new Error('upstream'));
    await Promise.all([1, 2, 3].map(() => cache.getOrSet('key', failing)));
    expect(await cache.stats()).toMatchObject({ stale: 3 });
  });
});
