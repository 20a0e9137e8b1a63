import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../files/file-change.ts';
import { ownFolder } from '../files/intent.ts';
import type { OverlayFolders } from './overlay.ts';

const statOf = (path: string): Stats | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // something above it is no folder
  }
};
const modeOf = ({ mode }: Stats): number => mode & 0o7777;

/** The folders of the root that the command saw as its own: it has replaced them. */
const replacedFolders = (upper: string, file: string): ReadonlySet<string> => {
  const lines = readFileSync(file, 'utf8').split('\0');
  if (lines.at(-2) !== 'end') throw new Error('what the command did could not be written down to its end');
  const replaced = new Set<string>();
  for (const line of lines.slice(0, -2)) {
    const [, inode, path = ''] = /^\s*(\d+)\s+\.\/?([\s\S]*)$/.exec(line) ?? [];
    if (path !== '' && inode === String(lstatSync(join(upper, path), { bigint: true }).ino)) replaced.add(path);
  }
  return replaced;
};

/** The kernel's mark for what is gone. */
const isWhiteout = (status: Stats): boolean => status.isCharacterDevice() && status.rdev === 0;

/** A file is copied up before it is written to, or given other rights; opened for writing is enough. */
const isSame = (before: string, after: string, [old, now]: readonly [Stats, Stats]): boolean =>
  old.isFile() && old.size === now.size && readFileSync(before).equals(readFileSync(after));

/** What a command did to a root, by the upper folder of its overlay: the exact set, in an order that can be carried out. */
export const overlayChanges = (root: string, { upper, members: file }: OverlayFolders): readonly FileChange[] => {
  const replaced = replacedFolders(upper, file);
  const changes: FileChange[] = [];
  const { birthtimeMs } = lstatSync(upper);
  const begunAtMs = birthtimeMs > 0 ? birthtimeMs : Number.POSITIVE_INFINITY;
  /** The command has not taken away what it never saw: others may have made it since. */
  const isOfOthers = (path: string): boolean => Number(statOf(join(root, path))?.ctimeMs) > begunAtMs;

  const leaf = (path: string, now: Stats, before: Stats | undefined): void => {
    const from = join(upper, path);
    const mode = modeOf(now);
    if (now.isSymbolicLink()) {
      const target = readlinkSync(from);
      if (before?.isSymbolicLink() !== true || readlinkSync(join(root, path)) !== target)
        changes.push({ type: 'link', path, target });
    } else if (now.isFile()) {
      if (before === undefined || !isSame(join(root, path), from, [before, now]))
        changes.push({ type: 'write', path, from, mode });
      else if (modeOf(before) !== mode) changes.push({ type: 'mode', path, mode });
    }
    // Pipes and sockets are of the command alone, and gone with it.
  };
  const visit = (folder: string): void => {
    const inFolder = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
    const names = readdirSync(join(upper, folder)).sort();
    if (replaced.has(folder)) {
      const kept = new Set(names);
      for (const name of readdirSync(join(root, folder)).sort()) {
        const path = inFolder(name);
        if (path !== ownFolder && !kept.has(name) && !isOfOthers(path)) changes.push({ type: 'remove', path });
      }
    }
    for (const name of names) {
      const path = inFolder(name);
      if (path === ownFolder) continue;
      const now = lstatSync(join(upper, path));
      const before = statOf(join(root, path));
      if (isWhiteout(now)) {
        if (before !== undefined) changes.push({ type: 'remove', path });
        continue;
      }
      if (before !== undefined && before.isDirectory() !== now.isDirectory()) changes.push({ type: 'remove', path });
      if (!now.isDirectory()) {
        leaf(path, now, before?.isDirectory() === true ? undefined : before);
        continue;
      }
      const mode = modeOf(now);
      if (before?.isDirectory() !== true) changes.push({ type: 'folder', path, mode });
      visit(path);
      // Its rights at last: it may have been closed.
      if (before?.isDirectory() === true && modeOf(before) !== mode) changes.push({ type: 'mode', path, mode });
    }
  };
  visit('');
  return changes;
};
