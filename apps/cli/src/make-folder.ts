import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Makes a folder and the missing ones above it, for this user alone unless `mode` says otherwise. Node's own `recursive` never returns
 * where a folder neither exists nor can be made, as those under `/proc`. Here, since the runtime's would be read at the start of commands
 * that need nothing else of it.
 */
export const makeFolder = (folder: string, mode = 0o700): void => {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(folder)) throw error;
  }
};

/** Whoever shares a project may look into its folders: what the user's own settings say holds. */
export const sharedFolder = 0o777;
