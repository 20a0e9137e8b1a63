import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes one folder for this user alone. Returns whether it is there now; throws what is not a missing parent. */
const make = (path: string): boolean => {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
};

/**
 * Makes a folder and the missing ones above it. Node's own `recursive` never returns where a folder neither exists nor
 * can be made, as those under `/proc`.
 */
export const makeFolder = (path: string): void => {
  const parent = dirname(path);
  if (make(path)) return;
  if (parent !== path) makeFolder(parent);
  if (!make(path)) throw new Error(`the folder ${path} cannot be made`);
};
