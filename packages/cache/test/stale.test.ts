import { expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { testClock, turn, within } from './support/clock.ts';
import { expiringCache, failing } from './support/expiring.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

describeHeardAndUnheard('stale-while-revalidate', () => {
  const swr = { ttlMs: 100, staleWhileRevalidateMs: 50 };

  it('answers the old value at once and loads one new one behind it', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(100);
    const loaded = Promise.withResolvers<string>();
    const loader = vi.fn(() => loaded.promise);
    const answers = await Promise.all([1, 2, 3].map(() => cache.getOrSet('key', loader)));
    expect(answers).toEqual(['old', 'old', 'old']);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(loader).toHaveBeenCalledWith(expect.objectContaining({ stale: { value: 'old', createdAt: 1_000_000 } }));
    loaded.resolve('new');
    await turn();
    expect(await cache.getOrSet('key', loader)).toBe('new');
    expect(await cache.stats()).toMatchObject({ stale: 3, loads: 1 });
  });

  it('shows nothing stale to get, getMany and peek', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(100);
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
    expect((await cache.getMany(['key'])).size).toBe(0);
    expect(await cache.getOrSet('key', () => 'new')).toBe('old');
  });

  it('waits for the load once its time is over', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(150);
    expect(await cache.getOrSet('key', () => 'new')).toBe('new');
  });

  it('goes on when the callers leave, and harms nobody when the load fails', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(100);
    const controller = new AbortController();
    let signal: AbortSignal | undefined;
    const loaded = Promise.withResolvers<string>();
    const loader = (context: { signal: AbortSignal }) => {
      signal = context.signal;
      return loaded.promise;
    };
    expect(await cache.getOrSet('key', loader, { signal: controller.signal })).toBe('old');
    controller.abort();
    expect(signal?.aborted).toBe(false);
    loaded.reject(new Error('upstream'));
    await turn();
    expect(await cache.getOrSet('key', () => 'new')).toBe('old');
    await turn();
    expect(cache.peek('key')).toBe('new');
  });

  it('finds the old value in a slow tier', async () => {
    const { now, pass } = testClock();
    const slow = manualStore({}, now);
    const first = createCache<string>({ tiers: [{ store: slow }], now, ...swr });
    await first.set('key', 'old');
    pass(120);
    const restarted = createCache<string>({ tiers: [{ store: memoryStore({ now }) }, { store: slow }], now, ...swr });
    const loader = vi.fn(() => 'new');
    expect(await restarted.getOrSet('key', loader)).toBe('old');
    await turn();
    expect(loader).toHaveBeenCalledTimes(1);
    expect(restarted.peek('key')).toBe('new');
    expect(slow.entries.get('key')?.value).toBe('new');
  });

  it('goes on when somebody who joined it leaves', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(100);
    const loaded = Promise.withResolvers<string>();
    await cache.getOrSet('key', () => loaded.promise);
    const controller = new AbortController();
    const joined = cache.getOrSet('key', failing, { staleWhileRevalidateMs: 0, signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(joined).rejects.toThrow('gone');
    loaded.resolve('new');
    await turn();
    expect(cache.peek('key')).toBe('new');
  });

  it('does not give back a value set while the load behind it ran', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(100);
    const loaded = Promise.withResolvers<string>();
    await cache.getOrSet('key', () => loaded.promise);
    await cache.set('key', 'set');
    loaded.resolve('loaded');
    await turn();
    expect(cache.peek('key')).toBe('set');
  });

  // What no longer exists stays stale in its place until its time is over.
  it('ends when the load finds that there is no value any more', async () => {
    const { cache, pass } = expiringCache(swr);
    await cache.set('key', 'old');
    pass(100);
    const loader = (): string => undefined as unknown as string;
    await cache.getOrSet('key', loader);
    await turn();
    expect(await cache.getOrSet('key', loader)).toBeUndefined();
  });
});

