import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError, fileUnusable } from '../errors.ts';

export interface ReplaceOptions {
  /** What the file held when it was read. */
  readonly before: string;
  /** Looks at the new text in a file beside the old one, before it takes its place; what it throws leaves the old one. */
  readonly check: (file: string) => Promise<void>;
}

/**
 * Puts a new text in the place of a file in one step: nobody ever sees half of it. A link stays one, and permissions stay
 * what they are. Throws `CLI_FILE_UNUSABLE`, and `CLI_FILE_CHANGED` where somebody else has written meanwhile.
 */
export const replaceFile = async (path: string, text: string, { before, check }: ReplaceOptions): Promise<void> => {
  let partial: string | undefined;
  try {
    const target = await realpath(path);
    const { mode } = await stat(target);
    // The same ending, by which its syntax is known.
    const name = `.${randomBytes(6).toString('hex')}.${basename(target)}`;
    partial = join(dirname(target), name);
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(partial, mode & 0o7777);
    await check(partial);
    if ((await readFile(target, 'utf8')) !== before) {
      throw new CliError('CLI_FILE_CHANGED', `${path} was changed by somebody else meanwhile. Try again.`);
    }
    await rename(partial, target);
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? fileUnusable(path, error) : error;
  } finally {
    if (partial !== undefined) await rm(partial, { force: true });
  }
};
