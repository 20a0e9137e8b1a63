import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const parent = fileURLToPath(new URL('../../.cache/disk', import.meta.url));

/** A new folder on the disk of the checkout: a temporary folder of the system may be memory. */
export const newFolder = (): string => {
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(`${parent}/`);
};

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Runs `work` in a folder of its own, which is gone afterwards. */
export const withFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = newFolder();
  try {
    return await work(folder);
  } finally {
    removeFolder(folder);
  }
};
