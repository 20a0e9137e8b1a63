import { expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';

const inMemory = () => createCache<unknown>({ tiers: [{ store: memoryStore() }] });

/** How often a wrapped function runs when called with one list of arguments after the other. */
const runs = async (...calls: unknown[][]): Promise<number> => {
  const fn = vi.fn((..._args: unknown[]) => 'value');
  const wrapped = inMemory().wrap(fn, { name: 'fn' });
  for (const args of calls) await wrapped(...args);
  return fn.mock.calls.length;
};

describeHeardAndUnheard('a wrapped function', () => {
  it('runs once for the same arguments, also at the same time', async () => {
    const lookUp = vi.fn(async (id: number) => `user ${id}`);
    const wrapped = inMemory().wrap(lookUp, { name: 'lookUp' });
    expect(await Promise.all([wrapped(1), wrapped(1), wrapped(2)])).toEqual(['user 1', 'user 1', 'user 2']);
    expect(await wrapped(2)).toBe('user 2');
    expect(lookUp).toHaveBeenCalledTimes(2);
  });

  it('keeps its keys apart from those of others by its name', async () => {
    const cache = inMemory();
    const one = cache.wrap(function first() {
      return 1;
    });
    const other = cache.wrap(function second() {
      return 2;
    });
    expect([await one(), await other()]).toEqual([1, 2]);
  });

  it('without a name needs one, or a key', () => {
    const cache = inMemory();
    const refusal = expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option: 'name' });
    expect(() => cache.wrap(() => 1)).toThrow(refusal);
    expect(() => cache.wrap(() => 1, { key: () => 'key' })).not.toThrow();
  });

  it('goes by its own key where it has one', async () => {
    const fn = vi.fn((_user: { id: number; at: Date }) => 'value');
    const cache = inMemory();
    const wrapped = cache.wrap(fn, { key: ({ id }) => `user:${id}` });
    await wrapped({ id: 1, at: new Date(1) });
    await wrapped({ id: 1, at: new Date(2) });
    expect(fn).toHaveBeenCalledTimes(1);
    expect(cache.peek('user:1')).toBe('value');
  });

  it('passes options on', async () => {
    let time = 0;
    const cache = createCache<string>({ tiers: [{ store: memoryStore({ now: () => time }) }], now: () => time });
    const fn = vi.fn(() => 'value');
    const wrapped = cache.wrap(fn, { name: 'fn', ttlMs: 10, tags: ['tag'] });
    await wrapped();
    time += 10;
    await wrapped();
    await cache.deleteTag('tag');
    await wrapped();
    expect(fn).toHaveBeenCalledTimes(3);
  });

  it('rejects when the function throws or rejects or the key does, and keeps nothing', async () => {
    const cache = inMemory();
    const throwing = cache.wrap(
      () => {
        throw new Error('upstream');
      },
      { name: 'throwing' },
    );
    await expect(throwing()).rejects.toThrow('upstream');
    const keyless = cache.wrap(() => 1, {
      key: () => {
        throw new Error('no key');
      },
    });
    await expect(keyless()).rejects.toThrow('no key');
  });

  it.each<[string, unknown[][]]>([
    ['the order of an object’s keys', [[{ a: 1, b: { c: 2, d: 3 } }], [{ b: { d: 3, c: 2 }, a: 1 }]]],
    ['an object without a prototype', [[{ a: 1 }], [Object.assign(Object.create(null), { a: 1 })]]],
  ])('does not tell %s apart', async (_what, calls) => {
    expect(await runs(...calls)).toBe(1);
  });

  it.each<[string, unknown[][]]>([
    ['1 and "1"', [[1], ['1']]],
    [
      'undefined, null, NaN, Infinity and no argument',
      [[undefined], [null], [Number.NaN], [Infinity], [-Infinity], []],
    ],
    ['a property that is undefined and none', [[{ a: undefined }], [{}]]],
    ['lists and what they would be joined', [[['a', 'b']], ['a', 'b'], ['a,b']]],
    ['the order of a list', [[[1, 2]], [[2, 1]]]],
    ['own keys that look like special ones', [[JSON.parse('{"__proto__":1}')], [{}], [{ constructor: 1 }]]],
  ])('tells %s apart', async (_what, calls) => {
    expect(await runs(...calls)).toBe(calls.length);
  });

  it.each<[string, unknown]>([
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['a RegExp', /a/],
    [
      'an instance',
      new (class Point {
        x = 1;
      })(),
    ],
    ['a typed array', new Uint8Array(2)],
    ['one of them deep inside', { a: [new Map()] }],
  ])('refuses %s, which JSON cannot tell apart', async (_what, argument) => {
    await expect(runs([argument])).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option: 'key' });
  });

  // toJSON runs before the check, so that a Date passes as the string that it becomes.
  it.each<[string, unknown[][]]>([
    ['a date and its text', [[new Date(0)], [new Date(0).toJSON()]]],
    ['a URL and its text', [[new URL('https://example.com/')], ['https://example.com/']]],
  ])('tells %s apart, or refuses', async (_what, calls) => {
    const count = await runs(...calls).catch(() => calls.length);
    expect(count).toBe(calls.length);
  });

  // The copies made on the way hide the cycle from JSON.stringify until the stack is full.
  it('refuses a second function of the same name, unless it is given one of its own', async () => {
    const cache = createCache<string>({ tiers: [{ store: memoryStore() }] });
    const users = { load: (id: string) => `user ${id}` };
    const teams = { load: (id: string) => `team ${id}` };
    expect(await cache.wrap(users.load)('1')).toBe('user 1');
    expect(await cache.wrap(users.load)('1')).toBe('user 1');
    expect(() => cache.wrap(teams.load)).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option: 'name' }),
    );
    expect(await cache.wrap(teams.load, { name: 'team' })('1')).toBe('team 1');
  });

  it('refuses what contains itself', async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    await expect(runs([circle])).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID' });
  });

  // The mark for undefined is a string that an argument could be too.
  it('tells undefined from its mark', async () => {
    expect(await runs([undefined], ['\u0000undefined'])).toBe(2);
  });
});
