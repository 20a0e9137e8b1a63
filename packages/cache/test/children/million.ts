// Does everything that a cache can do, over and over, and prints what the heap holds after so many operations.
import { setTimeout as sleep } from 'node:timers/promises';
import { type CacheStore, createCache } from '../../src/index.ts';
import { bufferStore, memoryStore } from '../../src/stores/memory.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';

const [path = '', flaw = ''] = process.argv.slice(2);
const marks = process.argv.slice(4).map(Number);

const collect = async (): Promise<number> => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('Run this with --expose-gc.');
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round += 1) {
    // Array buffers are freed on another thread, and what waits to be written holds its values.
    await sleep(60);
    gc();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
};

let time = 1_700_000_000_000;
const now = (): number => time;
const disk = sqliteStore({ path, maxBytes: 4 * 1024 * 1024, now });
const cache = createCache<string>({
  tiers: [
    { store: memoryStore({ maxEntries: 200, now }), ttlMs: 60_000 },
    { store: bufferStore({ maxEntries: 1_000, maxBytes: 1024 * 1024, evictionPolicy: 's3-fifo', now }) as CacheStore },
    { store: disk as CacheStore },
  ],
  now,
  ttlMs: 300_000,
  graceMs: 60_000,
  staleWhileRevalidateMs: 1_000,
  negativeTtlMs: 500,
  jitter: 0.1,
  sliding: true,
});

let state = 1;
const random = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
/** What somebody forgets to let go. */
const forgotten: unknown[] = [];
const failing = (): never => {
  throw new Error('upstream');
};

let serial = 0;
/** Keys, tags, namespaces and globs come and go for ever; a few are used again and again. */
const act = async (): Promise<void> => {
  serial += 1;
  if (flaw !== '') forgotten.push(Array(16).fill(serial));
  time += random(20);
  const key = random(3) === 0 ? `often ${random(300)}` : `key ${serial - random(2_000)}`;
  const tags = [`tag ${serial >> 4}`, `group ${random(50)}`];
  const dice = random(1_000);
  if (dice < 300) await cache.get(key);
  else if (dice < 400) cache.peek(key);
  else if (dice < 550) await cache.set(key, `value ${serial}`.repeat(1 + random(20)), { tags });
  else if (dice < 750) await cache.getOrSet(key, () => `loaded ${serial}`, { tags, earlyRefresh: 1 });
  else if (dice < 800) await cache.getOrSet(key, async () => `later ${serial}`, { tags, hardTimeoutMs: 10_000 });
  else if (dice < 830) await cache.getOrSet(key, failing, { softTimeoutMs: 50 });
  else if (dice < 850) await cache.getOrSet(key, () => undefined as unknown as string);
  else if (dice < 870) {
    const controller = new AbortController();
    const left = cache.getOrSet(key, () => sleep(1, `slow ${serial}`), { signal: controller.signal });
    controller.abort();
    await left;
  } else if (dice < 900) await cache.getMany([key, `key ${serial}`, `often ${random(300)}`]);
  else if (dice < 920) await cache.delete(key);
  else if (dice < 940) await cache.namespace<string>(`space ${serial >> 4}`).set(key, 'inside', { tags });
  else if (dice < 960) await cache.deleteTag(`tag ${(serial >> 4) - random(20)}`);
  else if (dice < 980) await cache.clear(`space ${(serial >> 4) - random(20)}`);
  else if (dice < 985) await cache.deleteMatching(`key ${serial - random(1_000)}*`);
  else if (dice < 988) await cache.wrap(async (name: string) => `wrapped ${name}`, { name: 'wrapped' })(key);
  else if (dice === 990) await cache.flush();
  else if (dice === 991) await cache.stats();
  // Not later: it would also take away what somebody forgot.
  else if (dice === 992 && serial < 200_000 && random(50) === 0) await cache.clear();
  else if (dice === 993 && random(20) === 0) await cache.warm({ top: 100 });
};

/** Who joins a load that fails hears of it too. */
const expected = new Set(['upstream', 'This operation was aborted']);
const problems = new Set<string>();
const note = ({ message }: Error): void => {
  if (!expected.has(message)) problems.add(message);
};

const lanes = 16;
const held: number[] = [];
for (const mark of marks) {
  const lane = async (): Promise<void> => {
    while (serial < mark) await act().catch(note);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await cache.flush();
  held.push(await collect());
}
const { tiers, loads } = await cache.stats();
await cache.close();
const tierCounts = tiers.map(({ name, hits, entries, errors }) => ({ name, hits, entries, errors }));
process.stdout.write(JSON.stringify({ held, loads, problems: [...problems], tiers: tierCounts }));
// Held to the end.
process.exitCode = forgotten.length < 0 ? 1 : 0;