describeHeardAndUnheard('grace', () => {
  const grace = { ttlMs: 100, graceMs: 1_000, graceBackoffMs: 200 };

  it('answers the old value when the loader fails, and asks again after the backoff', async () => {
    const { cache, pass } = expiringCache(grace);
    await cache.set('key', 'old');
    pass(100);
    const loader = vi.fn(failing);
    expect(await cache.getOrSet('key', loader)).toBe('old');
    pass(199);
    expect(await cache.getOrSet('key', loader)).toBe('old');
    expect(cache.peek('key')).toBe('old');
    expect(loader).toHaveBeenCalledTimes(1);
    pass(1);
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.getOrSet('key', loader)).toBe('old');
    expect(loader).toHaveBeenCalledTimes(2);
    pass(200);
    expect(await cache.getOrSet('key', () => 'new')).toBe('new');
  });

  it('ends at its end, however often the loader fails before', async () => {
    const { cache, pass } = expiringCache(grace);
    await cache.set('key', 'old');
    pass(100);
    for (let waitedMs = 0; waitedMs < 1_000; waitedMs += 200) {
      expect(await cache.getOrSet('key', failing)).toBe('old');
      pass(200);
    }
    await expect(cache.getOrSet('key', failing)).rejects.toThrow('upstream');
  });

  it('without a backoff asks each time', async () => {
    const { cache, pass } = expiringCache({ ...grace, graceBackoffMs: 0 });
    await cache.set('key', 'old');
    pass(100);
    const loader = vi.fn(failing);
    await cache.getOrSet('key', loader);
    await cache.getOrSet('key', loader);
    expect(loader).toHaveBeenCalledTimes(2);
  });

  it('covers what a slow tier alone still has', async () => {
    const { now, pass } = testClock();
    const slow = manualStore({}, now);
    const cache = createCache<string>({
      tiers: [{ store: memoryStore({ now, maxEntries: 1 }) }, { store: slow }],
      now,
      ...grace,
    });
    await cache.set('key', 'old');
    await cache.set('other', 'pushes it out of memory');
    pass(100);
    expect(await cache.getOrSet('key', failing)).toBe('old');
    expect(cache.peek('key')).toBe('old');
  });

  it('is not for an absence', async () => {
    const { cache, pass } = expiringCache({ ...grace, negativeTtlMs: 50 });
    await cache.getOrSet('key', () => undefined as unknown as string);
    pass(50);
    await expect(cache.getOrSet('key', failing)).rejects.toThrow('upstream');
  });

  // The backoff writes the old value without asking whether something newer came meanwhile.
  it('does not bring back what was deleted while the loader ran', async () => {
    const { cache, pass } = expiringCache(grace);
    await cache.set('key', 'old');
    pass(100);
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await cache.delete('key');
    loaded.reject(new Error('upstream'));
    await answer.catch(() => {});
    expect(cache.peek('key')).toBeUndefined();
  });

  // The same: the newer value is overwritten by the stale one, which then counts as fresh.
  it('does not replace what was set while the loader ran', async () => {
    const { cache, pass } = expiringCache(grace);
    await cache.set('key', 'old');
    pass(100);
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await cache.set('key', 'new');
    loaded.reject(new Error('upstream'));
    await answer.catch(() => {});
    expect(cache.peek('key')).toBe('new');
  });

  // The same: the stale copy is written as if it knew of the invalidation.
  it('does not stand in once its own tag was invalidated, which the call need not name', async () => {
    const { cache, pass } = expiringCache(grace);
    await cache.set('key', 'old', { tags: ['tag'] });
    pass(100);
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await cache.deleteTag('tag');
    loaded.reject(new Error('upstream'));
    await expect(answer).rejects.toThrow('upstream');
  });

  it('does not bring back what a tag invalidated while the loader ran', async () => {
    const { cache, pass } = expiringCache(grace);
    await cache.set('key', 'old', { tags: ['tag'] });
    pass(100);
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise);
    await cache.deleteTag('tag');
    loaded.reject(new Error('upstream'));
    await answer.catch(() => {});
    expect(cache.peek('key')).toBeUndefined();
  });
});

describeHeardAndUnheard('a stale value that a slow tier still has', () => {
  const swr = { ttlMs: 100, staleWhileRevalidateMs: 1_000 };

  // The stale value is copied to memory without asking whether the key was deleted while it was read.
  it('is not brought back when the key is deleted while it is read', async () => {
    const { now, pass } = testClock();
    const slow = manualStore({}, now);
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ now }) }, { store: slow }], now, ...swr });
    slow.entries.set('key', { value: 'old', createdAt: now(), staleAt: now() + 100, expiresAt: now() + 1_100 });
    pass(200);
    slow.hold();
    const reading = cache.getOrSet('key', () => new Promise(() => {}));
    const call = await slow.next('get');
    slow.answerAtOnce();
    const old = slow.entries.get('key');
    await cache.delete('key');
    if (old !== undefined) slow.entries.set('key', old);
    await call.settle();
    expect(await reading).toBe('old');
    slow.entries.delete('key');
    const after = cache.getOrSet('key', () => 'after the delete');
    expect(await within(50, after)).toBe('after the delete');
  });
});
