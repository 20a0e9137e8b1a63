import { expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore, ticks } from './support/manual-store.ts';

const inMemory = () => createCache<string>({ tiers: [{ store: memoryStore() }] });

describeHeardAndUnheard('getOrSet', () => {
  it('loads once for 1,000 callers that miss together', async () => {
    const cache = inMemory();
    const loaded = Promise.withResolvers<string>();
    const loader = vi.fn(() => loaded.promise);
    const answers = Array.from({ length: 1_000 }, () => cache.getOrSet('key', loader));
    await ticks();
    loaded.resolve('value');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['value']));
    expect(loader).toHaveBeenCalledTimes(1);
    const stats = await cache.stats();
    expect(stats).toMatchObject({ loads: 1, coalesced: 999, loadErrors: 0 });
    // Those who joined asked no tier for anything that it could have had.
    expect(stats.tiers[0]?.misses).toBe(1);
    expect(cache.peek('key')).toBe('value');
  });

  it('loads once while a slow tier is asked, which is asked once', async () => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    slow.hold();
    const loader = vi.fn(() => 'value');
    const answers = Array.from({ length: 100 }, () => cache.getOrSet('key', loader));
    expect(slow.waiting()).toBe(1);
    await (await slow.next('get')).settle();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['value']));
    expect(loader).toHaveBeenCalledTimes(1);
  });

  it('does not load what a slow tier has', async () => {
    const slow = manualStore();
    slow.entries.set('key', { value: 'kept', createdAt: 0, expiresAt: Number.POSITIVE_INFINITY });
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    const loader = vi.fn(() => 'loaded');
    expect(await cache.getOrSet('key', loader)).toBe('kept');
    expect(loader).not.toHaveBeenCalled();
    expect(cache.peek('key')).toBe('kept');
  });

  it('does not wait for a slow tier to take the value', async () => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: slow }] });
    slow.hold();
    const answer = cache.getOrSet('key', () => 'value');
    await (await slow.next('get')).settle();
    expect(await answer).toBe('value');
    await (await slow.next('set')).settle();
    expect(slow.entries.get('key')).toMatchObject({ value: 'value' });
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('upstream'))],
    [
      'throws',
      () => {
        throw new Error('upstream');
      },
    ],
  ])('fails for everybody when the loader %s, and keeps nothing', async (_how, loader) => {
    const cache = inMemory();
    const answers = await Promise.allSettled([cache.getOrSet('key', loader), cache.getOrSet('key', loader)]);
    expect(answers).toMatchObject([{ reason: { message: 'upstream' } }, { reason: { message: 'upstream' } }]);
    expect(await cache.getOrSet('key', () => 'value')).toBe('value');
    expect((await cache.stats()).loadErrors).toBeGreaterThan(0);
  });

  it('lets a caller leave alone', async () => {
    const cache = inMemory();
    const loaded = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    const leaving = new AbortController();
    const staying = new AbortController();
    const loader = (context: { signal: AbortSignal }) => {
      signal = context.signal;
      return loaded.promise;
    };
    const left = cache.getOrSet('key', loader, { signal: leaving.signal });
    const stayed = cache.getOrSet('key', loader, { signal: staying.signal });
    leaving.abort(new Error('client gone'));
    await expect(left).rejects.toThrow('client gone');
    expect(signal?.aborted).toBe(false);
    loaded.resolve('value');
    expect(await stayed).toBe('value');
    staying.abort();
    expect(signal?.aborted).toBe(false);
    expect(cache.peek('key')).toBe('value');
  });

  it('aborts the load when the last caller has left, and the next one starts anew', async () => {
    const cache = inMemory();
    const first = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    const controllers = [new AbortController(), new AbortController()];
    const answers = controllers.map((controller) =>
      cache.getOrSet(
        'key',
        (context) => {
          signal = context.signal;
          return first.promise;
        },
        { signal: controller.signal },
      ),
    );
    controllers[0]?.abort(new Error('one'));
    expect(signal?.aborted).toBe(false);
    controllers[1]?.abort(new Error('two'));
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ message: 'two' });
    expect(await Promise.allSettled(answers)).toMatchObject([
      { reason: { message: 'one' } },
      { reason: { message: 'two' } },
    ]);
    expect(await cache.getOrSet('key', () => 'second')).toBe('second');
    // A loader that ignores its signal ends late: its value is older than what is there.
    first.resolve('first');
    await ticks();
    expect(cache.peek('key')).toBe('second');
  });

  it('goes on for a caller without a signal', async () => {
    const cache = inMemory();
    const loaded = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    const controller = new AbortController();
    const staying = cache.getOrSet('key', (context) => {
      signal = context.signal;
      return loaded.promise;
    });
    const leaving = cache.getOrSet('key', () => 'never', { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    expect(signal?.aborted).toBe(false);
    loaded.resolve('value');
    expect(await staying).toBe('value');
  });

  it('does not load for a caller that left while a slow tier was asked', async () => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: slow }] });
    slow.hold();
    const loader = vi.fn(() => 'value');
    const controller = new AbortController();
    const answer = cache.getOrSet('key', loader, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    await (await slow.next('get')).settle();
    expect(loader).not.toHaveBeenCalled();
  });

  it('does nothing for a signal that has aborted before', async () => {
    const cache = inMemory();
    const loader = vi.fn(() => 'value');
    await expect(cache.getOrSet('key', loader, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
      'gone',
    );
    expect(loader).not.toHaveBeenCalled();
  });

  it('keeps nothing of a load that nobody waits for any more', async () => {
    const cache = inMemory();
    const controller = new AbortController();
    const loaded = Promise.withResolvers<string>();
    const answer = cache.getOrSet('key', () => loaded.promise, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    loaded.resolve('half of it');
    await ticks();
    expect(cache.peek('key')).toBeUndefined();
  });

  it('takes a loader that sets or deletes its own key', async () => {
    const cache = inMemory();
    const answer = await cache.getOrSet('key', () => {
      void cache.set('key', 'set by the loader');
      return 'returned';
    });
    expect(answer).toBe('returned');
    expect(await cache.getOrSet('key', () => 'again')).toBe('set by the loader');

    const loaded = Promise.withResolvers<string>();
    const first = cache.getOrSet('other', () => {
      void cache.delete('other');
      return loaded.promise;
    });
    expect(await cache.getOrSet('other', () => 'second')).toBe('second');
    loaded.resolve('first');
    expect(await first).toBe('first');
    expect(cache.peek('other')).toBe('second');
  });
});
