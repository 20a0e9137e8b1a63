import { expect, it, vi } from 'vitest';
import { createCache, jsonCodec } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

const clock = (start = 1_000_000) => {
  let time = start;
  const pass = (ms: number): void => {
    time += ms;
  };
  return { now: () => time, pass };
};

describeHeardAndUnheard('a cache', () => {
  it('keeps, answers and forgets', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', 'value');
    expect(cache.peek('key')).toBe('value');
    expect(await cache.get('key')).toBe('value');
    expect(await cache.delete('key')).toBe(true);
    expect(await cache.delete('key')).toBe(false);
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('a', '1');
    await cache.clear();
    expect(await cache.get('a')).toBeUndefined();
  });

  it('shows a value to peek before set has resolved', () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    void cache.set('key', 'value');
    expect(cache.peek('key')).toBe('value');
  });

  it('takes null, false, 0 and "" for values', async () => {
    const cache = createCache<unknown>({
      tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store: bufferStore() }],
    });
    for (const value of [null, false, 0, '']) {
      await cache.set('key', value);
      await cache.set('other', 'pushes the key out of the first tier');
      expect(await cache.get('key')).toBe(value);
      const loader = vi.fn(() => 'loaded');
      expect(await cache.getOrSet('key', loader)).toBe(value);
      expect(loader).not.toHaveBeenCalled();
    }
  });

  it('takes undefined for absence: never stored, and setting it deletes', async () => {
    const cache = createCache<string | undefined>({ tiers: [{ store: memoryStore() }, { store: bufferStore() }] });
    await cache.set('key', 'value');
    await cache.set('key', undefined);
    expect(await cache.get('key')).toBeUndefined();
    const loader = vi.fn(() => undefined);
    expect(await cache.getOrSet('key', loader)).toBeUndefined();
    expect(await cache.getOrSet('key', loader)).toBeUndefined();
    expect(loader).toHaveBeenCalledTimes(2);
  });

  it('works without tiers', async () => {
    const cache = createCache<string>({ tiers: [] });
    await cache.set('key', 'value');
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    expect(await cache.flush()).toBe(true);
  });

  it('peeks into the memory tiers alone', async () => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store: slow }] });
    await cache.set('key', 'value');
    await cache.set('other', 'value');
    slow.hold();
    expect(cache.peek('key')).toBeUndefined();
    expect(slow.waiting()).toBe(0);
  });
});

describeHeardAndUnheard('time to live', () => {
  it('is the smaller of the entry and the cache', async () => {
    const { now, pass } = clock();
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ now }) }], ttlMs: 1_000, now });
    await cache.set('default', 'value');
    await cache.set('shorter', 'value', { ttlMs: 500 });
    await cache.set('longer', 'value', { ttlMs: 5_000 });
    pass(499);
    expect(cache.peek('shorter')).toBe('value');
    pass(1);
    expect(cache.peek('shorter')).toBeUndefined();
    pass(499);
    expect(cache.peek('default')).toBe('value');
    pass(1);
    expect(cache.peek('default')).toBeUndefined();
    expect(cache.peek('longer')).toBeUndefined();
  });

  it('of 0 keeps nothing and removes what was there', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'old');
    await cache.set('key', 'new', { ttlMs: 0 });
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 'loaded', { ttlMs: 0 })).toBe('loaded');
    expect(cache.peek('key')).toBeUndefined();
  });

  it('is shortened by a tier for itself alone', async () => {
    const { now, pass } = clock();
    const fast = memoryStore({ now });
    const slow = bufferStore({ now });
    const cache = createCache<string>({ tiers: [{ store: fast, ttlMs: 100 }, { store: slow }], ttlMs: 1_000, now });
    await cache.set('key', 'value');
    pass(100);
    expect(fast.get('key')).toBeUndefined();
    expect(slow.get('key')).toMatchObject({ expiresAt: 1_001_000 });
    expect(cache.peek('key')).toBe('value');
    expect(fast.get('key')).toMatchObject({ expiresAt: 1_000_200 });
  });

  it('is never made longer by a promotion', async () => {
    const { now, pass } = clock();
    const fast = memoryStore({ now });
    const cache = createCache<string>({
      tiers: [{ store: fast, ttlMs: 600 }, { store: bufferStore({ now }) }],
      ttlMs: 1_000,
      now,
    });
    await cache.set('key', 'value');
    pass(900);
    expect(cache.peek('key')).toBe('value');
    expect(fast.get('key')).toMatchObject({ expiresAt: 1_001_000, createdAt: 1_000_000 });
    pass(100);
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
  });

  it.each([-1, Number.NaN])('of %s is refused', async (ttlMs) => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    const refusal = { code: 'CACHE_OPTION_INVALID', option: 'ttlMs' };
    await expect(cache.set('key', 'value', { ttlMs })).rejects.toMatchObject(refusal);
    await expect(cache.getOrSet('key', () => 'value', { ttlMs })).rejects.toMatchObject(refusal);
    expect(() => createCache({ tiers: [], ttlMs })).toThrow(expect.objectContaining(refusal));
    expect(() => createCache({ tiers: [{ store: memoryStore(), ttlMs }] })).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option: 'tiers[].ttlMs' }),
    );
  });
});

