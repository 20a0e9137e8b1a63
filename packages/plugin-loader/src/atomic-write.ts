import { dirname } from 'node:path';
import { fs } from './file-system.ts';
import { makeFolder } from './make-folder.ts';

let written = 0;

const besides = (path: string): string => {
  written += 1;
  return `${path}.${process.pid}.${Date.now().toString(36)}.${written}.tmp`;
};

/**
 * Puts a whole file in the place of another: who reads meanwhile sees the old or the new one, never a part. Which plugins somebody has is
 * nobody else's business: the file, and folders that are made for it, are this user's alone.
 */
export const writeAtomically = async (path: string, content: string | Uint8Array): Promise<void> => {
  const { promises } = fs;
  const temporary = besides(path);
  makeFolder(dirname(path));
  try {
    await promises.writeFile(temporary, content, { mode: 0o600 });
    await promises.rename(temporary, path);
  } catch (error) {
    await promises.rm(temporary, { force: true });
    throw error;
  }
};

/** The same before the next line runs. */
export const writeAtomicallySync = (path: string, content: string): void => {
  const temporary = besides(path);
  makeFolder(dirname(path));
  try {
    fs.writeFileSync(temporary, content, { mode: 0o600 });
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
};
