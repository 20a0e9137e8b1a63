import { answerParent, collectGarbage } from '../../harness/child.ts';
import { seededRandom } from '../../harness/statistics.ts';
import type { PeerCache, Stored } from '../../peers/cache/peer.ts';
import { peerOf } from '../../peers/cache/peers.ts';
import { type Profile, profileKeys, profileOf } from './profiles.ts';

export interface MemoryJob {
  readonly peer: string;
  readonly entries: number;
  readonly warmMs: number;
  readonly windowMs: number;
  readonly seed: number;
}

export const operations = ['hit', 'awaited', 'getOrSet', 'miss', 'update', 'insert'] as const;
export type Operation = (typeof operations)[number];

/** Nanoseconds per operation; absent where the library has no such call. Without `hit`, it answers by promise alone. */
export type MemoryResult = Partial<Readonly<Record<Operation, number>>>;

/** Runs one operation `count` times from position `from`, and throws when an answer is not the one expected. */
type Run = (from: number, count: number) => Promise<void> | void;

const orderMask = 2 ** 17 - 1;
const idOf = (value: Stored | null | undefined): number => (value as Profile | undefined)?.id ?? Number.NaN;

const check = (actual: number, expected: number, what: string): void => {
  if (actual !== expected) throw new Error(`${what}: got ${actual} where ${expected} was due.`);
};

/** Every run is a loop of its own, so that V8 optimises each call site for one callee. Answers are summed: none can be left out. */
const runsOf = (cache: PeerCache, bounded: boolean, entries: number, seed: number) => {
  const random = seededRandom(seed);
  const order = Uint32Array.from({ length: orderMask + 1 }, () => Math.floor(random() * entries));
  const present = profileKeys(0, entries);
  const missing = profileKeys(10_000_000, 10_000_000 + entries);
  // Inserted in turn: when a key's turn comes again, the bound has long pushed it out.
  const ring = profileKeys(20_000_000, 20_000_000 + 2 * entries);
  const indexAt = (position: number): number => order[position & orderMask] ?? 0;
  const { getNow, get, setNow, set, getOrSet } = cache;

  const runs: Partial<Record<Operation, Run>> = {};
  if (getNow !== undefined) {
    runs.hit = (from, count) => {
      let sum = 0;
      let due = 0;
      for (let position = from; position < from + count; position += 1) {
        const index = indexAt(position);
        sum += idOf(getNow(present[index] ?? ''));
        due += index;
      }
      check(sum, due, 'hit');
    };
    runs.miss = (from, count) => {
      let missed = 0;
      for (let position = from; position < from + count; position += 1) {
        if (getNow(missing[indexAt(position)] ?? '') === undefined) missed += 1;
      }
      check(missed, count, 'miss');
    };
  }
  if (get !== undefined) {
    runs.awaited = async (from, count) => {
      let sum = 0;
      let due = 0;
      for (let position = from; position < from + count; position += 1) {
        const index = indexAt(position);
        sum += idOf(await get(present[index] ?? ''));
        due += index;
      }
      check(sum, due, 'awaited hit');
    };
    runs.miss ??= async (from, count) => {
      let missed = 0;
      for (let position = from; position < from + count; position += 1) {
        if ((await get(missing[indexAt(position)] ?? '')) === undefined) missed += 1;
      }
      check(missed, count, 'awaited miss');
    };
  }
  if (getOrSet !== undefined) {
    runs.getOrSet = async (from, count) => {
      let sum = 0;
      let due = 0;
      for (let position = from; position < from + count; position += 1) {
        const index = indexAt(position);
        sum += idOf(await getOrSet(present[index] ?? ''));
        due += index;
      }
      check(sum, due, 'getOrSet');
    };
  }
  if (setNow !== undefined) {
    runs.update = (from, count) => {
      for (let position = from; position < from + count; position += 1) {
        const index = indexAt(position);
        setNow(present[index] ?? '', profileOf(index));
      }
    };
    runs.insert = (from, count) => {
      for (let position = from; position < from + count; position += 1) {
        const index = position % ring.length;
        setNow(ring[index] ?? '', profileOf(index));
      }
    };
  } else if (set !== undefined) {
    runs.update = async (from, count) => {
      for (let position = from; position < from + count; position += 1) {
        const index = indexAt(position);
        await set(present[index] ?? '', profileOf(index));
      }
    };
    runs.insert = async (from, count) => {
      for (let position = from; position < from + count; position += 1) {
        const index = position % ring.length;
        await set(ring[index] ?? '', profileOf(index));
      }
    };
  }
  if (!bounded) delete runs.insert;

  const fill = async (): Promise<void> => {
    const keys = profileKeys(0, entries);
    for (const [index, key] of keys.entries()) await (setNow ?? set)?.(key, profileOf(index));
  };
  /** An insert that evicts leaves the newest key and none of the first ones. */
  const checkEviction = async (inserted: number): Promise<void> => {
    const ask = async (key: string | undefined) => idOf(await (getNow ?? get)?.(key ?? ''));
    const newest = (inserted - 1) % ring.length;
    check(await ask(ring[newest]), newest, 'newest entry');
    if (inserted < entries) return;
    const gone = await ask(present[0]);
    if (!Number.isNaN(gone)) throw new Error('The cache holds more than its bound.');
  };
  return { runs, fill, checkEviction };
};

interface Progress {
  position: number;
  step: number;
}

/** Runs for at least `durationMs`, in steps short enough to look at the clock in between. Returns nanoseconds per operation. */
const time = async (run: Run, durationMs: number, state: Progress): Promise<number> => {
  const started = performance.now();
  const first = state.position;
  let elapsed = 0;
  while (elapsed < durationMs) {
    const at = performance.now();
    const running = run(state.position, state.step);
    if (running !== undefined) await running;
    state.position += state.step;
    const took = performance.now() - at;
    if (took < 0.5) state.step *= 2;
    elapsed = performance.now() - started;
  }
  return (elapsed * 1e6) / (state.position - first);
};

const measure = async ({ peer: name, entries, warmMs, windowMs, seed }: MemoryJob): Promise<MemoryResult> => {
  const peer = peerOf(name);
  const cache = await peer.create({
    maxEntries: entries,
    load: async (key) => {
      throw new Error(`${key} was loaded, yet it is in the cache.`);
    },
  });
  const { runs, fill, checkEviction } = runsOf(cache, peer.bounded, entries, seed);
  await fill();
  // A little of everything first: nobody's cache sees hits alone, and what V8 assumes after hits alone would not last.
  const states = new Map(operations.map((operation) => [operation, { position: 0, step: 16 }]));
  const timed = async (operation: Operation, durationMs: number): Promise<number> => {
    const run = runs[operation];
    const state = states.get(operation);
    if (run === undefined || state === undefined) return Number.NaN;
    const nanoseconds = await time(run, durationMs, state);
    if (operation === 'insert') await checkEviction(state.position);
    return nanoseconds;
  };
  for (const operation of operations) await timed(operation, warmMs / 4);
  await fill();
  const result: Partial<Record<Operation, number>> = {};
  for (const operation of operations) {
    if (runs[operation] === undefined) continue;
    const before = states.get(operation)?.position ?? 0;
    // Until every entry has been met about once, within reason: the first meeting is dearer, and only the first.
    for (let pass = 0; pass < 4; pass += 1) {
      await timed(operation, warmMs);
      if ((states.get(operation)?.position ?? 0) - before >= entries) break;
    }
    await collectGarbage();
    result[operation] = await timed(operation, windowMs);
  }
  return result;
};

await answerParent(measure);
