import { existsSync } from 'node:fs';
import { access, chmod, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Folders } from '@hotpath/runtime';
import { showBytes } from '../figures.ts';
import { makeFolder } from '../make-folder.ts';
import { failed, type Mendable, ok, warned } from './check.ts';

const othersMayEnter = 0o077;
const littleBytes = 1024 ** 3;
const tooLittleBytes = 64 * 1024 ** 2;

/** The folder itself, or the first above it that exists. */
const existing = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existing(dirname(path));

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

/** Whether a folder of this user can be written to, and what it holds stays this user's. */
const checkFolder = async (code: string, kind: string, path: string, variable: string): Promise<Mendable> => {
  const folder = existing(path);
  const info = await stat(folder);
  if (!info.isDirectory())
    return failed(code, `${folder} is no folder, so that ${kind} has no place.`, `Move it away, or set ${variable}.`);
  if (!(await isWritable(folder))) {
    return failed(
      code,
      `${folder} cannot be written to, so that ${kind} has no place.`,
      `Run as its owner, or set ${variable} to a folder of yours.`,
    );
  }
  if (folder !== path) {
    return {
      ...ok(code, `${path} is not there yet, and can be made.`),
      mend: async () => makeFolder(path),
    };
  }
  const isOwn = process.getuid === undefined || info.uid === process.getuid();
  if (process.platform !== 'win32' && (info.mode & othersMayEnter) !== 0) {
    return {
      ...warned(code, `other users may look into ${path} (${(info.mode & 0o777).toString(8)}).`, `chmod 700 ${path}`),
      ...(isOwn && { mend: () => chmod(path, 0o700) }),
    };
  }
  return ok(code, `${path} can be written to.`);
};

/** Whether there is room for what the cache may hold. `freeBytes` and `wantedBytes` as they are known. */
export const judgeSpace = (path: string, freeBytes: number, wantedBytes: number): Mendable => {
  const text = `${showBytes(freeBytes)} are free where ${path} is.`;
  if (freeBytes < tooLittleBytes) return failed('DISK_SPACE', text, 'Free some, or move the cache with cache.path.');
  if (freeBytes < Math.min(littleBytes, wantedBytes)) {
    return warned(
      'DISK_SPACE',
      `${text} The cache may take up to ${showBytes(wantedBytes)}.`,
      'Free some, or lower cache.diskBytes.',
    );
  }
  return ok('DISK_SPACE', text);
};

const checkSpace = async (path: string, wantedBytes: number): Promise<Mendable> => {
  const { bavail, bsize } = await statfs(existing(dirname(path)));
  return judgeSpace(path, bavail * bsize, wantedBytes);
};

export const checkFolders = async (
  folders: Folders,
  cache: { readonly path: string; readonly diskBytes: number },
): Promise<readonly Mendable[]> =>
  Promise.all([
    checkFolder('STATE_FOLDER', 'what must be kept', folders.state, 'HOTPATH_HOME'),
    checkFolder('CACHE_FOLDER', 'the cache', dirname(cache.path), 'cache.path'),
    checkSpace(cache.path, cache.diskBytes),
  ]);
