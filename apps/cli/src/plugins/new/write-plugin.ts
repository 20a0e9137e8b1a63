import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError, fileUnusable } from '../../errors.ts';
import { makeFolder, sharedFolder } from '../../make-folder.ts';

const pluginExists = (folder: string): CliError =>
  new CliError('CLI_PLUGIN_EXISTS', `${folder} is there already, and is left as it is. Choose another name or folder.`);

/**
 * Writes a new folder in one step: whatever interrupts it, there is all of it or nothing. Throws `CLI_PLUGIN_EXISTS` and
 * `CLI_FILE_UNUSABLE`; nothing is ever overwritten.
 */
export const writePlugin = async (
  folder: string,
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  // A name that begins with a dot is no plugin, should it stay.
  const draft = join(dirname(folder), `.${basename(folder)}-${process.pid}`);
  try {
    makeFolder(draft, sharedFolder);
    for (const [path, text] of Object.entries(files)) {
      signal.throwIfAborted();
      const file = join(draft, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    // An empty folder of that name is as good as none; one with anything in it cannot be removed.
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(draft, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') throw pluginExists(folder);
    throw error instanceof Error && 'syscall' in error ? fileUnusable(folder, error) : error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};
