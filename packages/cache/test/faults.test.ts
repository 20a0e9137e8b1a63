import { expect, it, vi } from 'vitest';
import { type CacheEntry, type CacheStore, channels, createCache, type StoreFaultEvent } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

type Operation = 'get' | 'set' | 'delete' | 'clear' | 'usage' | 'flush' | 'close';
const operations: Operation[] = ['get', 'set', 'delete', 'clear', 'usage', 'flush', 'close'];

/** A store that works until it is told to fail. */
const faultyStore = (how: 'throws' | 'rejects') => {
  const inner: CacheStore = how === 'throws' ? memoryStore() : manualStore();
  const failing = new Set<Operation>();
  const fail = (operation: Operation): Promise<never> => {
    const error = new Error(`${operation} is broken`);
    if (how === 'throws') throw error;
    return Promise.reject(error);
  };
  const store: CacheStore = {
    ...inner,
    name: 'faulty',
    get: (key) => (failing.has('get') ? fail('get') : inner.get(key)),
    set: (key, entry) => (failing.has('set') ? fail('set') : inner.set(key, entry)),
    delete: (key) => (failing.has('delete') ? fail('delete') : inner.delete(key)),
    clear: () => (failing.has('clear') ? fail('clear') : inner.clear()),
    usage: () => (failing.has('usage') ? fail('usage') : inner.usage()),
    flush: () => (failing.has('flush') ? fail('flush') : undefined),
    close: () => (failing.has('close') ? fail('close') : inner.close?.()),
  };
  return { store, failing, inner };
};

const clock = () => {
  let time = 1_000;
  return { now: () => time, step: () => void ++time };
};

for (const how of ['throws', 'rejects'] as const) {
  describeHeardAndUnheard(`a store that ${how}`, () => {
    it('in every method fails no caller', async () => {
      const { store, failing } = faultyStore(how);
      const cache = createCache<string>({ tiers: [{ store }, { store: bufferStore() }] });
      for (const operation of operations) failing.add(operation);
      await cache.set('key', 'value');
      expect(cache.peek('key')).toBe('value');
      expect(await cache.get('key')).toBe('value');
      expect(await cache.get('absent')).toBeUndefined();
      const loader = vi.fn(() => 'loaded');
      expect(await cache.getOrSet('other', loader)).toBe('loaded');
      expect(await cache.getOrSet('other', loader)).toBe('loaded');
      expect(loader).toHaveBeenCalledTimes(1);
      expect(await cache.delete('key')).toBe(true);
      await cache.clear();
      const stats = await cache.stats();
      expect(stats.tiers[0]).toMatchObject({ name: 'faulty', hits: 0, sets: 0, entries: 0 });
      expect(stats.tiers[0]?.errors).toBeGreaterThan(7);
      expect(stats.tiers[1]).toMatchObject({ errors: 0 });
      expect(await cache.flush()).toBe(false);
      await cache.close();
    });

    it('alone still lets getOrSet load', async () => {
      const { store, failing } = faultyStore(how);
      for (const operation of operations) failing.add(operation);
      const cache = createCache<string>({ tiers: [{ store }] });
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
      expect(await cache.getOrSet('key', () => 'loaded again')).toBe('loaded again');
    });

    it.each(operations)('in %s is announced without the key', async (operation) => {
      const { store, failing } = faultyStore(how);
      const cache = createCache<string>({ tiers: [{ store }] });
      const events: StoreFaultEvent[] = [];
      const listen = (event: unknown): void => void events.push(event as StoreFaultEvent);
      channels.storeFault.subscribe(listen);
      failing.add(operation);
      await cache.set('a secret key', 'value');
      await cache.get('a secret key');
      await cache.delete('a secret key');
      await cache.clear();
      await cache.stats();
      await cache.flush();
      await cache.close();
      channels.storeFault.unsubscribe(listen);
      expect(events).toMatchObject([{ store: 'faulty', operation, error: { message: `${operation} is broken` } }]);
      expect(JSON.stringify(events)).not.toContain('secret');
    });

    it('in delete does not give the entry back later', async () => {
      const { now, step } = clock();
      const { store, failing, inner } = faultyStore(how);
      const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store }], now });
      await cache.set('key', 'old');
      step();
      failing.add('delete');
      await cache.delete('key');
      failing.clear();
      expect(await inner.get('key')).toBeDefined();
      expect(await cache.get('key')).toBeUndefined();
      step();
      await cache.set('key', 'new');
      expect(await cache.get('key')).toBe('new');
      expect(((await inner.get('key')) as CacheEntry).value).toBe('new');
    });

    it('in set does not give the older value back later', async () => {
      const { now, step } = clock();
      const { store, failing } = faultyStore(how);
      const cache = createCache<string>({ tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store }], now });
      await cache.set('key', 'old');
      step();
      failing.add('set');
      await cache.set('key', 'new');
      expect(await cache.get('key')).toBe('new');
      await cache.set('other', 'pushes the new value out of memory');
      failing.clear();
      expect(await cache.get('key')).toBeUndefined();
    });

    it('in clear gives nothing back that was there before it', async () => {
      const { now, step } = clock();
      const { store, failing } = faultyStore(how);
      const cache = createCache<string>({ tiers: [{ store }], now });
      await cache.set('key', 'old');
      failing.add('clear');
      step();
      await cache.clear();
      failing.clear();
      expect(await cache.get('key')).toBeUndefined();
      step();
      await cache.set('other', 'new');
      expect(await cache.get('other')).toBe('new');
      expect(await cache.get('key')).toBeUndefined();
      await cache.clear();
      await cache.set('key', 'new');
      expect(await cache.get('key')).toBe('new');
    });

    it('for more keys than are remembered one by one still gives nothing old back', async () => {
      const { now, step } = clock();
      const { store, failing } = faultyStore(how);
      const cache = createCache<string>({ tiers: [{ store }], now });
      await cache.set('first', 'old');
      step();
      failing.add('set');
      await cache.set('first', 'new');
      for (let index = 0; index < 10_100; index += 1) void cache.set(`key ${index}`, 'value');
      await cache.flush();
      failing.clear();
      expect(await cache.get('first')).toBeUndefined();
      step();
      await cache.set('later', 'value');
      expect(await cache.get('later')).toBe('value');
    });
  });
}

describeHeardAndUnheard('a value that cannot be encoded', () => {
  it('stays in the tiers that hold values, and leaves nothing older in the others', async () => {
    const slow = bufferStore();
    const cache = createCache<unknown>({ tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store: slow }] });
    await cache.set('key', 'old');
    await cache.set('key', 10n);
    expect(cache.peek('key')).toBe(10n);
    expect(slow.get('key')).toBeUndefined();
    await cache.set('other', 'value');
    expect(await cache.get('key')).toBeUndefined();
    expect((await cache.stats()).tiers[1]).toMatchObject({ errors: 1 });
  });
});
