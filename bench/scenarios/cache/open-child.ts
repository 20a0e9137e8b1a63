import { answerParent } from '../../harness/child.ts';
import { diskPeerOf } from '../../peers/cache/disk-peers.ts';
import { answerKey, answerSource } from './answers.ts';
import { withFolder } from './disk-folder.ts';

export interface OpenJob {
  readonly step: 'fill' | 'open';
  readonly peer: string;
  /** `undefined` for a new, empty one each time. */
  readonly folder: string | undefined;
  readonly entries: number;
  readonly valueBytes: number;
}

export interface OpenResult {
  /** From before the library is imported until the first read has an answer. */
  readonly firstMs: number;
  /** The same once more in the same process, on the same files. */
  readonly againMs: number;
}

const batchEntries = 1_000;

const fill = async ({ peer, entries, valueBytes }: OpenJob, folder: string): Promise<object> => {
  const cache = await diskPeerOf(peer).open(folder);
  const answerOf = answerSource(valueBytes);
  for (let from = 0; from < entries; from += batchEntries) {
    const batch = Array.from({ length: batchEntries }, (_, index) => from + index);
    await cache.writeMany?.(batch.map((id) => [answerKey(id), answerOf(id)]));
  }
  await cache.close();
  return {};
};

const open = async ({ peer, entries }: OpenJob, folder: string): Promise<OpenResult> => {
  const key = answerKey(Math.floor(entries / 2));
  const time = async (): Promise<number> => {
    const started = performance.now();
    const cache = await diskPeerOf(peer).open(folder);
    const value = await cache.read(key);
    const tookMs = performance.now() - started;
    if ((value !== undefined) !== entries > 0) throw new Error(`The read of an entry answered ${typeof value}.`);
    await cache.close();
    return tookMs;
  };
  return { firstMs: await time(), againMs: await time() };
};

await answerParent((job: OpenJob) => {
  const work = (folder: string): Promise<object> => (job.step === 'fill' ? fill(job, folder) : open(job, folder));
  return job.folder === undefined ? withFolder(work) : work(job.folder);
});
