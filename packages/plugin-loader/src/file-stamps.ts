import type { Stats } from 'node:fs';
import { fs } from './file-system.ts';

/**
 * A file or folder as it was when it was looked at: bytes, times of writing and of change (epoch ms) and number in its file system.
 * A size of -1 says that there was none.
 */
export type FileStamp = readonly [path: string, size: number, mtimeMs: number, ctimeMs: number, inode: number];

// A file written at the same tick of its file system's clock as it was read may change once more without its times doing so: it is
// read again next time. Clocks that count in whole seconds are given two.
const tickMs = 50;
const coarseTickMs = 2_000;

const orNothing = { throwIfNoEntry: false } as const;

export const statOf = (path: string): Stats | undefined => {
  try {
    return fs.statSync(path, orNothing);
  } catch {
    // A loop of links, or a folder that may not be entered: as if it were not there.
    return undefined;
  }
};

export const stampOf = (path: string, stats: Stats | undefined): FileStamp =>
  stats === undefined ? [path, -1, 0, 0, 0] : [path, stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];

/** Whether a change from `now` on (epoch ms) would show in the stamp. */
export const isSettled = (stats: Stats | undefined, now: number): boolean => {
  if (stats === undefined) return true;
  const { mtimeMs, ctimeMs } = stats;
  const isCoarse = mtimeMs % 1_000 === 0 && ctimeMs % 1_000 === 0;
  // File systems with such clocks are also those on which a folder keeps its time when something is put into it.
  if (isCoarse && stats.isDirectory()) return false;
  return now - Math.max(mtimeMs, ctimeMs) > (isCoarse ? coarseTickMs : tickMs);
};

/**
 * Whether all files and folders still are as they were. Synchronous: a stat answered from the kernel's memory costs less than a turn of the
 * thread pool. Never throws; what may not be looked at counts as not there.
 */
export const areUnchanged = (stamps: readonly FileStamp[]): boolean => {
  // Runs once, before anything is compiled: taking a stamp apart by a pattern would cost more there than the kernel takes to answer.
  for (let at = 0; at < stamps.length; at++) {
    const stamp = stamps[at] as FileStamp;
    const stats = statOf(stamp[0]);
    if (stats === undefined) {
      if (stamp[1] !== -1) return false;
    } else if (
      stats.size !== stamp[1] ||
      stats.mtimeMs !== stamp[2] ||
      stats.ctimeMs !== stamp[3] ||
      // A folder put in the place of another may hold files of the same size and times.
      stats.ino !== stamp[4]
    ) {
      return false;
    }
  }
  return true;
};

/** The stamp of a file or folder as it is now; `undefined` where it was changed only just now, and might be again unseen. */
export const stampFile = (path: string): FileStamp | undefined => {
  const stats = statOf(path);
  return isSettled(stats, Date.now()) ? stampOf(path, stats) : undefined;
};
