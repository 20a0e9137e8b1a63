import { expect, it, vi } from 'vitest';
import { type Cache, type CacheStore, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { turn } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore, ticks } from './support/manual-store.ts';

const key = 'project\u001fuser:1';
const ways: [string, (cache: Cache<string>) => Promise<unknown>][] = [
  ['delete', (cache) => cache.delete(key)],
  ['deleteTag', (cache) => cache.deleteTag('tag')],
  ['deleteMatching', (cache) => cache.deleteMatching('project?user:[0-9]')],
  ['clear of its namespace', (cache) => cache.clear('project')],
  ['clear', (cache) => cache.clear()],
];
const stacks: [string, () => CacheStore[]][] = [
  ['memory', () => [memoryStore()]],
  ['a buffer', () => [bufferStore()]],
  ['two memory tiers', () => [memoryStore({ maxEntries: 2 }), bufferStore()]],
  ['a slow store', () => [manualStore()]],
  [
    'memory over a slow store that holds bytes',
    () => [memoryStore(), manualStore({ holds: 'bytes', persistent: true })],
  ],
];

for (const [what, create] of stacks) {
  const setup = () => createCache<string>({ tiers: create().map((store) => ({ store })) });

  describeHeardAndUnheard(`${what}, invalidated`, () => {
    it.each(ways)('by %s, gives nothing from before and everything from after', async (_name, act) => {
      const cache = setup();
      await cache.set(key, 'old', { tags: ['tag', 'other'] });
      await act(cache);
      expect(cache.peek(key)).toBeUndefined();
      expect(await cache.get(key)).toBeUndefined();
      expect((await cache.getMany([key])).size).toBe(0);
      await cache.set(key, 'new', { tags: ['tag', 'other'] });
      expect(await cache.get(key)).toBe('new');
      await act(cache);
      expect(await cache.getOrSet(key, () => 'loaded', { tags: ['tag'] })).toBe('loaded');
      expect(await cache.get(key)).toBe('loaded');
    });

    it.each(ways)('by %s, serves nothing from before as stale either', async (_name, act) => {
      const cache = setup();
      await cache.set(key, 'old', { tags: ['tag'], graceMs: 60_000, staleWhileRevalidateMs: 60_000, ttlMs: 60_000 });
      await act(cache);
      const failing = () => Promise.reject(new Error('upstream'));
      const options = { graceMs: 60_000, staleWhileRevalidateMs: 60_000 };
      await expect(cache.getOrSet(key, failing, options)).rejects.toThrow('upstream');
    });

    it.each(ways)('by %s, keeps nothing of a load from before', async (_name, act) => {
      const cache = setup();
      const loaded = Promise.withResolvers<string>();
      const loading = cache.getOrSet(key, () => loaded.promise, { tags: ['tag'] });
      await turn();
      await act(cache);
      loaded.resolve('old');
      expect(await loading).toBe('old');
      await turn();
      expect(await cache.get(key)).toBeUndefined();
    });

    it.each(ways)('by %s, starts a load of its own for whoever asks after it', async (_name, act) => {
      const cache = setup();
      const loaded = Promise.withResolvers<string>();
      const before = cache.getOrSet(key, () => loaded.promise, { tags: ['tag'] });
      await turn();
      await act(cache);
      const after = cache.getOrSet(key, () => 'new', { tags: ['tag'] });
      await turn();
      loaded.resolve('old');
      expect(await Promise.all([before, after])).toEqual(['old', 'new']);
      await turn();
      expect(await cache.get(key)).toBe('new');
    });

    it.each(ways)('by %s, keeps nothing of a load whose tags came from the loader', async (_name, act) => {
      const cache = setup();
      const loaded = Promise.withResolvers<string>();
      const loading = cache.getOrSet(key, async ({ setOptions }) => {
        const value = await loaded.promise;
        setOptions({ tags: ['tag'] });
        return value;
      });
      await turn();
      await act(cache);
      loaded.resolve('old');
      await loading;
      await turn();
      expect(await cache.get(key)).toBeUndefined();
    });
  });
}

