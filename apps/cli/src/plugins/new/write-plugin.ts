import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError, fileUnusable } from '../../errors.ts';

const pluginExists = (folder: string): CliError =>
  new CliError('CLI_PLUGIN_EXISTS', `${folder} is there already, and is left as it is. Choose another name or folder.`);

/** Removes the folder where it is empty. Throws `CLI_PLUGIN_EXISTS` where there is anything in it. */
const makeRoom = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error.code === 'ENOTDIR' ? pluginExists(folder) : error;
  });
  if (names === undefined) return;
  if (names.length > 0) throw pluginExists(folder);
  await rmdir(folder);
};

/**
 * Writes a new folder in one step: whatever interrupts it, there is all of it or nothing. Throws `CLI_PLUGIN_EXISTS` and
 * `CLI_FILE_UNUSABLE`; nothing is ever overwritten.
 */
export const writePlugin = async (
  folder: string,
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  let draft: string | undefined;
  try {
    await makeRoom(folder);
    await mkdir(dirname(folder), { recursive: true });
    // A name that begins with a dot is no plugin, should it stay.
    draft = await mkdtemp(join(dirname(folder), '.hotpath-plugin-'));
    for (const [path, text] of Object.entries(files)) {
      signal.throwIfAborted();
      const file = join(draft, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await rename(draft, folder);
    draft = undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw pluginExists(folder);
    throw error instanceof Error && 'syscall' in error ? fileUnusable(folder, error) : error;
  } finally {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
  }
};
