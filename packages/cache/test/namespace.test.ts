import { expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';

const create = () => createCache<unknown>({ tiers: [{ store: memoryStore() }, { store: bufferStore() }] });

describeHeardAndUnheard('a namespace', () => {
  it('has keys of its own', async () => {
    const cache = create();
    const [one, other] = [cache.namespace<number>('one'), cache.namespace<string>('other')];
    await one.set('key', 1);
    await other.set('key', 'text');
    await cache.set('key', 'root');
    expect([one.peek('key'), other.peek('key'), cache.peek('key')]).toEqual([1, 'text', 'root']);
    expect([...(await one.getMany(['key', 'absent']))]).toEqual([['key', 1]]);
    expect(await one.getOrSet('key', () => 2)).toBe(1);
    expect(await one.delete('key')).toBe(true);
    expect(await one.get('key')).toBeUndefined();
    expect(await other.get('key')).toBe('text');
  });

  it('is the same wherever it is made', async () => {
    const cache = create();
    await cache.namespace('project').set('key', 1);
    expect(cache.namespace('project').peek('key')).toBe(1);
  });

  it('is cleared with all below it and nothing beside it', async () => {
    const cache = create();
    const project = cache.namespace('project');
    const all = [project, project.namespace('files'), cache.namespace('project2'), cache.namespace('proj')];
    for (const part of all) await part.set('key', 1);
    await cache.set('project', 1);
    await cache.set('key', 1);
    await project.clear();
    expect(all.map((part) => part.peek('key'))).toEqual([undefined, undefined, 1, 1]);
    expect([cache.peek('project'), cache.peek('key')]).toEqual([1, 1]);
    await project.set('key', 2);
    expect(await project.get('key')).toBe(2);
  });

  it('can clear one below it, and be cleared by name', async () => {
    const cache = create();
    const project = cache.namespace('project');
    const files = project.namespace('files');
    await project.set('key', 1);
    await files.set('key', 1);
    await project.clear('files');
    expect([project.peek('key'), files.peek('key')]).toEqual([1, undefined]);
    await files.set('key', 2);
    await cache.clear('files');
    expect(files.peek('key')).toBe(2);
    await cache.clear('project');
    expect([project.peek('key'), files.peek('key')]).toEqual([undefined, undefined]);
  });

  it('is cleared with everything', async () => {
    const cache = create();
    await cache.namespace('project').set('key', 1);
    await cache.clear();
    expect(cache.namespace('project').peek('key')).toBeUndefined();
  });

  it('has tags of its own, those that the loader sets included', async () => {
    const cache = create();
    const [one, other] = [cache.namespace('one'), cache.namespace('other')];
    await one.set('set', 1, { tags: ['tag'] });
    await one.getOrSet('loaded', () => 1, { tags: ['tag'] });
    await one.getOrSet('adapted', ({ setOptions }) => {
      setOptions({ tags: ['tag'] });
      return 1;
    });
    await other.set('set', 1, { tags: ['tag'] });
    await cache.set('set', 1, { tags: ['tag'] });
    await cache.deleteTag('tag');
    await other.deleteTag('tag');
    expect([cache.peek('set'), other.peek('set')]).toEqual([undefined, undefined]);
    for (const key of ['set', 'loaded', 'adapted']) expect(one.peek(key)).toBe(1);
    await one.deleteTag('tag');
    for (const key of ['set', 'loaded', 'adapted']) expect(one.peek(key)).toBeUndefined();
  });

  it('has globs of its own, whatever its name means in a glob', async () => {
    const cache = create();
    for (const name of ['a*', 'a?', '[ab]', 'a]']) {
      const [part, beside] = [cache.namespace(name), cache.namespace('ab')];
      await part.set('user:1', 1);
      await part.set('other', 1);
      await beside.set('user:1', 1);
      await part.deleteMatching('user:*');
      expect([part.peek('user:1'), part.peek('other'), beside.peek('user:1')]).toEqual([undefined, 1, 1]);
    }
  });

  it('hands its loader what any loader gets', async () => {
    const cache = create();
    const loader = vi.fn(() => 1);
    await cache.namespace('one').getOrSet('key', loader);
    expect(loader).toHaveBeenCalledExactlyOnceWith({
      signal: expect.any(AbortSignal),
      stale: undefined,
      setOptions: expect.any(Function),
    });
  });

  it('wraps functions under its own keys', async () => {
    const cache = create();
    const fn = vi.fn((id: number) => id);
    const wrapped = cache.namespace<number>('one').wrap(fn, { name: 'fn' });
    await wrapped(1);
    await wrapped(1);
    await cache.namespace('one').clear();
    await wrapped(1);
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it('reaches slow tiers too', async () => {
    const slow = manualStore();
    const cache = createCache<number>({ tiers: [{ store: memoryStore() }, { store: slow }] });
    await cache.namespace('one').set('key', 1);
    await cache.clear('one');
    expect(await cache.namespace('one').get('key')).toBeUndefined();
  });

  it.each(['', 'a\u001fb', undefined as unknown as string])('named %j is refused', (name) => {
    const refusal = expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option: 'namespace' });
    expect(() => create().namespace(name)).toThrow(refusal);
    expect(() => create().namespace('outer').namespace(name)).toThrow(refusal);
  });

  // The prefix makes a name of what was none, so that bad input passes in silence.
  it.each<[string, (part: ReturnType<ReturnType<typeof create>['namespace']>) => Promise<unknown>]>([
    ['an empty tag', (part) => part.deleteTag('')],
    ['an empty glob', (part) => part.deleteMatching('')],
    ['an empty namespace', (part) => part.clear('')],
    ['an entry with an empty tag', (part) => part.set('key', 1, { tags: [''] })],
    ['an entry with a tag that is no text', (part) => part.set('key', 1, { tags: [5 as unknown as string] })],
  ])('refuses %s as the cache does', async (_what, act) => {
    await expect(act(create().namespace('one'))).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID' });
  });
});
