import { expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { turn } from './support/clock.ts';
import { expiringCache } from './support/expiring.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

describeHeardAndUnheard('a load that keeps nothing', () => {
  it('removes also a stale value that its call would not have answered with', async () => {
    const { cache, pass } = expiringCache({ ttlMs: 1_000 });
    await cache.set('key', 'old', { ttlMs: 1, staleWhileRevalidateMs: 60 });
    pass(1);
    expect(await cache.getOrSet('key', () => 'passing', { ttlMs: 0 })).toBe('passing');
    expect(await cache.getOrSet('key', () => 'new', { staleWhileRevalidateMs: 60 })).toBe('new');
  });
});

describeHeardAndUnheard('negative caching', () => {
  const nothing = (): string => undefined as unknown as string;

  it('remembers for its time that there is no value', async () => {
    const { cache, pass } = expiringCache({ ttlMs: 1_000, negativeTtlMs: 100 });
    const loader = vi.fn(nothing);
    expect(await cache.getOrSet('key', loader)).toBeUndefined();
    pass(99);
    expect(await cache.getOrSet('key', loader)).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
    expect(cache.peek('key')).toBeUndefined();
    expect([...(await cache.getMany(['key']))]).toEqual([]);
    expect(loader).toHaveBeenCalledTimes(1);
    pass(1);
    expect(await cache.getOrSet('key', () => 'there now')).toBe('there now');
  });

  it.each([
    ['values', () => manualStore({ holds: 'values' })],
    ['bytes', () => manualStore({ holds: 'bytes' })],
  ])('survives in a tier that holds %s', async (_holds, create) => {
    const slow = create();
    const loader = vi.fn(nothing);
    for (let restart = 0; restart < 2; restart += 1) {
      const cache = createCache<string>({
        tiers: [{ store: memoryStore() }, { store: slow }],
        negativeTtlMs: 100,
        now: () => 0,
      });
      expect(await cache.getOrSet('key', loader)).toBeUndefined();
      await cache.flush();
      expect((await cache.stats()).tiers).toMatchObject([{ damaged: 0 }, { damaged: 0 }]);
    }
    expect(loader).toHaveBeenCalledTimes(1);
  });

  it('ends with a set', async () => {
    const { cache } = expiringCache({ negativeTtlMs: 100 });
    await cache.getOrSet('key', nothing);
    await cache.set('key', 'value');
    expect(await cache.getOrSet('key', nothing)).toBe('value');
  });

  it('does not take null for absence', async () => {
    const cache = createCache<string | null>({
      tiers: [{ store: memoryStore() }, { store: bufferStore() }],
      negativeTtlMs: 10,
      ttlMs: 1_000,
    });
    expect(await cache.getOrSet('key', () => null)).toBeNull();
    expect(cache.peek('key')).toBeNull();
    expect([...(await cache.getMany(['key']))]).toEqual([['key', null]]);
  });

  // The key is known to have no value, and the answer says that it had.
  it('is nothing that delete could find', async () => {
    const { cache } = expiringCache({ negativeTtlMs: 100 });
    await cache.getOrSet('key', nothing);
    expect(await cache.delete('key')).toBe(false);
  });
});

describeHeardAndUnheard('options that the loader sets', () => {
  it('go before those of the call', async () => {
    const { cache, store } = expiringCache({ ttlMs: 1_000 });
    await cache.getOrSet(
      'key',
      ({ setOptions }) => {
        setOptions({ ttlMs: 10, tags: ['late'], costUsd: 0.5, graceMs: 5 });
        return 'value';
      },
      { ttlMs: 500, tags: ['early'] },
    );
    expect(store.get('key')).toMatchObject({ staleAt: 1_000_010, expiresAt: 1_000_015, tags: ['late'], costUsd: 0.5 });
  });

  it('never reach beyond the cache’s own time', async () => {
    const { cache, store } = expiringCache({ ttlMs: 1_000 });
    await cache.getOrSet('key', ({ setOptions }) => {
      setOptions({ ttlMs: 5_000 });
      return 'value';
    });
    expect(store.get('key')).toMatchObject({ expiresAt: 1_001_000 });
  });

  it('with ttlMs 0 keep nothing', async () => {
    const { cache } = expiringCache();
    const loader = ({ setOptions }: { setOptions: (options: { ttlMs: number }) => void }): string => {
      setOptions({ ttlMs: 0 });
      return 'value';
    };
    expect(await cache.getOrSet('key', loader)).toBe('value');
    expect(cache.peek('key')).toBeUndefined();
  });

  it('that are wrong fail the load', async () => {
    const { cache } = expiringCache();
    const answer = cache.getOrSet('key', ({ setOptions }) => {
      setOptions({ ttlMs: -1 });
      return 'value';
    });
    await expect(answer).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'ttlMs' });
  });

  // Each call starts from the options of the getOrSet again.
  it('add up over several calls', async () => {
    const { cache, store } = expiringCache({ ttlMs: 1_000 });
    await cache.getOrSet('key', ({ setOptions }) => {
      setOptions({ ttlMs: 10 });
      setOptions({ tags: ['tag'] });
      return 'value';
    });
    expect(store.get('key')).toMatchObject({ expiresAt: 1_000_010, tags: ['tag'] });
  });

  // An absence has its own time, so that ttlMs 0 is not asked.
  it('with ttlMs 0 keep no absence either', async () => {
    const { cache } = expiringCache({ negativeTtlMs: 100 });
    const loader = vi.fn(({ setOptions }: { setOptions: (options: { ttlMs: number }) => void }): string => {
      setOptions({ ttlMs: 0 });
      return undefined as unknown as string;
    });
    await cache.getOrSet('key', loader);
    await cache.getOrSet('key', loader);
    expect(loader).toHaveBeenCalledTimes(2);
  });

  // The old value stays and is answered again.
  it('with ttlMs 0 remove what was there', async () => {
    const { cache, pass } = expiringCache({ ttlMs: 100, staleWhileRevalidateMs: 100 });
    await cache.set('key', 'old');
    pass(100);
    const loader = ({ setOptions }: { setOptions: (options: { ttlMs: number }) => void }): string => {
      setOptions({ ttlMs: 0 });
      return 'not to be kept';
    };
    await cache.getOrSet('key', loader);
    await turn();
    expect(await cache.getOrSet('key', loader)).toBe('not to be kept');
  });
});
