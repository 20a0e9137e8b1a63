import { describe, expect, it } from 'vitest';
import { CacheError } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { testCacheStore } from '../src/testing.ts';

testCacheStore('memoryStore', ({ now }) => memoryStore({ now }));
testCacheStore('memoryStore with a bound in bytes', ({ now }) => memoryStore({ now, maxBytes: 8 * 1024 * 1024 }));

const entry = (value: unknown) => ({ value, createdAt: 0, expiresAt: Number.POSITIVE_INFINITY });

describe('memoryStore', () => {
  it('hands out the same object every time, frozen to the bottom', () => {
    const store = memoryStore();
    const value = { list: [{ deep: true }], nothing: null };
    store.set('key', entry(value));
    expect(store.get('key')).toMatchObject({ value });
    expect(Object.isFrozen(value)).toBe(true);
    expect(Object.isFrozen(value.list)).toBe(true);
    expect(Object.isFrozen(value.list[0])).toBe(true);
  });

  it('freezes below what was frozen already, and follows cycles once', () => {
    const inner = { deep: {} };
    const value: Record<string, unknown> = { inner: Object.freeze({ inner }) };
    value.self = value;
    memoryStore().set('key', entry(value));
    expect(Object.isFrozen(inner)).toBe(true);
    expect(Object.isFrozen(inner.deep)).toBe(true);
  });

  it('leaves bytes, maps and class instances as they are', () => {
    class Counter {
      count = 0;
    }
    const value = { bytes: new Uint8Array(3), buffer: Buffer.from('abc'), map: new Map(), counter: new Counter() };
    const store = memoryStore();
    store.set('key', entry(value));
    value.bytes[0] = 7;
    value.counter.count = 1;
    expect(store.get('key')).toMatchObject({ value: { counter: { count: 1 } } });
    expect(Object.isFrozen(value)).toBe(true);
  });

  it('freezes a value nested 100,000 deep', () => {
    let value: unknown = 'bottom';
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    memoryStore().set('key', entry(value));
    expect(Object.isFrozen(value)).toBe(true);
  });

  it('evicts the least recently used beyond maxEntries', async () => {
    const store = memoryStore({ maxEntries: 2 });
    store.set('a', entry(1));
    store.set('b', entry(2));
    store.get('a');
    store.set('c', entry(3));
    expect(store.get('b')).toBeUndefined();
    expect(store.get('a')).toBeDefined();
    expect(await store.usage()).toMatchObject({ entries: 2, evictions: 1 });
  });

  it('holds maxBytes and refuses what alone is larger, the older entry gone', async () => {
    const store = memoryStore({ maxEntries: 1_000, maxBytes: 10_000 });
    for (let index = 0; index < 100; index += 1) store.set(`key ${index}`, entry('x'.repeat(500)));
    const { bytes, entries, evictions } = await store.usage();
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(entries).toBeGreaterThan(10);
    expect(evictions).toBe(100 - entries);
    store.set('key 99', entry('x'.repeat(20_000)));
    expect(store.get('key 99')).toBeUndefined();
    expect(await store.usage()).toMatchObject({ refused: 1, entries: entries - 1 });
  });

  it('asks sizeOf what a value weighs', async () => {
    const store = memoryStore({ maxBytes: 10_000, sizeOf: () => 6_000 });
    store.set('a', entry(1));
    store.set('b', entry(2));
    expect(await store.usage()).toMatchObject({ entries: 1, evictions: 1 });
  });

  it.each([{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxBytes: -1 }, { maxBytes: Number.NaN }])(
    'refuses the options %o',
    (options) => {
      expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }));
      expect(() => memoryStore(options)).toThrow(CacheError);
    },
  );
});
