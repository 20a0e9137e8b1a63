import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Journal, memoryJournal } from '@hotpath/batch';
import { sqliteJournal } from '@hotpath/batch/journals/sqlite';
import type { Folders } from '../folders.ts';
import { makeFolder } from '../make-folder.ts';
import { journalFile } from './run-history.ts';

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** A file, and what is made beside it while it is used. */
const canWrite = (file: string): boolean => {
  if (isThere(file) && !isWritable(file)) return false;
  let folder = dirname(file);
  while (!isThere(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return isWritable(folder);
};

/**
 * The journal of all runs of this user. With `onUnwritable` it is there for whoever only looks also where nothing can be written: as it
 * is, or an empty one where there is none to be read; `onUnwritable` is told so. Throws a `BatchError` where it cannot be used.
 */
export const openJournal = (
  folders: Pick<Folders, 'state'>,
  onUnwritable?: ((warning: string) => void) | undefined,
): Journal => {
  const path = journalFile(folders);
  try {
    makeFolder(folders.state);
    return sqliteJournal({ path });
  } catch (error) {
    if (onUnwritable === undefined || canWrite(path)) throw error;
  }
  const tell = (found: string): void =>
    onUnwritable(
      `${folders.state} cannot be written to: ${found}, and nothing can be run from here. Set HOTPATH_HOME to a folder of yours.`,
    );
  if (isThere(path)) {
    try {
      const journal = sqliteJournal({ path, isReadOnly: true });
      tell('earlier runs are shown as they stand there');
      return journal;
    } catch {
      // As if there were none.
    }
  }
  tell('nothing is known of earlier runs');
  return memoryJournal();
};
