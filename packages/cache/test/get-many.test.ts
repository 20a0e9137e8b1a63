import { expect, it, vi } from 'vitest';
import { type CacheEntry, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { testClock } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore, ticks } from './support/manual-store.ts';

const entry = (value: unknown): CacheEntry => ({ value, createdAt: 0, expiresAt: Number.POSITIVE_INFINITY });

/** A slow store that can be asked for many keys. */
const manyStore = () => {
  const store = manualStore();
  const getMany = vi.fn(async (keys: readonly string[]) => keys.map((key) => store.entries.get(key)));
  return { ...store, getMany };
};

describeHeardAndUnheard('getMany', () => {
  it('answers the keys that have a value, in the order asked for, each once', async () => {
    const cache = createCache<number>({ tiers: [{ store: memoryStore() }] });
    await cache.set('a', 1);
    await cache.set('b', 2);
    expect([...(await cache.getMany(['b', 'absent', 'a', 'b']))]).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
    expect((await cache.getMany([])).size).toBe(0);
    expect((await cache.getMany(new Set(['a']).keys())).get('a')).toBe(1);
  });

  it('asks a slow store once, for what the faster ones lack, and promotes it', async () => {
    const slow = manyStore();
    slow.entries.set('b', entry(2)).set('c', entry(3));
    const memory = memoryStore();
    const cache = createCache<number>({ tiers: [{ store: memory }, { store: slow }] });
    memory.set('a', entry(1));
    const found = await cache.getMany(['a', 'b', 'c', 'd']);
    expect([...found.keys()]).toEqual(['a', 'b', 'c']);
    expect(slow.getMany).toHaveBeenCalledExactlyOnceWith(['b', 'c', 'd']);
    expect(cache.peek('c')).toBe(3);
    expect((await cache.stats()).tiers).toMatchObject([
      { hits: 2, misses: 3 },
      { hits: 2, misses: 1 },
    ]);
  });

  it('goes on to the tier behind for what is still missing', async () => {
    const [near, far] = [manyStore(), manyStore()];
    near.entries.set('a', entry(1));
    far.entries.set('b', entry(2));
    const cache = createCache<number>({ tiers: [{ store: near }, { store: far }] });
    expect([...(await cache.getMany(['a', 'b', 'c']))]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(far.getMany).toHaveBeenCalledExactlyOnceWith(['b', 'c']);
    await cache.flush();
    expect(near.entries.get('b')?.value).toBe(2);
  });

  it('asks key by key where the store cannot do otherwise', async () => {
    const slow = manualStore();
    slow.entries.set('a', entry(1)).set('b', entry(2));
    const cache = createCache<number>({ tiers: [{ store: slow }] });
    expect((await cache.getMany(['a', 'b', 'c'])).size).toBe(2);
  });

  it('tells null from nothing, and leaves out what is damaged', async () => {
    const [memory, buffer] = [memoryStore({ maxEntries: 1 }), bufferStore()];
    const cache = createCache<unknown>({ tiers: [{ store: memory }, { store: buffer }] });
    await cache.set('null', null);
    buffer.set('broken', entry(new Uint8Array([123])) as CacheEntry<Uint8Array>);
    expect([...(await cache.getMany(['null', 'broken', 'absent']))]).toEqual([['null', null]]);
    expect(buffer.get('broken')).toBeUndefined();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['answers too little', async () => []],
  ])('takes a store that %s for one without the keys', async (_how, getMany) => {
    const behind = manualStore();
    behind.entries.set('a', entry(1));
    const cache = createCache<number>({ tiers: [{ store: { ...manualStore(), getMany } }, { store: behind }] });
    expect([...(await cache.getMany(['a', 'b']))]).toEqual([['a', 1]]);
  });

  it('does not bring back what is deleted while it waits', async () => {
    const slow = manyStore();
    const answer = Promise.withResolvers<(CacheEntry | undefined)[]>();
    slow.getMany.mockReturnValueOnce(answer.promise);
    const cache = createCache<number>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    const reading = cache.getMany(['a', 'b']);
    await ticks();
    await cache.delete('a');
    answer.resolve([entry(1), entry(2)]);
    await reading;
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.peek('b')).toBe(2);
  });

  it('waits for a write under way', async () => {
    const slow = manyStore();
    const cache = createCache<number>({ tiers: [{ store: slow }] });
    slow.hold();
    void cache.set('a', 1);
    const reading = cache.getMany(['a', 'b']);
    await ticks();
    expect(slow.getMany).not.toHaveBeenCalled();
    await (await slow.next('set')).settle();
    expect([...(await reading)]).toEqual([['a', 1]]);
  });

  it('is over when the cache is closed meanwhile', async () => {
    const slow = manyStore();
    const answer = Promise.withResolvers<(CacheEntry | undefined)[]>();
    slow.getMany.mockReturnValueOnce(answer.promise);
    const cache = createCache<number>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    const reading = cache.getMany(['a']);
    await ticks();
    await cache.close();
    answer.resolve([entry(1)]);
    expect((await reading).size).toBe(0);
    expect((await cache.getMany(['a'])).size).toBe(0);
  });

  it('answers nothing expired', async () => {
    const { now, pass } = testClock();
    const cache = createCache<number>({
      tiers: [{ store: memoryStore({ now }) }, { store: bufferStore({ now }) }],
      now,
    });
    await cache.set('short', 1, { ttlMs: 10 });
    await cache.set('long', 2, { ttlMs: 20 });
    pass(10);
    expect([...(await cache.getMany(['short', 'long']))]).toEqual([['long', 2]]);
  });
});
