import { constants, cpSync, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../files/file-change.ts';
import { ownFolder } from '../files/intent.ts';

/** What tells that a file was not touched: a write changes the time of its last change of status, which nobody can set. */
type Index = ReadonlyMap<string, Stats>;

const walk = (root: string): Index => {
  const index = new Map<string, Stats>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === ownFolder) continue;
      const status = lstatSync(join(root, path));
      index.set(path, status);
      if (status.isDirectory()) visit(path);
    }
  };
  visit('');
  return index;
};

/** Copies a root to where a command may do with it what it likes; blocks are shared where the file system can. */
export const copyRoot = (root: string, to: string): Index => {
  cpSync(root, to, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => path !== join(root, ownFolder),
  });
  return walk(to);
};

const isUntouched = (before: Stats, now: Stats): boolean =>
  before.ino === now.ino && before.ctimeMs === now.ctimeMs && before.size === now.size;

const modeOf = ({ mode }: Stats): number => mode & 0o7777;

/** What a command did to a copy, as changes of the root that it was made of. */
export const copyChanges = (root: string, copy: string, before: Index): readonly FileChange[] => {
  const after = walk(copy);
  const changes: FileChange[] = [];
  /** What was within a folder goes with it. */
  const isFolderGone = (path: string): boolean => path !== '' && after.get(path)?.isDirectory() !== true;
  for (const path of before.keys())
    if (!after.has(path) && !isFolderGone(path.slice(0, Math.max(0, path.lastIndexOf('/')))))
      changes.push({ type: 'remove', path });
  for (const [path, now] of after) {
    const old = before.get(path);
    if (old !== undefined && isUntouched(old, now)) continue;
    const from = join(copy, path);
    const mode = modeOf(now);
    if (old !== undefined && old.isDirectory() !== now.isDirectory()) changes.push({ type: 'remove', path });
    if (now.isDirectory()) {
      if (old?.isDirectory() !== true) changes.push({ type: 'folder', path, mode });
      else if (modeOf(old) !== mode) changes.push({ type: 'mode', path, mode });
    } else if (now.isSymbolicLink()) changes.push({ type: 'link', path, target: readlinkSync(from) });
    else if (now.isFile()) {
      const isSame = old?.isFile() === true && readFileSync(join(root, path)).equals(readFileSync(from));
      if (!isSame) changes.push({ type: 'write', path, from, mode });
      else if (modeOf(old) !== mode) changes.push({ type: 'mode', path, mode });
    }
  }
  return changes;
};
