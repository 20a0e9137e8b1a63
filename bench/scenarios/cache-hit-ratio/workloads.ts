import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../harness/statistics.ts';

/** Keys in the order in which they are asked for, numbered from 0. */
export interface Workload {
  readonly name: string;
  readonly ids: Int32Array;
  /** How many different keys there are. */
  readonly unique: number;
}

const numbered = (name: string, keys: ArrayLike<number>): Workload => {
  const numbers = new Map<number, number>();
  const ids = Int32Array.from(keys, (key) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  });
  return { name, ids, unique: numbers.size };
};

/**
 * Where recorded traces are looked for; none comes with the project. Published figures are of `web07` from the benchmarks of
 * cache2k (requests to a web site) and of `multi3` and `2_pools` from the authors of LIRS (several programs at once; an index
 * and its records by turns), each rewritten as `readTraces` wants it.
 */
export const traceFolder = (): string =>
  process.env.HOTPATH_TRACES ?? fileURLToPath(new URL('../../.cache/traces', import.meta.url));

const idBytes = 4;

/** Every `*.u32` file of the folder: identifiers of what was asked for, each an unsigned 32-bit little-endian integer. None where there is no folder. */
export const readTraces = (folder: string): readonly Workload[] => {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.u32'));
  } catch {
    return [];
  }
  return names.sort().map((name) => {
    const bytes = readFileSync(join(folder, name));
    if (bytes.byteLength === 0 || bytes.byteLength % idBytes !== 0) {
      throw new Error(`${join(folder, name)} has ${bytes.byteLength} bytes: a trace is a sequence of 4-byte integers.`);
    }
    const keys = Array.from({ length: bytes.byteLength / idBytes }, (_, index) => bytes.readUInt32LE(index * idBytes));
    return numbered(name.slice(0, -'.u32'.length), keys);
  });
};

/** Draws from 0 to `count - 1`, each with a probability that falls with the power `exponent` of its rank. */
const zipf = (count: number, exponent: number, random: () => number): (() => number) => {
  const cumulated = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) {
    total += 1 / (rank + 1) ** exponent;
    cumulated[rank] = total;
  }
  return () => {
    const drawn = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] as number) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
};

const length = 100_000;
const keyCount = 20_000;

const made = (name: string, keyAt: (index: number) => number): Workload =>
  numbered(
    name,
    Array.from({ length }, (_, index) => keyAt(index)),
  );

/** Mixes for a cache of `capacity` entries, the same on every machine. */
export const syntheticWorkloads = (capacity: number): readonly Workload[] => {
  const random = seededRandom(7);
  const below = (count: number): number => Math.floor(random() * count);
  const plain = zipf(keyCount, 0.99, random);
  // Numbers that no other part of a mix uses.
  const apart = 10 * keyCount;
  const scanLength = 3 * capacity;
  const phaseLength = 10 * capacity;
  const loopLength = Math.round(1.1 * capacity);
  return [
    ...[0.8, 0.99, 1.2].map((exponent) => {
      const draw = zipf(keyCount, exponent, random);
      return made(`Zipf ${exponent}`, draw);
    }),
    made('Zipf 0.99, a fifth of it scans of keys used once', (index) =>
      index % (5 * scanLength) < scanLength ? apart + index : plain(),
    ),
    made('loop 10% longer than the cache', (index) => index % loopLength),
    made('loop twice as long as the cache', (index) => index % (2 * capacity)),
    made(
      'Zipf 0.99, all keys new every 20% (project change)',
      (index) => plain() + keyCount * Math.floor((5 * index) / length),
    ),
    made(
      'working set of 90% of the cache, new every 5%',
      (index) => below(0.9 * capacity) + capacity * Math.floor((20 * index) / length),
    ),
    made('working set of 90% of the cache, sliding', (index) => below(0.9 * capacity) + Math.floor(index / 20)),
    made('each key twice, 60% of the cache apart', (index) => (index >> 1) + (index % 2 === 0 ? 0.3 * capacity : 0)),
    made('loop and sliding working set in turn', (index) =>
      Math.floor(index / phaseLength) % 2 === 0
        ? index % loopLength
        : apart + below(0.9 * capacity) + Math.floor(index / 10),
    ),
  ];
};
