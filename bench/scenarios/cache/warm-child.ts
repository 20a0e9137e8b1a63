import { createCache } from '@hotpath/cache';
import { bufferStore, memoryStore } from '@hotpath/cache/stores/memory';
import { sqliteStore } from '@hotpath/cache/stores/sqlite';
import { answerParent } from '../../harness/child.ts';
import { type Answer, answerKey, answerSource } from './answers.ts';

export interface WarmJob {
  readonly step: 'fill' | 'warm' | 'get';
  readonly folder: string;
  readonly entries: number;
  /** Entries that are in use, and that are to be brought back. */
  readonly top: number;
  readonly valueBytes: number;
}

export interface WarmResult {
  readonly tookMs: number;
  /** Of the entries in use, those in memory afterwards. */
  readonly inMemory: number;
}

const usesOfEach = 3;

const openCache = ({ folder, top }: WarmJob) =>
  createCache<Answer>({
    tiers: [
      { store: memoryStore() },
      { store: bufferStore({ maxEntries: top }) },
      { store: sqliteStore({ path: `${folder}/cache.db` }) },
    ],
    ttlMs: 3_600_000,
  });

const fill = async (job: WarmJob): Promise<object> => {
  const cache = openCache(job);
  const answerOf = answerSource(job.valueBytes);
  for (let id = 0; id < job.entries; id += 1) await cache.set(answerKey(id), answerOf(id));
  for (let use = 0; use < usesOfEach; use += 1) {
    for (let id = 0; id < job.top; id += 1) await cache.get(answerKey(id));
  }
  await cache.close();
  return {};
};

const measure = async (job: WarmJob): Promise<WarmResult> => {
  const cache = openCache(job);
  const started = performance.now();
  if (job.step === 'warm') await cache.warm({ top: job.top, budgetMs: 10_000 });
  else for (let id = 0; id < job.top; id += 1) await cache.get(answerKey(id));
  const tookMs = performance.now() - started;
  let inMemory = 0;
  for (let id = 0; id < job.top; id += 1) if (cache.peek(answerKey(id)) !== undefined) inMemory += 1;
  await cache.close();
  return { tookMs, inMemory };
};

await answerParent((job: WarmJob): Promise<object> => (job.step === 'fill' ? fill(job) : measure(job)));
