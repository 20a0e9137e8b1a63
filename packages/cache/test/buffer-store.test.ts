import { afterEach, describe, expect, it } from 'vitest';
import { channels, type EntryDroppedEvent } from '../src/events.ts';
import type { CacheEntry, CacheStore } from '../src/store.ts';
import { type BufferStoreOptions, bufferStore } from '../src/stores/buffer.ts';
import { testCacheStore } from '../src/testing.ts';
import { describeHeardAndUnheard } from './support/heard.ts';

const policies = ['lru', 's3-fifo'] as const;

describeHeardAndUnheard('bufferStore as a store', () => {
  for (const evictionPolicy of policies) {
    testCacheStore(`bufferStore with ${evictionPolicy}`, ({ now }) => bufferStore({ evictionPolicy, now }));
  }
});

const entry = (value: Uint8Array, expiresAt = Number.POSITIVE_INFINITY): CacheEntry<Uint8Array> => ({
  value,
  createdAt: 0,
  expiresAt,
});

const keysOf = (store: CacheStore): string[] => [...((store.keys?.() ?? []) as Iterable<string>)];

describe.each(policies)('bufferStore with %s', (evictionPolicy) => {
  const create = (options: BufferStoreOptions = {}) => bufferStore({ evictionPolicy, ...options });
  const dropped: EntryDroppedEvent[] = [];
  const onDropped = (event: unknown): void => {
    dropped.push(event as EntryDroppedEvent);
  };

  afterEach(() => {
    channels.entryDropped.unsubscribe(onDropped);
    dropped.length = 0;
  });

  it('keeps no more than the bytes: a part of a pool is copied out of it', () => {
    const store = create();
    const pooled = Buffer.from('a short text');
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.byteLength);
    store.set('key', entry(pooled));
    const { value } = store.get('key') as CacheEntry<Uint8Array>;
    expect(value.byteLength).toBe(value.buffer.byteLength);
    expect(Buffer.from(value).toString()).toBe('a short text');
  });

  it('counts keys, tags and bookkeeping, and evicts until it fits', async () => {
    const store = create({ maxBytes: 100_000, maxEntries: 10_000 });
    for (let index = 0; index < 1_000; index += 1) store.set(`${index}`.padStart(100, 'k'), entry(new Uint8Array(100)));
    const { entries, bytes, evictions, maxBytes, maxEntries } = await store.usage();
    expect({ maxBytes, maxEntries }).toEqual({ maxBytes: 100_000, maxEntries: 10_000 });
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(bytes).toBeGreaterThan(90_000);
    expect(bytes / entries).toBeGreaterThan(500);
    expect(evictions).toBe(1_000 - entries);
    expect(store.get('999'.padStart(100, 'k'))).toBeDefined();
    store.clear();
    store.set('key', { ...entry(new Uint8Array(10)), tags: ['t'.repeat(1_000)] });
    expect((await store.usage()).bytes).toBeGreaterThan(1_400);
  });

  it('holds no more than maxEntries', async () => {
    const store = create({ maxEntries: 10 });
    for (let index = 0; index < 100; index += 1) store.set(`${index}`, entry(new Uint8Array(1)));
    expect(await store.usage()).toMatchObject({ entries: 10, evictions: 90 });
    expect(keysOf(store)).toHaveLength(10);
  });

  it('goes by the size of the newest value under a key', async () => {
    const store = create({ maxBytes: 20_000 });
    store.set('key', entry(new Uint8Array(10_000)));
    store.set('other', entry(new Uint8Array(1_000)));
    const before = await store.usage();
    store.set('key', entry(new Uint8Array(100)));
    expect((await store.usage()).bytes).toBe(before.bytes - 9_900);
    store.set('other', entry(new Uint8Array(19_200)));
    expect(await store.usage()).toMatchObject({ entries: 1, evictions: 1 });
    expect((store.get('other') as CacheEntry<Uint8Array>).value.byteLength).toBe(19_200);
  });

  it('refuses an entry larger than the bound with a reason, the older one under its key gone', async () => {
    channels.entryDropped.subscribe(onDropped);
    const store = create({ maxBytes: 10_000 });
    store.set('key', entry(new Uint8Array(10)));
    store.set('key', entry(new Uint8Array(10_000)));
    expect(store.get('key')).toBeUndefined();
    expect(await store.usage()).toMatchObject({ entries: 0, bytes: 0, refused: 1, evictions: 0 });
    expect(dropped).toEqual([
      {
        store: 'buffer',
        reason: 'too-large',
        entries: 1,
        error: expect.objectContaining({ code: 'CACHE_ENTRY_TOO_LARGE' }),
      },
    ]);
  });

  it('gives back the room of what expired or was deleted, and lists the keys that remain', async () => {
    let time = 0;
    const store = create({ now: () => time });
    for (const key of ['a', 'b', 'c']) store.set(key, entry(new Uint8Array(100), 1_000));
    store.set('d', entry(new Uint8Array(100)));
    const quarter = ((await store.usage()).bytes as number) / 4;
    expect(store.delete('a')).toBe(true);
    time = 1_000;
    expect(store.get('b')).toBeUndefined();
    expect(store.delete('c')).toBe(false);
    expect(await store.usage()).toMatchObject({ entries: 1, bytes: quarter, expired: 2, evictions: 0 });
    expect(keysOf(store)).toEqual(['d']);
    store.clear();
    expect(await store.usage()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('bufferStore', () => {
  it.each([{ maxEntries: -1 }, { maxBytes: 0 }, { evictionPolicy: 'fifo' as 'lru' }])(
    'refuses the options %o',
    (options) => {
      expect(() => bufferStore(options)).toThrow(expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }));
    },
  );

  it('uses LRU unless told otherwise, and learns nothing then', () => {
    const store = bufferStore({ maxEntries: 2 });
    for (const key of ['a', 'b']) store.set(key, entry(new Uint8Array(1)));
    store.get('a');
    store.set('c', entry(new Uint8Array(1)));
    expect([store.get('a'), store.get('b'), store.get('c')].map((found) => found !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(store.forgetHistory).toBeUndefined();
  });
});
