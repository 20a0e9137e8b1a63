import { describe, expect, it } from 'vitest';
import type { CacheEntry } from '../src/index.ts';
import { bufferStore } from '../src/stores/memory.ts';
import { testCacheStore } from '../src/testing.ts';

testCacheStore('bufferStore', ({ now }) => bufferStore({ now }));

const entry = (value: Uint8Array): CacheEntry<Uint8Array> => ({
  value,
  createdAt: 0,
  expiresAt: Number.POSITIVE_INFINITY,
});

describe('bufferStore', () => {
  it('keeps no more than the bytes: a part of a pool is copied out of it', () => {
    const store = bufferStore();
    const pooled = Buffer.from('a short text');
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.byteLength);
    store.set('key', entry(pooled));
    const { value } = store.get('key') as CacheEntry<Uint8Array>;
    expect(value.byteLength).toBe(value.buffer.byteLength);
    expect(Buffer.from(value).toString()).toBe('a short text');
  });

  it('counts keys and bookkeeping, and evicts until it fits', async () => {
    const store = bufferStore({ maxBytes: 100_000, maxEntries: 10_000 });
    for (let index = 0; index < 1_000; index += 1) store.set(`${index}`.padStart(100, 'k'), entry(new Uint8Array(100)));
    const { entries, bytes, evictions } = await store.usage();
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(bytes / entries).toBeGreaterThan(200);
    expect(evictions).toBe(1_000 - entries);
    expect(store.get('999'.padStart(100, 'k'))).toBeDefined();
  });

  it('refuses an entry larger than the bound, the older one under its key gone', async () => {
    const store = bufferStore({ maxBytes: 10_000 });
    store.set('key', entry(new Uint8Array(10)));
    store.set('key', entry(new Uint8Array(10_000)));
    expect(store.get('key')).toBeUndefined();
    expect(await store.usage()).toMatchObject({ entries: 0, refused: 1, evictions: 0 });
  });

  it.each([{ maxEntries: -1 }, { maxBytes: 0 }])('refuses the options %o', (options) => {
    expect(() => bufferStore(options)).toThrow(expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }));
  });
});
