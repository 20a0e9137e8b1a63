import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { oneLine } from './plain-text.ts';

/** The models that were listed last, one a line, for shells to complete with. */
export const modelsFileIn = (cacheFolder: string): string => join(cacheFolder, 'models.txt');

/** Keeps a list of models for shells. That it cannot be kept is nobody's business. */
export const rememberModels = async (cacheFolder: string, ids: readonly string[]): Promise<void> => {
  const file = modelsFileIn(cacheFolder);
  const partial = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { mode: 0o700 }).catch(() => {});
    await writeFile(partial, ids.map((id) => `${oneLine(id)}\n`).join(''), { mode: 0o600 });
    await rename(partial, file);
  } catch {
    // A folder that cannot be written to.
  }
};
