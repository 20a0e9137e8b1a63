import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCache, type GetOrSetOptions } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { testClock, turn } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore, ticks } from './support/manual-store.ts';

const hanging = () => new Promise<string>(() => {});

/** A cache with a value that has just become stale. */
const withStale = async (options: GetOrSetOptions = {}) => {
  const { now, pass } = testClock();
  const cache = createCache<string>({ tiers: [{ store: memoryStore({ now }) }], now, ttlMs: 100, ...options });
  await cache.set('key', 'old');
  pass(100);
  return cache;
};

describeHeardAndUnheard('the soft timeout', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('answers the stale value after its time, and the load goes on', async () => {
    const cache = await withStale({ graceMs: 1_000, softTimeoutMs: 20 });
    const loaded = Promise.withResolvers<string>();
    const answered = vi.fn();
    const answer = cache.getOrSet('key', () => loaded.promise).then(answered);
    await vi.advanceTimersByTimeAsync(19);
    expect(answered).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await answer;
    expect(answered).toHaveBeenCalledWith('old');
    loaded.resolve('new');
    await ticks();
    expect(cache.peek('key')).toBe('new');
    expect(await cache.stats()).toMatchObject({ stale: 1, loads: 1 });
  });

  it('is not waited for when the load is faster, and leaves no timer', async () => {
    const cache = await withStale({ graceMs: 1_000, softTimeoutMs: 20 });
    expect(await cache.getOrSet('key', async () => 'new')).toBe('new');
    await ticks();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('means nothing without grace or without a stale value', async () => {
    const cache = await withStale({ softTimeoutMs: 20 });
    for (const options of [{}, { graceMs: 1_000 }]) {
      const loaded = Promise.withResolvers<string>();
      const answer = cache.getOrSet(`key ${Object.keys(options)}`, () => loaded.promise, options);
      await vi.advanceTimersByTimeAsync(100);
      loaded.resolve('new');
      expect(await answer).toBe('new');
    }
  });

  it('harms nobody when the load fails later', async () => {
    const cache = await withStale({ graceMs: 1_000, softTimeoutMs: 20 });
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await vi.advanceTimersByTimeAsync(20);
    expect(await answer).toBe('old');
    loaded.reject(new Error('upstream'));
    await ticks();
    expect(await cache.stats()).toMatchObject({ loadErrors: 1 });
  });

  it('lets a caller leave before it', async () => {
    const cache = await withStale({ graceMs: 1_000, softTimeoutMs: 20 });
    const controller = new AbortController();
    const answer = cache.getOrSet('key', hanging, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('counts for those who join a load as well', async () => {
    const cache = await withStale({ graceMs: 1_000 });
    const loaded = Promise.withResolvers<string>();
    const patient = cache.getOrSet('key', () => loaded.promise);
    const hasty = cache.getOrSet('key', () => 'never', { softTimeoutMs: 20 });
    await vi.advanceTimersByTimeAsync(20);
    expect(await hasty).toBe('old');
    loaded.resolve('new');
    expect(await patient).toBe('new');
  });

  // setTimeout takes no more than 2^31 - 1 ms and waits 1 ms instead.
  it('of a month is not over at once', async () => {
    const cache = await withStale({ graceMs: 1_000, softTimeoutMs: 30 * 86_400_000 });
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await vi.advanceTimersByTimeAsync(10);
    loaded.resolve('new');
    expect(await answer).toBe('new');
  });

  // The stale value is looked for in the tiers that answer at once, before the others are asked.
  it('answers a stale value that only a slow tier has', async () => {
    const { now } = testClock();
    const slow = manualStore({}, now);
    const tiers = [{ store: memoryStore({ now }) }, { store: slow }];
    const cache = createCache<string>({ tiers, now, ttlMs: 100, graceMs: 1_000, softTimeoutMs: 20 });
    slow.entries.set('key', { value: 'old', createdAt: 0, staleAt: now(), expiresAt: now() + 1_000 });
    const answered = vi.fn();
    void cache.getOrSet('key', hanging).then(answered);
    await vi.advanceTimersByTimeAsync(100);
    expect(answered).toHaveBeenCalledWith('old');
  });

  // One caller got one stale answer; the failure behind it counts another that nobody got.
  it('counts each stale answer once', async () => {
    const cache = await withStale({ graceMs: 1_000, softTimeoutMs: 20 });
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await vi.advanceTimersByTimeAsync(20);
    await answer;
    loaded.reject(new Error('upstream'));
    await ticks();
    expect(await cache.stats()).toMatchObject({ stale: 1 });
  });
});

describeHeardAndUnheard('the hard timeout', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('aborts the load and fails everybody with a code', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }], hardTimeoutMs: 50 });
    let signal: AbortSignal | undefined;
    const answers = [1, 2].map(() =>
      cache.getOrSet('key', (context) => {
        signal = context.signal;
        return hanging();
      }),
    );
    const settled = Promise.allSettled(answers);
    await vi.advanceTimersByTimeAsync(50);
    expect(await settled).toMatchObject([
      { reason: { code: 'CACHE_LOAD_TIMEOUT' } },
      { reason: { code: 'CACHE_LOAD_TIMEOUT' } },
    ]);
    expect(signal?.reason).toMatchObject({ code: 'CACHE_LOAD_TIMEOUT' });
    expect(await cache.getOrSet('key', () => 'next')).toBe('next');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps nothing of what comes later, nor hears of its failure', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    for (const end of ['resolve', 'reject'] as const) {
      const loaded = Promise.withResolvers<string>();
      const answer = cache.getOrSet('key', () => loaded.promise, { hardTimeoutMs: 50 });
      const settled = Promise.allSettled([answer]);
      await vi.advanceTimersByTimeAsync(50);
      await settled;
      loaded[end]('late' as never);
      await ticks();
      expect(cache.peek('key')).toBeUndefined();
    }
  });

  it('is covered by grace', async () => {
    const cache = await withStale({ graceMs: 1_000, hardTimeoutMs: 50 });
    const answer = cache.getOrSet('key', hanging);
    await vi.advanceTimersByTimeAsync(50);
    expect(await answer).toBe('old');
  });

  it('takes a loader that answers the abort with the reason, or at once, or not with a promise', async () => {
    const cache = createCache<string>({ tiers: [], hardTimeoutMs: 50 });
    const obedient = cache.getOrSet(
      'key',
      ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    const settled = Promise.allSettled([obedient]);
    await vi.advanceTimersByTimeAsync(50);
    expect(await settled).toMatchObject([{ reason: { code: 'CACHE_LOAD_TIMEOUT' } }]);
    expect(await cache.getOrSet('key', () => 'value')).toBe('value');
    await expect(
      cache.getOrSet('key', () => {
        throw new Error('upstream');
      }),
    ).rejects.toThrow('upstream');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('longer than a timer can wait is none', async () => {
    const cache = createCache<string>({ tiers: [], hardTimeoutMs: 2 ** 32 });
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await vi.advanceTimersByTimeAsync(10);
    loaded.resolve('value');
    expect(await answer).toBe('value');
  });
});

describeHeardAndUnheard('a signal', () => {
  // The listener is added to a signal that has aborted already and hears nothing.
  it('that aborts while the loader is being called ends the wait', async () => {
    const cache = createCache<string>({ tiers: [] });
    const controller = new AbortController();
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet(
      'key',
      () => {
        controller.abort(new Error('gone'));
        return loaded.promise;
      },
      { signal: controller.signal },
    );
    loaded.resolve('value');
    await expect(answer).rejects.toThrow('gone');
  });

  it('that aborts after the answer changes nothing', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    const controller = new AbortController();
    expect(await cache.getOrSet('key', () => 'value', { signal: controller.signal })).toBe('value');
    controller.abort();
    await turn();
    expect(cache.peek('key')).toBe('value');
  });

  it('leaves no listeners behind', async () => {
    const cache = createCache<string>({ tiers: [] });
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    await cache.getOrSet('key', () => 'value', { signal });
    await cache.getOrSet('key', () => Promise.reject(new Error('upstream')), { signal }).catch(() => {});
    expect(add).toHaveBeenCalledTimes(2);
    expect(remove).toHaveBeenCalledTimes(2);
  });

  it('of the first caller means nothing to a load that nobody else joined but a refresh holds', async () => {
    const { now, pass } = testClock();
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ now }) }], now });
    const options = { ttlMs: 100, staleWhileRevalidateMs: 100 };
    await cache.set('key', 'old', options);
    pass(100);
    const loaded = Promise.withResolvers<string>();
    const controller = new AbortController();
    await cache.getOrSet('key', () => loaded.promise, { ...options, signal: controller.signal });
    controller.abort();
    loaded.resolve('new');
    await turn();
    expect(cache.peek('key')).toBe('new');
  });
});
