import { expect, it, vi } from 'vitest';
import { type Cache, type CacheEntry, createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore, ticks } from './support/manual-store.ts';

const entry = (value: string, createdAt = 0): CacheEntry => ({ value, createdAt, expiresAt: Number.POSITIVE_INFINITY });

const twoTiers = () => {
  const slow = manualStore();
  slow.entries.set('key', entry('old'));
  const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: slow }] });
  return { cache, slow };
};

const writes: [string, (cache: Cache<string>) => Promise<unknown>, string | undefined][] = [
  ['set', (cache) => cache.set('key', 'new'), 'new'],
  ['delete', (cache) => cache.delete('key'), undefined],
  ['clear', (cache) => cache.clear(), undefined],
];

describeHeardAndUnheard('a newer write is never undone', () => {
  it.each(writes)('by a get that began before %s', async (_name, write, expected) => {
    const { cache, slow } = twoTiers();
    slow.hold();
    const reading = cache.get('key');
    const call = await slow.next('get');
    slow.answerAtOnce();
    await write(cache);
    slow.entries.set('key', entry('old'));
    await call.settle();
    expect(await reading).toBe('old');
    expect(cache.peek('key')).toBe(expected);
  });

  it.each(writes)('by a load that began before %s', async (_name, write, expected) => {
    const { cache, slow } = twoTiers();
    slow.entries.clear();
    const loaded = Promise.withResolvers<string>();
    const loading = cache.getOrSet('key', () => loaded.promise);
    await ticks();
    await write(cache);
    loaded.resolve('loaded before');
    expect(await loading).toBe('loaded before');
    await ticks();
    expect(cache.peek('key')).toBe(expected);
    expect(slow.entries.get('key')?.value).toBe(expected);
  });

  it.each(writes)('by a getOrSet that asked a slow tier before %s', async (_name, write, expected) => {
    const { cache, slow } = twoTiers();
    slow.hold();
    const reading = cache.getOrSet('key', () => 'loaded');
    const call = await slow.next('get');
    slow.answerAtOnce();
    await write(cache);
    slow.entries.set('key', entry('old'));
    await call.settle();
    await reading;
    expect(cache.peek('key')).toBe(expected);
  });

  it.each(writes)('by a get that begins while %s is still on its way', async (_name, write, expected) => {
    const { cache, slow } = twoTiers();
    slow.hold();
    const writing = write(cache);
    const name = _name as 'set' | 'delete' | 'clear';
    const call = await slow.next(name);
    const reading = cache.get('key');
    await ticks();
    slow.answerAtOnce();
    await call.settle();
    await writing;
    expect(await reading).toBe(expected);
    expect(cache.peek('key')).toBe(expected);
  });

  it('by a promotion still on its way to a slower memory tier', async () => {
    const [middle, last] = [manualStore(), manualStore()];
    last.entries.set('key', entry('old'));
    const cache = createCache<string>({ tiers: [{ store: middle }, { store: last }] });
    middle.hold();
    const reading = cache.get('key');
    await (await middle.next('get')).settle();
    expect(await reading).toBe('old');
    const promotion = await middle.next('set');
    const deleting = cache.delete('key');
    await ticks();
    expect(middle.waiting()).toBe(0);
    await promotion.settle();
    await (await middle.next('delete')).settle();
    await deleting;
    expect(middle.entries.has('key')).toBe(false);
  });

  it('by an older set that a store answers later', async () => {
    const { cache, slow } = twoTiers();
    slow.hold();
    const setting = [cache.set('key', 'first'), cache.set('key', 'second')];
    const first = await slow.next('set');
    expect(slow.waiting()).toBe(0);
    await first.settle();
    await (await slow.next('set')).settle();
    await Promise.all(setting);
    expect(slow.entries.get('key')?.value).toBe('second');
  });

  it('by a set from before a clear, nor a clear by what comes before it', async () => {
    const { cache, slow } = twoTiers();
    slow.hold();
    const writing = [cache.set('key', 'before'), cache.clear(), cache.set('key', 'after')];
    const before = await slow.next('set');
    await ticks();
    expect(slow.waiting()).toBe(0);
    await before.settle();
    const clear = await slow.next('clear');
    expect(slow.waiting()).toBe(0);
    await clear.settle();
    await (await slow.next('set')).settle();
    await Promise.all(writing);
    expect(slow.entries.get('key')?.value).toBe('after');
  });

  it('by deleting a damaged value that was read before it', async () => {
    const slow = manualStore({ holds: 'bytes' });
    slow.entries.set('key', { ...entry(''), value: new Uint8Array([123]) });
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    slow.hold();
    const reading = cache.get('key');
    const call = await slow.next('get');
    const damaged = slow.entries.get('key') as CacheEntry;
    const setting = cache.set('key', 'new');
    await (await slow.next('set')).settle();
    await setting;
    slow.entries.set('key', damaged);
    await call.settle();
    expect(await reading).toBeUndefined();
    expect(slow.waiting()).toBe(0);
  });

  it('and a value set while a slow tier is asked spares the load', async () => {
    const { cache, slow } = twoTiers();
    slow.entries.clear();
    slow.hold();
    const loader = vi.fn(() => 'loaded');
    const reading = cache.getOrSet('key', loader);
    const call = await slow.next('get');
    void cache.set('key', 'new');
    await call.settle();
    expect(await reading).toBe('new');
    expect(loader).not.toHaveBeenCalled();
  });

  it('and whoever asks after it does not join the older load', async () => {
    const { cache, slow } = twoTiers();
    slow.entries.clear();
    const older = Promise.withResolvers<string>();
    const first = cache.getOrSet('key', () => older.promise);
    await ticks();
    await cache.delete('key');
    expect(await cache.getOrSet('key', () => 'newer')).toBe('newer');
    older.resolve('older');
    expect(await first).toBe('older');
    expect(cache.peek('key')).toBe('newer');
  });

  it('and writes of other keys do not matter', async () => {
    const { cache, slow } = twoTiers();
    slow.hold();
    const reading = cache.get('key');
    const call = await slow.next('get');
    slow.answerAtOnce();
    await cache.set('other', 'value');
    await cache.delete('another');
    await call.settle();
    expect(await reading).toBe('old');
    expect(cache.peek('key')).toBe('old');
  });
});
