import { constants, copyFile, link, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@hotpath/runtime';

/** Where the bytes of files and batches are. All of it is this user's alone. */
export interface Place {
  readonly database: string;
  /** Held by the one process that runs batches. */
  readonly lock: string;
  file(id: string): string;
  /** Something that is still arriving. */
  incoming(id: string): string;
  /** What a batch works on; gone when it has ended. */
  input(batchId: string): string;
  journal(batchId: string): string;
  /** Written to see whether it can be, and removed. */
  probe(batchId: string): string;
  /** Of Anthropic's kind, where no file holds them. */
  results(batchId: string): string;
  /** Makes the folder of a batch. */
  makeBatch(batchId: string): void;
  removeBatch(batchId: string): Promise<void>;
  /** Those that have a folder. */
  batches(): Promise<readonly string[]>;
  /** Removes what a crash left of before `at`: uploads, and files and batches that are not `known`. */
  tidy(
    at: number,
    known: { readonly file: (id: string) => boolean; readonly batch: (id: string) => boolean },
  ): Promise<void>;
}

export const createPlace = (folder: string): Place => {
  const files = join(folder, 'files');
  const incoming = join(folder, 'incoming');
  const work = join(folder, 'work');
  for (const each of [files, incoming, work]) makeFolder(each);
  const ofBatch = (id: string, name: string): string => join(work, id, name);

  const removeOld = async (from: string, at: number, isKept: (name: string) => boolean): Promise<void> => {
    for (const name of await readdir(from)) {
      const path = join(from, name);
      if (isKept(name)) continue;
      const status = await stat(path).catch(() => undefined);
      if (status && status.mtimeMs < at) await rm(path, { recursive: true, force: true });
    }
  };

  return {
    database: join(folder, 'batches.sqlite'),
    lock: join(folder, 'runner.lock'),
    file: (id) => join(files, id),
    incoming: (id) => join(incoming, id),
    input: (id) => ofBatch(id, 'input.jsonl'),
    journal: (id) => ofBatch(id, 'journal'),
    probe: (id) => ofBatch(id, 'probe'),
    results: (id) => ofBatch(id, 'results.jsonl'),
    makeBatch: (id) => makeFolder(join(work, id)),
    removeBatch: (id) => rm(join(work, id), { recursive: true, force: true }),
    batches: () => readdir(work),
    async tidy(at, known) {
      await removeOld(incoming, at, () => false);
      await removeOld(files, at, known.file);
      await removeOld(work, at, known.batch);
    },
  };
};

/** The same bytes under a second name: without copying them where the file system can. */
export const shareFile = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
};

/** Makes the names in a folder outlive a loss of power. */
export const syncFolder = async (folder: string): Promise<void> => {
  // Windows cannot open one, and needs no such thing.
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync().catch(() => {});
  } finally {
    await handle?.close();
  }
};
