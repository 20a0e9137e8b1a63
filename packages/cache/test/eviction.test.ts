import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CacheStore } from '../src/store.ts';
import { bufferStore, type EvictionPolicy } from '../src/stores/buffer.ts';
import type { BoundedMap } from '../src/stores/eviction/bounded-map.ts';
import { createHashIndex, hashOf } from '../src/stores/eviction/hash-index.ts';
import { createLruMap } from '../src/stores/eviction/lru-map.ts';
import { createS3FifoDirectory } from '../src/stores/eviction/s3-fifo-directory.ts';
import { createS3FifoMap } from '../src/stores/eviction/s3-fifo-map.ts';
import { firstSlot } from '../src/stores/eviction/slots.ts';
import { describeHeardAndUnheard } from './support/heard.ts';

interface Sized {
  readonly size: number;
}

const maxEntries = 200;
/** A little more than fits. */
const loopLength = 220;
const value = new Uint8Array(8);

const createStore = (evictionPolicy: EvictionPolicy) => bufferStore({ evictionPolicy, maxEntries });

const keysOf = (store: CacheStore): string[] => [...((store.keys?.() ?? []) as Iterable<string>)];

/** Asks for each key in turn, sets those that are missing, and tells how many were. */
const missesOf = (store: ReturnType<typeof createStore>, keys: Iterable<number | string>): number => {
  let misses = 0;
  for (const number of keys) {
    const key = `key ${number}`;
    if (store.get(key) !== undefined) continue;
    misses += 1;
    store.set(key, { value, createdAt: 0, expiresAt: Number.POSITIVE_INFINITY });
  }
  return misses;
};

const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Numbers below `count`, small ones much more often. */
const skewed = (length: number, count: number, seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length }, () => Math.floor(count * random() ** 3));
};

const uniform = (length: number, count: number, seed: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length }, () => Math.floor(count * random()));
};

const compared = (keys: readonly (number | string)[]): { readonly lru: number; readonly s3Fifo: number } => ({
  lru: missesOf(createStore('lru'), keys),
  s3Fifo: missesOf(createStore('s3-fifo'), keys),
});

describeHeardAndUnheard('s3-fifo', () => {
  it('keeps what is used often through scans of keys used once', () => {
    const keys = skewed(20_000, 1_000, 1).flatMap((key, index) =>
      index % 500 === 499 ? [key, ...Array.from({ length: 300 }, (_, offset) => `scan ${index} ${offset}`)] : [key],
    );
    const { lru, s3Fifo } = compared(keys);
    const scans = 40 * 300;
    expect(s3Fifo - scans).toBeLessThan(0.8 * (lru - scans));
  });

  it('keeps most of a loop that is a little longer than the store, where LRU keeps nothing', () => {
    const { lru, s3Fifo } = compared(Array.from({ length: 20_000 }, (_, index) => index % loopLength));
    expect(lru).toBe(20_000);
    expect(s3Fifo).toBeLessThan(0.3 * lru);
  });

  it.each([
    [
      'a working set that fits and changes',
      uniform(40_000, 180, 2).map((key, index) => `${Math.floor(index / 1_000)} ${key}`),
    ],
    ['a working set that slides', uniform(40_000, 180, 3).map((key, index) => key + Math.floor(index / 20))],
    ['keys that come back once', Array.from({ length: 20_000 }, (_, index) => (index >> 1) - (index % 2) * 60)],
  ])('makes hardly more misses than LRU for %s', (_name, keys) => {
    const { lru, s3Fifo } = compared(keys);
    expect(s3Fifo).toBeLessThanOrEqual(1.03 * lru);
  });

  it('changes sides when the pattern changes, either way', () => {
    const phase = (index: number): (number | string)[] =>
      index % 2 === 0
        ? Array.from({ length: 5_000 }, (_, at) => at % loopLength)
        : uniform(5_000, 180, index).map((key, at) => `${index} ${key + Math.floor(at / 20)}`);
    const { lru, s3Fifo } = compared([0, 1, 2, 3, 4, 5].flatMap(phase));
    expect(s3Fifo).toBeLessThan(0.6 * lru);
  });

  it('takes the keys of a changed project at once when told to forget, everything held still there', async () => {
    const misses = { remembering: 0, forgetting: 0, lru: 0 };
    const changed = uniform(600, 150, 5).map((key) => `new ${key}`);
    for (const which of ['remembering', 'forgetting', 'lru'] as const) {
      const store = createStore(which === 'lru' ? 'lru' : 's3-fifo');
      missesOf(store, skewed(20_000, 2_000, 4));
      if (which === 'forgetting') {
        const held = keysOf(store);
        const usage = await store.usage();
        store.forgetHistory?.();
        expect(await store.usage()).toEqual(usage);
        expect(new Set(keysOf(store))).toEqual(new Set(held));
      }
      misses[which] = missesOf(store, changed);
    }
    expect(misses.forgetting).toBeLessThanOrEqual(1.05 * misses.lru);
    expect(misses.remembering).toBeGreaterThan(1.2 * misses.forgetting);
  });

  it('evicts least recently used first after it forgot', () => {
    const store = createStore('s3-fifo');
    const loop = Array.from({ length: 4_000 }, (_, index) => index % loopLength);
    expect(missesOf(store, loop)).toBeLessThan(2_000);
    const held = keysOf(store);
    for (const key of held) store.get(key);
    store.forgetHistory?.();
    missesOf(
      store,
      Array.from({ length: 50 }, (_, index) => `new ${index}`),
    );
    expect(held.map((key) => store.get(key) !== undefined)).toEqual(held.map((_, index) => index >= 50));
  });
});