describeHeardAndUnheard('what is not meant', () => {
  it('stays in memory tiers', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: bufferStore() }] });
    await cache.set('user:1', 'value', { tags: ['one'] });
    await cache.set('user:1/posts', 'value', { tags: ['two'] });
    await cache.set('plain', 'value');
    await cache.deleteTag('three');
    await cache.deleteMatching('user:?');
    await cache.clear('user:1/posts');
    expect(cache.peek('user:1')).toBeUndefined();
    expect(cache.peek('user:1/posts')).toBe('value');
    expect(cache.peek('plain')).toBe('value');
    await cache.deleteTag('one', 'two');
    expect(cache.peek('user:1/posts')).toBeUndefined();
    expect(cache.peek('plain')).toBe('value');
  });

  it('stays in memory while a slow store without a log loses all that it has', async () => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    await cache.set('key', 'value');
    await cache.deleteTag('tag');
    expect(slow.entries.size).toBe(0);
    expect(await cache.get('key')).toBe('value');
  });

  it('is told by tags and kinds, never by names that look alike', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('tag:x', 'value', { tags: ['namespace:x', 'key:tag:x'] });
    await cache.deleteTag('x');
    await cache.clear('x');
    await cache.deleteTag('tag:x');
    expect(cache.peek('tag:x')).toBe('value');
  });
});

describeHeardAndUnheard('more invalidations than are remembered one by one', () => {
  it('of tags forget none of what they covered', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('covered', 'value', { tags: ['tag 0'] });
    await cache.set('bystander', 'value');
    for (let index = 0; index < 10_001; index += 1) await cache.deleteTag(`tag ${index}`);
    expect(cache.peek('covered')).toBeUndefined();
    // It cannot be told from what was covered: a miss is the price.
    expect(cache.peek('bystander')).toBeUndefined();
    await cache.set('covered', 'new', { tags: ['tag 0'] });
    expect(cache.peek('covered')).toBe('new');
    await cache.deleteTag('tag 0');
    expect(cache.peek('covered')).toBeUndefined();
  });

  it('of the same tag count as one', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('bystander', 'value');
    for (let index = 0; index < 10_100; index += 1) await cache.deleteTag(`tag ${index % 100}`);
    expect(cache.peek('bystander')).toBe('value');
  });

  it('of globs forget none of what they covered', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('0 covered', 'value');
    await cache.set('bystander', 'value');
    for (let index = 0; index < 251; index += 1) await cache.deleteMatching(`${index} *`);
    expect(cache.peek('0 covered')).toBeUndefined();
    expect(cache.peek('bystander')).toBeUndefined();
    await cache.set('0 covered', 'new');
    expect(cache.peek('0 covered')).toBe('new');
    await cache.deleteMatching('0 *');
    expect(cache.peek('0 covered')).toBeUndefined();
  });

  it('keep what was set between them', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    for (let index = 0; index < 60; index += 1) await cache.deleteMatching(`before ${index}*`);
    await cache.set('key', 'value');
    for (let index = 0; index < 100; index += 1) await cache.deleteMatching(`after ${index}*`);
    expect(cache.peek('key')).toBe('value');
  });
});

