import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isWithin, realPathOf } from '../files/within.ts';

/** A folder, as the file system knows it. */
export interface Place {
  /** Without links, in the case that the file system has for it. */
  readonly path: string;
  /** Device and inode; absent where it does not exist yet. */
  readonly id?: string | undefined;
  /** Ids of the folders around it. */
  readonly around: readonly string[];
}

export interface Holder {
  readonly place: Place;
  readonly run: string;
  readonly pid: number;
}

const idOf = (path: string): string | undefined => {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  // Some network file systems have no numbers.
  return status === undefined || status.ino === 0n ? undefined : `${status.dev}:${status.ino}`;
};

export const placeOf = (root: string): Place => {
  const path = realPathOf(resolve(root));
  const around: string[] = [];
  for (let folder = path; dirname(folder) !== folder; ) {
    folder = dirname(folder);
    const id = idOf(folder);
    if (id !== undefined) around.push(id);
  }
  return { path, id: idOf(path), around };
};

/**
 * Whether two places are one, or one is within the other: by path, and by the numbers of folders, which are the same by whatever case
 * or mount they were reached.
 */
export const overlap = (one: Place, other: Place): boolean =>
  isWithin(one.path, other.path) ||
  isWithin(other.path, one.path) ||
  (one.id !== undefined && (one.id === other.id || other.around.includes(one.id))) ||
  (other.id !== undefined && one.around.includes(other.id));

export const lockName = ({ path }: Place): string => createHash('sha256').update(path).digest('hex').slice(0, 32);
