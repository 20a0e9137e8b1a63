import { dirname } from 'node:path';
import { fs } from './file-system.ts';

/** One that is there already, as another process was faster, is as good. */
const makeIt = (folder: string): void => {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/**
 * Makes a folder with those above it that are missing, for this user alone. Not `recursive`, which never returns where a folder neither
 * exists nor can be made, as those under `/proc`.
 */
export const makeFolder = (folder: string): void => {
  try {
    makeIt(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    makeIt(folder);
  }
};
