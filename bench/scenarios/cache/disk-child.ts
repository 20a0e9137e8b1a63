import { answerParent, collectGarbage } from '../../harness/child.ts';
import { quantile, seededRandom } from '../../harness/statistics.ts';
import type { DiskCache } from '../../peers/cache/disk-peer.ts';
import { diskPeerOf } from '../../peers/cache/disk-peers.ts';
import { type Answer, answerKey, answerSource } from './answers.ts';
import { withFolder } from './disk-folder.ts';

export interface DiskJob {
  readonly peer: string;
  readonly entries: number;
  /** Reads of each pass, and writes that are each made durable, as far as the time for those goes. */
  readonly operations: number;
  readonly valueBytes: number;
  readonly seed: number;
}

export interface DiskResult {
  readonly readUs: number;
  readonly missUs: number;
  /** Per entry, gathered 1,000 at a time, durable at the end of each; absent for those that cannot gather. */
  readonly batchedUs?: number;
  /** Per entry, each durable. */
  readonly durableUs: number;
  /** 99% of the durable writes took less. */
  readonly durableP99Us: number;
}

const batchEntries = 1_000;
const mostWritingMs = 2_000;
/** For what goes on in the background after a write. */
const settleMs = 400;

const sinceUs = (started: number): number => (performance.now() - started) * 1000;

/** Reads `count` keys in random order. `due` says whether they are there. */
const reads = async (
  cache: DiskCache,
  keys: readonly string[],
  count: number,
  seed: number,
  due: boolean,
): Promise<number> => {
  const random = seededRandom(seed);
  const order = Array.from({ length: count }, () => keys[Math.floor(random() * keys.length)] ?? '');
  let found = 0;
  const started = performance.now();
  for (const key of order) {
    const reading = cache.read(key);
    const value = reading instanceof Promise ? await reading : reading;
    if (value !== undefined) found += 1;
  }
  const tookUs = sinceUs(started);
  if (found !== (due ? count : 0)) throw new Error(`${found} of ${count} keys were found.`);
  return tookUs / count;
};

const measureIn = async (folder: string, job: DiskJob): Promise<DiskResult> => {
  const { entries, operations, valueBytes, seed } = job;
  const peer = diskPeerOf(job.peer);
  const cache = await peer.open(folder);
  const answerOf = answerSource(valueBytes);
  const pairs = Array.from({ length: entries }, (_, id): readonly [string, Answer] => [answerKey(id), answerOf(id)]);
  const keys = pairs.map(([key]) => key);

  let batchedUs: number | undefined;
  if (cache.writeMany === undefined) {
    for (const [key, value] of pairs) await cache.write(key, value);
  } else {
    const started = performance.now();
    for (let from = 0; from < entries; from += batchEntries)
      await cache.writeMany(pairs.slice(from, from + batchEntries));
    batchedUs = sinceUs(started) / entries;
  }

  const random = seededRandom(seed);
  const tookUs: number[] = [];
  const writing = performance.now();
  while (tookUs.length < operations && performance.now() - writing < mostWritingMs) {
    const id = Math.floor(random() * entries);
    const value = answerOf(id);
    const started = performance.now();
    await cache.write(keys[id] ?? '', value);
    tookUs.push(sinceUs(started));
  }

  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const first = (await cache.read(keys[entries - 1] ?? '')) as Answer | undefined;
  if (first === undefined) throw new Error('The last entry is not there.');
  await reads(cache, keys, operations, seed, true);
  await collectGarbage();
  const readUs = await reads(cache, keys, operations, seed + 1, true);
  // A library that rejects on a miss is not asked for one.
  const missing = keys.map((_, id) => answerKey(id + entries));
  const missUs = peer.slow ? Number.NaN : await reads(cache, missing, operations, seed + 2, false);
  await cache.close();
  return {
    readUs,
    missUs,
    ...(batchedUs !== undefined && { batchedUs }),
    durableUs: tookUs.reduce((sum, each) => sum + each, 0) / tookUs.length,
    durableP99Us: quantile(tookUs, 0.99),
  };
};

await answerParent((job: DiskJob) => withFolder((folder) => measureIn(folder, job)));