describeHeardAndUnheard('an invalidation', () => {
  it('without names does nothing', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'value');
    await cache.deleteTag();
    expect(cache.peek('key')).toBe('value');
  });

  it('with a bad name is refused and does nothing at all', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'value', { tags: ['tag'] });
    await expect(cache.deleteTag('tag', '')).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'tag' });
    await expect(cache.deleteMatching('')).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'glob' });
    await expect(cache.deleteMatching('[')).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'glob' });
    await expect(cache.clear('')).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'namespace' });
    await expect(cache.deleteTag(5 as unknown as string)).rejects.toMatchObject({ option: 'tag' });
    expect(cache.peek('key')).toBe('value');
  });

  it.each([[''], [5], 'tag'].map((tags) => [tags]))(
    'is impossible with tags %j, so that they are refused',
    async (tags) => {
      const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
      const refused = cache.set('key', 'value', { tags: tags as unknown as string[] });
      await expect(refused).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'tags' });
      const alsoRefused = cache.getOrSet('key', () => 'value', { tags: tags as unknown as string[] });
      await expect(alsoRefused).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'tags' });
    },
  );

  it('resets what tiers have learnt only with a namespace or everything', async () => {
    const forgetHistory = vi.fn();
    const cache = createCache<string>({ tiers: [{ store: { ...memoryStore(), forgetHistory } }] });
    await cache.deleteTag('tag');
    await cache.deleteMatching('*');
    await cache.delete('key');
    expect(forgetHistory).not.toHaveBeenCalled();
    await cache.clear('project');
    await cache.clear();
    expect(forgetHistory).toHaveBeenCalledTimes(2);
  });

  it('after close is nothing', async () => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: slow }] });
    await cache.set('key', 'value');
    await cache.close();
    await cache.deleteTag('tag');
    await cache.clear();
    expect(slow.entries.size).toBe(1);
  });

  // The tiers still have it until somebody asks, and answer that they had it.
  it('leaves nothing for delete to find', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    await cache.set('key', 'value', { tags: ['tag'] });
    await cache.deleteTag('tag');
    expect(await cache.delete('key')).toBe(false);
  });

  // The store is asked without a guard.
  it('does not fail where a store cannot forget what it learnt', async () => {
    const forgetHistory = (): void => {
      throw new Error('broken');
    };
    const cache = createCache<string>({ tiers: [{ store: { ...memoryStore(), forgetHistory } }] });
    await cache.clear('project');
    await cache.clear();
  });
});

describeHeardAndUnheard('a slow read that an invalidation overtakes', () => {
  const entry = { value: 'old', createdAt: 0, expiresAt: Number.POSITIVE_INFINITY, tags: ['tag'] };
  const setup = (version: number) => {
    const slow = manualStore();
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    slow.entries.set('key', { ...entry, version });
    slow.hold();
    return { slow, cache };
  };

  it.each([0, 500])('brings nothing into memory (version %s)', async (version) => {
    const { slow, cache } = setup(version);
    const reading = cache.get('key');
    const call = await slow.next('get');
    slow.answerAtOnce();
    await cache.deleteTag('tag');
    slow.entries.set('key', { ...entry, version });
    await call.settle();
    await reading;
    expect(cache.peek('key')).toBeUndefined();
  });

  it('brings nothing into memory that a load has replaced meanwhile', async () => {
    const { slow, cache } = setup(0);
    const reading = cache.get('key');
    const call = await slow.next('get');
    const loading = cache.getOrSet('key', () => 'loaded');
    const other = await slow.next('get');
    const old = slow.entries.get('key');
    slow.entries.delete('key');
    await other.settle();
    expect(await loading).toBe('loaded');
    await (await slow.next('set')).settle();
    if (old !== undefined) slow.entries.set('key', old);
    await call.settle();
    expect(await reading).toBe('old');
    expect(cache.peek('key')).toBe('loaded');
  });

  // What was read is judged by the number in the entry, which another process wrote and which says nothing here.
  it('is not for whoever asks after it', async () => {
    const { slow, cache } = setup(500);
    const before = cache.getOrSet('key', () => 'new');
    const call = await slow.next('get');
    slow.answerAtOnce();
    await cache.deleteTag('tag');
    const after = cache.getOrSet('key', () => 'new');
    await ticks();
    slow.entries.set('key', { ...entry, version: 500 });
    await call.settle();
    expect(await before).toBe('old');
    expect(await after).toBe('new');
  });

  // Where it is judged invalid, the key is deleted, whatever has been set under it meanwhile.
  it('does not delete what has been set since', async () => {
    const { slow, cache } = setup(0);
    const reading = cache.get('key');
    const call = await slow.next('get');
    slow.answerAtOnce();
    await cache.deleteTag('tag');
    await cache.set('key', 'new');
    const set = slow.entries.get('key');
    slow.entries.set('key', { ...entry, version: 0 });
    await call.settle();
    // The manual store reads when it answers; the newer entry was there all the time.
    if (set !== undefined && slow.entries.has('key')) slow.entries.set('key', set);
    await reading;
    await ticks();
    expect(slow.entries.get('key')?.value).toBe('new');
  });
});
