import { expect, it, vi } from 'vitest';
import { createCache, type StandardSchema } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore, ticks } from './support/manual-store.ts';

type Validate<Output> = StandardSchema<Output>['~standard']['validate'];
const schemaOf = <Output>(validate: Validate<Output>): StandardSchema<Output> => ({
  '~standard': { version: 1, vendor: 'test', validate },
});
const numbers = schemaOf<number>((value) =>
  typeof value === 'number' ? { value } : { issues: [{ message: 'not a number' }] },
);
const bytesOf = (value: unknown) => ({
  value: new TextEncoder().encode(JSON.stringify(value)),
  createdAt: 0,
  expiresAt: Number.POSITIVE_INFINITY,
});

describeHeardAndUnheard('a schema', () => {
  it('lets through what fits and drops what does not, from the tier that had it', async () => {
    const [near, far] = [bufferStore(), manualStore({ holds: 'bytes' })];
    const cache = createCache<number>({ tiers: [{ store: near }, { store: far }], schema: numbers });
    near.set('key', bytesOf('a string'));
    far.entries.set('key', bytesOf(5));
    expect(await cache.get('key')).toBe(5);
    expect((await cache.stats()).tiers).toMatchObject([
      { damaged: 1, hits: 0, misses: 1, errors: 0 },
      { damaged: 0, hits: 1 },
    ]);
    far.entries.set('other', bytesOf(null));
    expect(await cache.getOrSet('other', () => 7)).toBe(7);
    expect(await cache.get('other')).toBe(7);
  });

  it('may transform', async () => {
    const store = bufferStore();
    const schema = schemaOf<Date>((value) => ({ value: new Date(value as string) }));
    const cache = createCache<Date>({ tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store }], schema });
    await cache.set('key', new Date(5));
    await cache.set('other', new Date(6));
    expect(await cache.get('key')).toEqual(new Date(5));
  });

  it('is not asked about what never was bytes, nor twice about the same', async () => {
    const validate = vi.fn<Validate<number>>((value) => ({ value: value as number }));
    const store = bufferStore();
    const cache = createCache<number>({ tiers: [{ store: memoryStore() }, { store }], schema: schemaOf(validate) });
    await cache.set('set', 1);
    expect(await cache.get('set')).toBe(1);
    expect(validate).not.toHaveBeenCalled();
    store.set('bytes', bytesOf(2));
    await cache.get('bytes');
    await cache.get('bytes');
    expect(validate).toHaveBeenCalledTimes(1);
  });

  it.each<[string, Validate<number>]>([
    [
      'throws',
      () => {
        throw new Error('broken schema');
      },
    ],
    ['answers later', () => Promise.resolve({ value: 1 })],
    ['fails later', () => Promise.reject(new Error('broken schema'))],
    ['answers with undefined', () => ({ value: undefined as unknown as number })],
    ['answers with nothing at all', () => undefined as never],
  ])('that %s makes a miss and fails nobody', async (_how, validate) => {
    const store = bufferStore();
    const cache = createCache<number>({ tiers: [{ store }], schema: schemaOf(validate) });
    store.set('key', bytesOf(5));
    expect(await cache.get('key')).toBeUndefined();
    expect(store.get('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 7)).toBe(7);
    await ticks();
    expect((await cache.stats()).tiers).toMatchObject([{ damaged: 1, hits: 0 }]);
  });

  it('is not asked about an absence', async () => {
    const validate = vi.fn<Validate<number>>(() => ({ issues: [{ message: 'never' }] }));
    const cache = createCache<number>({
      tiers: [{ store: bufferStore() }],
      schema: schemaOf(validate),
      negativeTtlMs: 1_000,
    });
    const loader = vi.fn(() => undefined as unknown as number);
    await cache.getOrSet('key', loader);
    await cache.getOrSet('key', loader);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(validate).not.toHaveBeenCalled();
  });
});

describeHeardAndUnheard('a codec', () => {
  it.each([
    [
      'throws an error',
      () => {
        throw new Error('broken codec');
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
  ])('that %s when encoding leaves nothing older behind', async (_how, encode) => {
    const store = manualStore({ holds: 'bytes' });
    const cache = createCache<number>({
      tiers: [{ store: memoryStore() }, { store }],
      codec: { encode, decode: () => 1 },
    });
    store.entries.set('key', bytesOf(1));
    await cache.set('key', 2);
    expect(cache.peek('key')).toBe(2);
    expect(store.entries.has('key')).toBe(false);
    expect(await cache.getOrSet('other', () => 3)).toBe(3);
    expect((await cache.stats()).tiers).toMatchObject([{ errors: 0 }, { errors: 2 }]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken codec');
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
    ['answers undefined', () => undefined as unknown as number],
  ])('that %s when decoding makes a miss', async (_how, decode) => {
    const store = bufferStore();
    const cache = createCache<number>({ tiers: [{ store }], codec: { encode: () => new Uint8Array(1), decode } });
    await cache.set('key', 1);
    expect(await cache.get('key')).toBeUndefined();
    expect(store.get('key')).toBeUndefined();
  });
});
