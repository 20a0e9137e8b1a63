// Fills a store beyond its bound and prints what it says it retains and what the process really retains for it.
import type { CacheEntry, CacheStore } from '../../src/store.ts';
import { bufferStore, memoryStore } from '../../src/stores/memory.ts';
import { makers } from './memory-values.ts';

const maxBytes = Number(process.argv[2]);
const plan = process.argv[3] ?? '';

const collect = async (): Promise<number> => {
  const gc = globalThis.gc;
  if (gc === undefined) throw new Error('Run this with --expose-gc.');
  let least = Number.POSITIVE_INFINITY;
  for (let unchanged = 0; unchanged < 4; unchanged += 1) {
    // Registers of the running stack keep what was used last, and array buffers are freed on another thread.
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
    // What array buffers hold is part of `external`.
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external < least - 10_000) unchanged = 0;
    least = Math.min(least, heapUsed + external);
  }
  return least;
};

const start = 1_700_000_000_000;

/** The same literal as the cache's, loads known and unknown. */
const entryOf = (value: unknown, serial: number): CacheEntry => ({
  value,
  createdAt: start + serial,
  expiresAt: start + serial + 3_600_000,
  staleAt: undefined,
  loadMs: serial % 2 === 0 ? undefined : serial / 16 + 0.01,
  costUsd: undefined,
  tags: undefined,
  absent: undefined,
  fence: undefined,
  version: 0,
});

/** Sets new entries until the store is full and has turned over by half: what was evicted leaves its traces too. */
const fill = async (store: CacheStore, kind: string): Promise<void> => {
  const make = makers[kind];
  if (make === undefined) throw new Error(`There is no kind of value called ${kind}.`);
  const evictedBefore = (await store.usage()).evictions;
  for (let serial = 0; ; serial += 1) {
    store.set(`tenant:7:${kind.length}:user:${serial}`, entryOf(make(), serial));
    if (serial % 16 !== 0) continue;
    const { evictions, entries, refused } = await store.usage();
    if (evictions > evictedBefore && serial >= 1.5 * entries) return;
    if (refused !== undefined && refused > 0)
      throw new Error(`${kind} are too large for a store of ${maxBytes} bytes.`);
  }
};

/** A plan names the store and the kinds of values that fill it one after another, as in `memory: short texts, bytes`. */
const filled = async (bytes: number): Promise<CacheStore> => {
  const [name, kinds = ''] = plan.split(': ');
  const options = { maxBytes: bytes, now: () => start };
  const store =
    name === 'buffer'
      ? (bufferStore({ ...options, maxEntries: 5_000 }) as CacheStore)
      : memoryStore({ ...options, ...(name !== 'memory' && { maxEntries: 60_000 }) });
  for (const kind of kinds.split(', ')) await fill(store, kind);
  return store;
};

// Compiled code and hidden classes are there before anything is measured.
await filled(maxBytes / 8);
const before = await collect();
const store = await filled(maxBytes);
const retained = (await collect()) - before;
console.log(JSON.stringify({ retained, ...(await store.usage()) }));
