import { afterEach, expect, it, vi } from 'vitest';
import { type CacheOptions, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { testClock, turn } from './support/clock.ts';
import { expiringCache, failing } from './support/expiring.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

describeHeardAndUnheard('jitter', () => {
  it.each([
    [0, 1_000],
    [0.5, 900],
    [1, 800],
  ])('with a draw of %s lets 1,000 ms be %s', async (draw, lifeMs) => {
    const { cache, pass } = expiringCache({ random: () => draw, jitter: 0.2 });
    await cache.set('key', 'value', { ttlMs: 1_000 });
    pass(lifeMs - 1);
    expect(cache.peek('key')).toBe('value');
    pass(1);
    expect(cache.peek('key')).toBeUndefined();
  });

  it('never touches what lives for ever, and moves the grace with the end', async () => {
    const { cache, store } = expiringCache({ random: () => 1, jitter: 1 });
    await cache.set('forever', 'value');
    expect(store.get('forever')).toMatchObject({ expiresAt: Number.POSITIVE_INFINITY });
    await cache.set('key', 'value', { ttlMs: 1_000, jitter: 0.5, graceMs: 300 });
    expect(store.get('key')).toMatchObject({ staleAt: 1_000_500, expiresAt: 1_000_800 });
  });

  it.each([-0.1, 1.1, Number.NaN])('of %s is refused', async (jitter) => {
    const refusal = { code: 'CACHE_OPTION_INVALID', option: 'jitter' };
    await expect(expiringCache().cache.set('key', 'value', { jitter })).rejects.toMatchObject(refusal);
    expect(() => createCache({ tiers: [], jitter })).toThrow(expect.objectContaining(refusal));
  });
});

describeHeardAndUnheard('sliding', () => {
  it('gives a value with less than half of its life left a whole one, each time', async () => {
    const { cache, pass } = expiringCache({ ttlMs: 100, sliding: true });
    await cache.set('key', 'value');
    for (let use = 0; use < 5; use += 1) {
      pass(60);
      expect(await cache.getOrSet('key', failing)).toBe('value');
    }
    pass(100);
    expect(cache.peek('key')).toBeUndefined();
  });

  it('leaves a value with more than half of its life as it is', async () => {
    const { cache, store, pass } = expiringCache({ ttlMs: 100, sliding: true });
    await cache.set('key', 'value');
    pass(49);
    await cache.getOrSet('key', failing);
    expect(store.get('key')).toMatchObject({ expiresAt: 1_000_100 });
    pass(1);
    await cache.getOrSet('key', failing);
    expect(store.get('key')).toMatchObject({ expiresAt: 1_000_150 });
  });

  it('reaches every tier, and moves the grace along', async () => {
    const { now, pass } = testClock();
    const [fast, slow] = [memoryStore({ now }), manualStore({}, now)];
    const cache = createCache<string>({ tiers: [{ store: fast }, { store: slow }], now, ttlMs: 100, graceMs: 30 });
    await cache.set('key', 'value');
    pass(80);
    await cache.getOrSet('key', failing, { sliding: true });
    await cache.flush();
    for (const store of [fast, slow])
      expect(await store.get('key')).toMatchObject({ staleAt: 1_000_180, expiresAt: 1_000_210, createdAt: 1_000_000 });
  });

  // An entry does not carry its own end where its tier ends sooner, so that nothing slides below a tier's ttlMs.
  it('works where a faster tier keeps entries for a shorter time', async () => {
    const { now, pass } = testClock();
    const cache = createCache<string>({
      tiers: [{ store: memoryStore({ now }), ttlMs: 10 }, { store: bufferStore({ now }) }],
      now,
      ttlMs: 100,
      sliding: true,
    });
    await cache.set('key', 'value');
    for (let use = 0; use < 3; use += 1) {
      pass(60);
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('value');
    }
  });

  // "Each use of a value": get and peek do not count as one.
  it('leaves an entry the shorter life that it was given', async () => {
    const { cache, pass } = expiringCache({ ttlMs: 1_000, sliding: true });
    await cache.set('key', 'value', { ttlMs: 100 });
    pass(60);
    expect(await cache.get('key')).toBe('value');
    pass(60);
    expect(await cache.get('key')).toBeUndefined();
  });

  it.each(['delete', 'set', 'clear'] as const)(
    'brings nothing back that %s replaced while it was read',
    async (how) => {
      const { now, pass } = testClock();
      const slow = manualStore({}, now);
      const cache = createCache<string>({
        tiers: [{ store: memoryStore({ now }) }, { store: slow }],
        now,
        ttlMs: 100,
        sliding: true,
      });
      const old = { value: 'old', createdAt: now(), staleAt: now() + 100, expiresAt: now() + 100 };
      slow.entries.set('key', old);
      pass(60);
      slow.hold();
      const reading = cache.get('key');
      const call = await slow.next('get');
      slow.answerAtOnce();
      if (how === 'set') await cache.set('key', 'new');
      else if (how === 'clear') await cache.clear();
      else await cache.delete('key');
      const newer = slow.entries.get('key');
      slow.entries.set('key', old);
      await call.settle();
      expect(await reading).toBe('old');
      if (newer === undefined) slow.entries.delete('key');
      else slow.entries.set('key', newer);
      await turn();
      expect(await cache.get('key')).toBe(how === 'set' ? 'new' : undefined);
    },
  );

  it('counts a get as a use', async () => {
    const { cache, pass } = expiringCache({ ttlMs: 100, sliding: true });
    await cache.set('key', 'value');
    pass(60);
    expect(await cache.get('key')).toBe('value');
    pass(60);
    expect(await cache.get('key')).toBe('value');
  });
});

describeHeardAndUnheard('early refresh', () => {
  /** A value that took 10 ms to load and lives for 100. */
  const loadedOnce = async (draw: number, options: Partial<CacheOptions<string>> = {}) => {
    const made = expiringCache({ ttlMs: 100, earlyRefresh: 1, random: () => draw, ...options });
    await made.cache.set('key', 'old', { loadMs: 10 });
    return made;
  };

  it('loads anew before the end, the sooner the higher the draw, and answers the old value meanwhile', async () => {
    // -10 * ln(1 - 0.9) is 23 ms.
    const { cache, pass } = await loadedOnce(0.9);
    const loader = vi.fn(() => 'new');
    pass(76);
    expect(await cache.getOrSet('key', loader)).toBe('old');
    expect(loader).not.toHaveBeenCalled();
    pass(1);
    expect(await cache.getOrSet('key', loader)).toBe('old');
    expect(loader).toHaveBeenCalledTimes(1);
    await turn();
    expect(cache.peek('key')).toBe('new');
  });

  it('never happens for a value of unknown load time, nor one that lives for ever', async () => {
    const { cache, pass } = expiringCache({ earlyRefresh: 100, random: () => 0.999 });
    const loader = vi.fn(() => 'new');
    await cache.set('forever', 'value', { loadMs: 1_000 });
    await cache.set('unknown', 'value', { ttlMs: 100 });
    pass(99);
    await cache.getOrSet('forever', loader);
    await cache.getOrSet('unknown', loader);
    expect(loader).not.toHaveBeenCalled();
  });

  it('is one load for all, and a failure of it is nobody’s', async () => {
    const { cache, pass } = await loadedOnce(0.999);
    pass(60);
    const loader = vi.fn(failing);
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrSet('key', loader)))).toEqual(['old', 'old', 'old']);
    expect(loader).toHaveBeenCalledTimes(1);
    await turn();
    expect(cache.peek('key')).toBe('old');
  });

  it('is not content with what a slow tier still has, unless that is newer', async () => {
    for (const createdAt of [1_000_000, 1_000_001]) {
      const { now, pass } = testClock();
      const slow = manualStore({}, now);
      const tiers = [{ store: memoryStore({ now }) }, { store: slow }];
      const cache = createCache<string>({ tiers, now, random: () => 0.999, ttlMs: 100, earlyRefresh: 1 });
      await cache.set('key', 'old', { loadMs: 10 });
      slow.entries.set('key', { value: 'in the slow tier', createdAt, expiresAt: now() + 200 });
      pass(90);
      const loader = vi.fn(() => 'loaded');
      expect(await cache.getOrSet('key', loader)).toBe('old');
      await turn();
      expect(cache.peek('key')).toBe(createdAt === 1_000_000 ? 'loaded' : 'in the slow tier');
    }
  });

  // The backoff of grace is applied to a value that is not stale, and ends its life early.
  it('comes the earlier the larger its factor', async () => {
    const dueAt = async (earlyRefresh: number): Promise<number> => {
      const { cache, pass } = expiringCache({ ttlMs: 1_000, earlyRefresh, random: () => 0.5 });
      await cache.set('key', 'old', { loadMs: 100 });
      const loader = vi.fn(() => 'new');
      for (let passed = 0; passed < 1_000; passed += 10) {
        await cache.getOrSet('key', loader);
        await turn();
        if (loader.mock.calls.length > 0) return passed;
        pass(10);
      }
      return 1_000;
    };
    // ln 2 is 0.69: a load of 100 ms is due 69 ms before the end, or twice and four times that.
    expect([await dueAt(1), await dueAt(2), await dueAt(4)]).toEqual([940, 870, 730]);
  });

  it('that fails leaves the value its life', async () => {
    const { cache, pass } = await loadedOnce(0.999, { graceBackoffMs: 10 });
    pass(60);
    await cache.getOrSet('key', failing);
    await turn();
    pass(20);
    expect(cache.peek('key')).toBe('old');
  });

  // The end of the copy in a tier is taken for the end of the value.
  it('goes by the end of the value, not by that of its copy in one tier', async () => {
    const { now, pass } = testClock();
    const tiers = [{ store: memoryStore({ now }), ttlMs: 100 }, { store: bufferStore({ now }) }];
    const cache = createCache<string>({ tiers, now, random: () => 0.9, ttlMs: 1_000_000, earlyRefresh: 1 });
    await cache.set('key', 'old', { loadMs: 10 });
    pass(90);
    const loader = vi.fn(() => 'new');
    await cache.getOrSet('key', loader);
    expect(loader).not.toHaveBeenCalled();
  });

  // "Lives for ever" is read from expiresAt, which with an endless grace says nothing about freshness.
  it('happens where grace has no end', async () => {
    const { cache, pass } = await loadedOnce(0.999, { graceMs: Number.POSITIVE_INFINITY });
    pass(90);
    const loader = vi.fn(() => 'new');
    await cache.getOrSet('key', loader);
    expect(loader).toHaveBeenCalledTimes(1);
  });
});

describeHeardAndUnheard('the clock of a cache that was given none', () => {
  afterEach(() => void vi.useRealTimers());

  // The time is read once in a turn and forgotten by a timer, which is gone when faked timers are.
  it('goes on after timers were faked and given back', async () => {
    vi.useFakeTimers();
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'value', { ttlMs: 10, graceMs: 60_000 });
    expect(cache.peek('key')).toBe('value');
    vi.useRealTimers();
    await cache.set('key', 'value', { ttlMs: 10, graceMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(cache.peek('key')).toBeUndefined();
  });
});
