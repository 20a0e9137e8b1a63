import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { answerParent, collectGarbage } from '../../harness/child.ts';
import type { PeerCache, Stored } from '../../peers/cache/peer.ts';
import { peerOf } from '../../peers/cache/peers.ts';
import { answerKey, answerSource } from './answers.ts';

export interface RetainedJob {
  /** `undefined` for the floor: what the values retain alone, or what making them costs. */
  readonly peer: string | undefined;
  readonly entries: number;
  /** Bytes of a value as JSON. */
  readonly valueBytes: number;
  /** How long to insert new entries into the full cache; 0 measures what it retains instead. */
  readonly churnMs: number;
}

export interface RetainedResult {
  /** Heap and external memory per entry after a full collection. */
  readonly bytesPerEntry: number;
  /** The same by the cache's own reckoning; 0 where it has none. */
  readonly ownBytesPerEntry: number;
}

export interface ChurnResult {
  /** Share of the time in which the collector stopped the main thread. */
  readonly gcShare: number;
  /** The longest such stop. */
  readonly longestMs: number;
  readonly insertUs: number;
  /** CPU of all threads per insert, the collector's helpers included. */
  readonly cpuUs: number;
}

const mostWarmEntries = 5_000;

const heldBytes = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const load = async (): Promise<never> => {
  throw new Error('Nothing is loaded here.');
};

const createCache = async (name: string | undefined, entries: number, keeps: boolean): Promise<PeerCache> => {
  if (name !== undefined) return peerOf(name).create({ maxEntries: entries, load });
  const kept: [string, Stored][] = [];
  return { setNow: (key, value) => (keeps ? kept.push([key, value]) : value), getNow: () => kept[0]?.[1] };
};

const measureRetained = async ({ peer, entries, valueBytes }: RetainedJob): Promise<RetainedResult> => {
  const answerOf = answerSource(valueBytes);
  const fill = async (count: number): Promise<PeerCache> => {
    const cache = await createCache(peer, count, true);
    const set = cache.setNow ?? cache.set;
    for (let id = 0; id < count; id += 1) await set?.(answerKey(id), answerOf(id));
    return cache;
  };
  // A first one brings in all code, optimised, and everything that is made once.
  const first = await fill(Math.min(entries, mostWarmEntries));
  await first.close?.();
  await collectGarbage();
  const before = heldBytes();
  const cache = await fill(entries);
  await collectGarbage();
  const bytesPerEntry = (heldBytes() - before) / entries;
  const last = await (cache.getNow ?? cache.get)?.(answerKey(entries - 1));
  if (last === undefined) throw new Error('The last entry is gone.');
  return { bytesPerEntry, ownBytesPerEntry: ((await cache.bytes?.()) ?? 0) / entries };
};

const measureChurn = async ({ peer, entries, valueBytes, churnMs }: RetainedJob): Promise<ChurnResult> => {
  const answerOf = answerSource(valueBytes);
  const cache = await createCache(peer, entries, false);
  const set = cache.setNow ?? cache.set;
  let id = 0;
  const insert = async (count: number): Promise<void> => {
    for (const end = id + count; id < end; id += 1) {
      const setting = set?.(answerKey(id), answerOf(id));
      if (setting instanceof Promise) await setting;
    }
    await turn();
  };
  // Twice the bound: what was kept from the start has been pushed out, and the old generation has its working size.
  while (id < 2 * entries) await insert(100);

  let stoppedMs = 0;
  let longestMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      stoppedMs += duration;
      longestMs = Math.max(longestMs, duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const cpu = process.cpuUsage();
  const started = performance.now();
  const firstId = id;
  while (performance.now() - started < churnMs) await insert(100);
  const elapsedMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const inserted = id - firstId;
  await turn();
  await turn();
  observer.disconnect();
  return {
    gcShare: stoppedMs / elapsedMs,
    longestMs,
    insertUs: (elapsedMs * 1000) / inserted,
    cpuUs: (user + system) / inserted,
  };
};

await answerParent(
  (job: RetainedJob): Promise<RetainedResult | ChurnResult> =>
    job.churnMs > 0 ? measureChurn(job) : measureRetained(job),
);
