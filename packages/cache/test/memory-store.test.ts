import { describe, expect, it } from 'vitest';
import type { EntryDroppedEvent } from '../src/events.ts';
import { CacheError, channels } from '../src/index.ts';
import type { CacheStore } from '../src/store.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { testCacheStore } from '../src/testing.ts';
import { describeHeardAndUnheard } from './support/heard.ts';

describeHeardAndUnheard('memoryStore as a store', () => {
  testCacheStore('memoryStore', ({ now }) => memoryStore({ now }));
  testCacheStore('memoryStore with a bound in bytes', ({ now }) => memoryStore({ now, maxBytes: 8 * 1024 * 1024 }));
});

const entry = (value: unknown) => ({ value, createdAt: 0, expiresAt: Number.POSITIVE_INFINITY });

const keysOf = (store: CacheStore): string[] => [...((store.keys?.() ?? []) as Iterable<string>)];

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

  it('holds maxBytes, the least recently used out first', async () => {
    const store = memoryStore({ maxEntries: 1_000, maxBytes: 10_000 });
    for (let index = 0; index < 100; index += 1) {
      store.get('key 0');
      store.set(`key ${index}`, entry('x'.repeat(500)));
    }
    const { bytes, entries, evictions } = await store.usage();
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(bytes).toBeGreaterThan(9_000);
    expect(evictions).toBe(100 - entries);
    expect(keysOf(store).sort()).toEqual(
      ['key 0', ...Array.from({ length: entries - 1 }, (_, index) => `key ${99 - index}`)].sort(),
    );
  });

  it('evicts until a larger value fits, and takes one that needs the whole store', async () => {
    const store = memoryStore({ maxBytes: 100_000 });
    for (let index = 0; index < 1_000; index += 1) store.set(`key ${index}`, entry(index));
    const { entries: before, evictions } = await store.usage();
    expect(before).toBeGreaterThan(250);
    store.set('key 999', entry('x'.repeat(60_000)));
    const { entries: between, bytes } = await store.usage();
    expect(between).toBeLessThan(before / 2);
    expect(bytes).toBeLessThanOrEqual(100_000);
    store.set('large', entry('x'.repeat(98_000)));
    expect(store.get('large')).toBeDefined();
    expect(await store.usage()).toMatchObject({ entries: 1, evictions: evictions + before, refused: 0 });
  });

  it('gives room back when many small entries make way for a few large ones', async () => {
    const store = memoryStore({ maxBytes: 10_000_000 });
    for (let index = 0; index < 40_000; index += 1) store.set(`small ${index}`, entry(index));
    for (let index = 0; index < 200; index += 1) store.set(`large ${index}`, entry('x'.repeat(100_000)));
    expect((await store.usage()).entries).toBe(99);
    expect(keysOf(store)).toEqual(Array.from({ length: 99 }, (_, index) => `large ${199 - index}`));
  });

  it('counts an entry that is replaced, deleted or expired no more', async () => {
    let time = 0;
    const store = memoryStore({ maxBytes: 1_000_000, now: () => time });
    const empty = (await store.usage()).bytes;
    store.set('a', entry('x'.repeat(5_000)));
    store.set('a', entry('x'.repeat(1_000)));
    store.set('b', { ...entry('x'.repeat(1_000)), expiresAt: 10 });
    store.set('c', { ...entry('x'.repeat(1_000)), expiresAt: 10 });
    expect((await store.usage()).bytes).toBeLessThan(empty + 3 * 1_500);
    time = 10;
    expect(store.get('b')).toBeUndefined();
    expect(store.delete('c')).toBe(false);
    store.delete('a');
    expect(await store.usage()).toMatchObject({ entries: 0, bytes: empty, expired: 2, evictions: 0 });
  });

  it('refuses what alone is larger, the older entry gone, and says so', async () => {
    const told: EntryDroppedEvent[] = [];
    const listen = (event: unknown): void => {
      told.push(event as EntryDroppedEvent);
    };
    channels.entryDropped.subscribe(listen);
    const store = memoryStore({ maxBytes: 10_000 });
    store.set('key', entry('fits'));
    store.set('other', entry('fits too'));
    store.set('key', entry('x'.repeat(20_000)));
    channels.entryDropped.unsubscribe(listen);
    expect(store.get('key')).toBeUndefined();
    expect(store.get('other')).toBeDefined();
    expect(await store.usage()).toMatchObject({ refused: 1, entries: 1, evictions: 0 });
    expect(told).toMatchObject([
      { store: 'memory', reason: 'too-large', entries: 1, error: { code: 'CACHE_ENTRY_TOO_LARGE' } },
    ]);
  });

  it('is bounded by bytes alone where only maxBytes is given, and by both where both are', async () => {
    const bytesAlone = memoryStore({ maxBytes: 1_000_000 });
    const both = memoryStore({ maxBytes: 1_000_000, maxEntries: 50 });
    for (let index = 0; index < 500; index += 1) {
      bytesAlone.set(`key ${index}`, entry(index));
      both.set(`key ${index}`, entry(index));
    }
    expect(await bytesAlone.usage()).toMatchObject({ entries: 500, maxBytes: 1_000_000 });
    expect(await bytesAlone.usage()).not.toHaveProperty('maxEntries');
    expect(await both.usage()).toMatchObject({ entries: 50, evictions: 450, maxEntries: 50 });
    expect(await memoryStore().usage()).toMatchObject({ bytes: 0, maxEntries: 100 });
  });

  it('asks sizeOf what a value weighs, and takes no nonsense for an answer', async () => {
    const weights: Record<string, number> = { heavy: 6_000, light: 10, odd: Number.NaN };
    const store = memoryStore({ maxBytes: 10_000, sizeOf: (value, key) => (value === key ? (weights[key] ?? 0) : 0) });
    store.set('heavy', entry('heavy'));
    store.set('light', entry('light'));
    expect((await store.usage()).bytes).toBeGreaterThan(6_010);
    expect((await store.usage()).bytes).toBeLessThan(7_500);
    expect(() => store.set('odd', entry('odd'))).toThrow(expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }));
  });

  it.each([{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxBytes: -1 }, { maxBytes: Number.NaN }])(
    'refuses the options %o',
    (options) => {
      expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }));
      expect(() => memoryStore(options)).toThrow(CacheError);
    },
  );
});
