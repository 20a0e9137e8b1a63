import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

let written = 0;

const besides = (path: string): string => {
  written += 1;
  return `${path}.${process.pid}.${Date.now().toString(36)}.${written}.tmp`;
};

/** Puts a whole file in the place of another: who reads meanwhile sees the old or the new one, never a part. */
export const writeAtomically = async (path: string, content: string | Uint8Array): Promise<void> => {
  const temporary = besides(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};

/** The same before the next line runs. */
export const writeAtomicallySync = (path: string, content: string): void => {
  const temporary = besides(path);
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};
