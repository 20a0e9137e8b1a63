import { lstatSync, type Stats } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileChange } from '../files/file-change.ts';
import { copyLeaf, copyTree, movedTarget } from './copy-tree.ts';
import { leafChange } from './leaf-change.ts';
import { createBreath, modeOf, openTree, type Tree, textOf, within } from './tree.ts';

/** What tells that a file was not touched: a write changes the time of its last change of status, which nobody can set. */
type Index = ReadonlyMap<string, Stats>;

const indexOf = async (tree: Tree, signal: AbortSignal): Promise<Index> => {
  const breathe = createBreath(signal);
  const index = new Map<string, Stats>();
  const visit = async (folder: string): Promise<void> => {
    for (const name of tree.names(folder)) {
      await breathe();
      const path = within(folder, name);
      const status = tree.status(path);
      if (status === undefined) continue;
      index.set(path, status);
      if (status.isDirectory()) await visit(path);
    }
  };
  await visit('');
  return index;
};

/** Copies a root to where a command may do with it what it likes; returns what tells later what it did. */
export const copyRoot = async (root: string, to: string, signal: AbortSignal): Promise<Index> => {
  await copyTree(root, to, signal);
  return indexOf(openTree(to), signal);
};

const isUntouched = (before: Stats, now: Stats): boolean =>
  before.ino === now.ino && before.ctimeMs === now.ctimeMs && before.size === now.size;

/** What a command did to a copy, as changes of the root that it was made of. */
export const copyChanges = async (
  rootFolder: string,
  copyFolder: string,
  before: Index,
  signal: AbortSignal,
): Promise<readonly FileChange[]> => {
  const root = openTree(rootFolder);
  const plain = openTree(copyFolder);
  const copy: Tree = { ...plain, target: (path) => movedTarget(plain.target(path), copyFolder, rootFolder) };
  const after = await indexOf(copy, signal);
  const breathe = createBreath(signal);
  const changes: FileChange[] = [];
  const remove = (path: string): void => void changes.push({ type: 'remove', path: textOf(path) });
  /** What was within a folder goes with it. */
  const isFolderGone = (path: string): boolean => path !== '' && after.get(path)?.isDirectory() !== true;
  for (const path of before.keys())
    if (!after.has(path) && !isFolderGone(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) remove(path);
  for (const [path, now] of after) {
    await breathe();
    const old = before.get(path);
    if (old !== undefined && isUntouched(old, now)) continue;
    if (old !== undefined && old.isDirectory() !== now.isDirectory()) remove(path);
    if (now.isDirectory()) {
      const mode = modeOf(now);
      if (old?.isDirectory() !== true) changes.push({ type: 'folder', path: textOf(path), mode });
      else if (modeOf(old) !== mode) changes.push({ type: 'mode', path: textOf(path), mode });
      continue;
    }
    const change = await leafChange(root, copy, { path, old, now });
    if (change !== undefined) changes.push(change);
  }
  return changes;
};

/** The same with copies of new files: what may still be written to the ones there are is nothing to anybody then. */
export const withStill = async (changes: readonly FileChange[], folder: string): Promise<readonly FileChange[]> => {
  await mkdir(folder, { mode: 0o700 });
  const still: FileChange[] = [];
  for (const [number, change] of changes.entries()) {
    if (change.type !== 'write' || !('from' in change)) {
      still.push(change);
      continue;
    }
    const from = join(folder, String(number));
    await copyLeaf(change.from, from, lstatSync(change.from));
    still.push({ ...change, from });
  }
  return still;
};