describe('createS3FifoMap', () => {
  const key = fc.integer({ min: 0, max: 40 }).map((number) => `key ${number}`);
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), key, fc.integer({ min: 1, max: 30 })) },
    { weight: 6, arbitrary: fc.tuple(fc.constant('get' as const), key, fc.constant(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key, fc.constant(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('forget' as const), key, fc.constant(0)) },
  );

  it('holds its bounds and answers like a map that lost some keys, whatever is done', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 30, max: 200 }),
        fc.array(operation, { maxLength: 400 }),
        (entries, maxBytes, operations) => {
          let evictions = 0;
          const map = createS3FifoMap<number>({ maxEntries: entries, maxBytes }, () => {
            evictions += 1;
          });
          const model = new Map<string, { readonly value: number; readonly size: number }>();
          for (const [index, [kind, name, size]] of operations.entries()) {
            const before = map.size + evictions;
            if (kind === 'set') {
              const added = map.peek(name) === undefined ? 1 : 0;
              map.set(name, index, size);
              model.set(name, { value: index, size });
              expect(map.size + evictions).toBe(before + added);
            } else if (kind === 'get') {
              const found = map.get(name);
              if (found !== undefined) expect(found).toBe(model.get(name)?.value);
            } else if (kind === 'delete') {
              expect(map.delete(name)).toBe(map.size < before - evictions);
              expect(map.peek(name)).toBeUndefined();
            } else map.forgetHistory();
            const held = [...map.keys()];
            expect(held.length).toBe(map.size);
            expect(map.size).toBeLessThanOrEqual(entries);
            expect(map.bytes).toBeLessThanOrEqual(maxBytes);
            expect(held.reduce((sum, one) => sum + (model.get(one)?.size ?? Number.NaN), 0)).toBe(map.bytes);
            for (const one of held) expect(map.peek(one)).toBe(model.get(one)?.value);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps its shares right while sizes change', () => {
    // Every key grows at each use, up to a limit: accounts that miss this drift further with each of them.
    const missesWith = (map: BoundedMap<Sized>): number => {
      let misses = 0;
      for (const [index, number] of skewed(60_000, 1_000, 6).entries()) {
        for (const key of [`key ${number}`, `scan ${index}`]) {
          const found = map.get(key);
          if (found === undefined && key.startsWith('key')) misses += 1;
          const size = Math.min(100, (found?.size ?? 10) + 30);
          map.set(key, { size }, size);
        }
      }
      return misses;
    };
    const bounds = { maxEntries: 10_000, maxBytes: 20_000 };
    const ignore = (): void => {};
    const lru = missesWith(createLruMap<Sized>(bounds, 40, ignore));
    expect(missesWith(createS3FifoMap<Sized>(bounds, ignore))).toBeLessThan(0.82 * lru);
  });

  it('evicts only when a bound is reached', () => {
    let evictions = 0;
    const map = createS3FifoMap<number>({ maxEntries: 100, maxBytes: 1_000 }, () => {
      evictions += 1;
    });
    for (let round = 0; round < 50; round += 1) {
      for (let index = 0; index < 100; index += 1) map.set(`key ${index}`, index, 10);
      for (let index = 0; index < 100; index += 3) map.delete(`key ${index}`);
    }
    expect(evictions).toBe(0);
    expect(map.size).toBe(66);
  });
});

describe('createS3FifoDirectory', () => {
  it('remembers no more than twice what fits, whatever becomes of the sizes', () => {
    const [slots, maxBytes] = [1_000, 50_000];
    const sizes = new Float64Array(firstSlot + slots);
    const known = new Set<number>();
    const directory = createS3FifoDirectory({
      bounds: { maxEntries: slots, maxBytes },
      size: (slot) => sizes[slot] ?? 0,
      isResident: () => false,
      forgotten: (slot) => known.delete(slot),
    });
    directory.grow(sizes.length);
    const random = seeded(8);
    for (let step = 0; step < 20_000; step += 1) {
      const slot = firstSlot + Math.floor(random() * slots);
      const size = 100 + Math.floor(step / 100);
      directory.resize(slot, size - (sizes[slot] ?? 0));
      sizes[slot] = size;
      directory.use(slot);
      directory.shrink();
      known.add(slot);
      expect(directory.knows(slot)).toBe(true);
    }
    const remembered = [...known].reduce((sum, slot) => sum + (sizes[slot] ?? 0), 0);
    expect(remembered).toBeLessThanOrEqual(2 * maxBytes);
    expect(remembered).toBeGreaterThan(maxBytes);
  });
});

describe('createHashIndex', () => {
  it('finds each slot by its hash until it is taken or removed, chance matches among them', () => {
    const step = fc.record({ kind: fc.constantFrom('add', 'take', 'remove'), hash: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), fc.constantFrom(1, 64, 63, 0x1000_0000), (steps, stride) => {
        const hashes: number[] = [0];
        const index = createHashIndex((slot) => hashes[slot] as number);
        const model = new Map<number, Set<number>>();
        for (const { kind, hash: number } of steps) {
          const hash = Math.imul(number, stride);
          const held = model.get(hash) ?? new Set();
          model.set(hash, held);
          const [first] = held;
          if (kind === 'add') {
            hashes.push(hash);
            index.add(hashes.length - 1, hash);
            held.add(hashes.length - 1);
          } else if (kind === 'remove' && first !== undefined) {
            index.remove(first, hash);
            held.delete(first);
          } else if (kind === 'take') {
            const taken = index.take(hash);
            expect(taken === 0 ? held.size === 0 : held.delete(taken)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hashes similar keys apart', () => {
    const hashes = Array.from({ length: 10_000 }, (_, index) => hashOf(`user:${index}:profile`));
    expect(new Set(hashes).size).toBeGreaterThan(9_995);
    expect(new Set(hashes.map((hash) => hash & 1_023)).size).toBeGreaterThan(1_000);
  });
});