describeHeardAndUnheard('several tiers', () => {
  it('are all written by set, and encoded for once', async () => {
    const encode = vi.fn(jsonCodec.encode);
    const stores = [memoryStore(), bufferStore(), bufferStore(), manualStore({ holds: 'bytes' })];
    const cache = createCache<object>({
      tiers: stores.map((store) => ({ store })),
      codec: { encode, decode: (bytes) => jsonCodec.decode(bytes) as object },
    });
    await cache.set('key', { a: 1 });
    for (const store of stores) expect(await store.get('key')).toBeDefined();
    expect(encode).toHaveBeenCalledTimes(1);
  });

  it('do not encode where none holds bytes', async () => {
    const encode = vi.fn(jsonCodec.encode);
    const cache = createCache<unknown>({ tiers: [{ store: memoryStore() }], codec: { ...jsonCodec, encode } });
    await cache.set('key', () => 'what no codec could encode');
    expect(encode).not.toHaveBeenCalled();
    expect(cache.peek('key')).toBeTypeOf('function');
  });

  it('pass a hit up to every faster one, decoded once and encoded never', async () => {
    const [first, second, third] = [memoryStore(), bufferStore(), manualStore({ holds: 'bytes' })];
    const decode = vi.fn(jsonCodec.decode);
    const encode = vi.fn(jsonCodec.encode);
    const cache = createCache<unknown>({
      tiers: [{ store: first }, { store: second }, { store: third }],
      codec: { encode, decode },
    });
    third.entries.set('key', {
      value: jsonCodec.encode({ a: [1] }),
      createdAt: 5,
      expiresAt: Number.POSITIVE_INFINITY,
    });
    const value = await cache.get('key');
    expect(value).toEqual({ a: [1] });
    expect(first.get('key')).toMatchObject({ value, createdAt: 5 });
    expect(second.get('key')).toMatchObject({ createdAt: 5 });
    expect(await cache.get('key')).toBe(value);
    expect(Object.isFrozen(value)).toBe(true);
    expect(decode).toHaveBeenCalledTimes(1);
    expect(encode).not.toHaveBeenCalled();
  });

  it('count what they did', async () => {
    const cache = createCache<string>({
      tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store: bufferStore() }],
    });
    await cache.set('a', '1');
    await cache.set('b', '2');
    await cache.get('b');
    await cache.get('a');
    await cache.get('absent');
    cache.peek('absent');
    cache.peek('a');
    const { tiers } = await cache.stats();
    expect(tiers).toMatchObject([
      { name: 'memory', hits: 2, misses: 2, hitRate: 0.5, sets: 3, evictions: 2, entries: 1, errors: 0 },
      { name: 'buffer', hits: 1, misses: 1, hitRate: 0.5, sets: 2, evictions: 0, entries: 2, errors: 0 },
    ]);
    expect(tiers[1]?.bytes).toBeGreaterThan(0);
  });

  it('treat a value that does not decode as absent, and delete it', async () => {
    const [fast, slow] = [bufferStore(), manualStore({ holds: 'bytes' })];
    const cache = createCache<unknown>({ tiers: [{ store: fast }, { store: slow }] });
    const broken = { value: new Uint8Array([123]), createdAt: 0, expiresAt: Number.POSITIVE_INFINITY };
    fast.set('key', broken);
    slow.entries.set('key', broken);
    expect(await cache.get('key')).toBeUndefined();
    expect(fast.get('key')).toBeUndefined();
    expect(slow.entries.has('key')).toBe(false);
    expect((await cache.stats()).tiers).toMatchObject([
      { damaged: 1, hits: 0, misses: 1, errors: 0 },
      { damaged: 1, hits: 0, misses: 1, errors: 0 },
    ]);
  });
});

describeHeardAndUnheard('options', () => {
  it.each([
    ['tiers', {}],
    ['tiers[0].store', { tiers: [{}] }],
    ['tiers[0].store', { tiers: [memoryStore()] }],
    ['leaseMs', { tiers: [], leaseMs: 5 }],
  ])('refuses a wrong %s and says what to give', (option, options) => {
    expect(() => createCache(options as never)).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option, message: expect.stringMatching(/: give /) }),
    );
  });
});

describeHeardAndUnheard('closing', () => {
  it('closes each store once, after what is under way, and leaves a cache without tiers', async () => {
    const store = { ...manualStore(), close: vi.fn() };
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store }] });
    store.hold();
    void cache.set('key', 'value');
    const closing = cache.close();
    expect(cache.close()).toBe(closing);
    expect(store.close).not.toHaveBeenCalled();
    await (await store.next('set')).settle();
    await closing;
    expect(store.close).toHaveBeenCalledTimes(1);
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', 'value');
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    expect((await cache.stats()).tiers).toMatchObject([{ errors: 0 }, { errors: 0 }]);
  });

  it('ends peek even where the store has nothing to close', async () => {
    const { close: _close, ...store } = memoryStore();
    const cache = createCache<string>({ tiers: [{ store }] });
    await cache.set('key', 'value');
    const closing = cache.close();
    expect(cache.peek('key')).toBeUndefined();
    await closing;
    expect(cache.peek('key')).toBeUndefined();
    expect(store.get('key')).toBeDefined();
  });

  it('lets a load under way end for those who wait', async () => {
    const loaded = Promise.withResolvers<string>();
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    const answer = cache.getOrSet('key', () => loaded.promise);
    await cache.close();
    loaded.resolve('value');
    expect(await answer).toBe('value');
  });

  it('happens at the end of an await using block', async () => {
    const close = vi.fn();
    {
      await using cache = createCache<string>({ tiers: [{ store: { ...memoryStore(), close } }] });
      await cache.set('key', 'value');
    }
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('flushes on request, and says whether all is durable', async () => {
    const flush = vi.fn();
    const cache = createCache<string>({ tiers: [{ store: { ...memoryStore(), flush } }] });
    expect(await cache.flush()).toBe(true);
    flush.mockRejectedValueOnce(new Error('disk full'));
    expect(await cache.flush()).toBe(false);
    expect((await cache.stats()).tiers[0]?.errors).toBe(1);
  });
});
