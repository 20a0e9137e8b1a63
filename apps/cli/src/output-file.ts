import { open, rename, rm } from 'node:fs/promises';
import { fileUnusable } from './errors.ts';
import { writeOut } from './terminal.ts';

/** Where a long output goes: a file, or standard output. */
export interface Output {
  write(text: string): Promise<void>;
  /** Everything is written: the file takes its name. */
  finish(): Promise<void>;
  /** Leaves no half file behind. */
  discard(): Promise<void>;
}

const nothing = async (): Promise<void> => {};

/**
 * The file is made for this user alone (0600) and has its name only when it is whole; one of that name is replaced.
 * Without a path, standard output. Throws `CLI_FILE_UNUSABLE`.
 */
export const openOutput = async (path: string | undefined): Promise<Output> => {
  if (path === undefined) return { write: writeOut, finish: nothing, discard: nothing };
  const partial = `${path}.partial-${process.pid}`;
  const guarded = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw fileUnusable(path, error);
    }
  };
  // One of that name was left by a process that was killed: in a container all have the same id.
  const file = await guarded(() => open(partial, 'w', 0o600));
  return {
    write: (text) => guarded(() => file.writeFile(text)),
    finish: () =>
      guarded(async () => {
        await file.sync();
        await file.close();
        await rename(partial, path);
      }),
    discard: async () => {
      await file.close().catch(() => {});
      await rm(partial, { force: true });
    },
  };
};
