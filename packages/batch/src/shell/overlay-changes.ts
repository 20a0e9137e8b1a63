import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../files/file-change.ts';
import type { OverlayFolders } from './overlay.ts';

const statOf = (path: string): Stats | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // something above it is no folder
  }
};
const modeOf = ({ mode }: Stats): number => mode & 0o7777;

/** The members of each changed folder as the command left them, by the folder's path (`''` for the root). */
const readMembers = (file: string): Map<string, Set<string>> => {
  const members = new Map<string, Set<string>>();
  for (const path of readFileSync(file, 'utf8').split('\0')) {
    if (path === '') continue;
    const at = path.lastIndexOf('/');
    const folder = path.slice(2, Math.max(at, 2));
    const known = members.get(folder) ?? new Set();
    members.set(folder, known.add(path.slice(at + 1)));
  }
  return members;
};

/** A file is copied up before it is written to, or given other rights; opened for writing is enough. */
const isSame = (before: string, after: string, [old, now]: readonly [Stats, Stats]): boolean =>
  old.isFile() && old.size === now.size && readFileSync(before).equals(readFileSync(after));

/** The engine's own folder is nobody's to change. */
const own = '.hotpath';

/** What a command did to a root, by the upper folder of its overlay: the exact set, in an order that can be carried out. */
export const overlayChanges = (root: string, { upper, members: file }: OverlayFolders): readonly FileChange[] => {
  const members = readMembers(file);
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
    const there = members.get(folder) ?? new Set<string>();
    const wasFolder = statOf(join(root, folder))?.isDirectory() === true;
    const gone = wasFolder ? readdirSync(join(root, folder)).filter((name) => !there.has(name)) : [];
    const inUpper = new Set(readdirSync(join(upper, folder)));
    for (const name of gone.sort()) {
      const path = inFolder(name);
      if (path !== own && (inUpper.has(name) || !isOfOthers(path))) changes.push({ type: 'remove', path });
    }
    for (const name of [...inUpper].sort()) {
      const path = inFolder(name);
      // What is in the upper folder and not in the one that the command saw marks something as gone.
      if (path === own || !there.has(name)) continue;
      const now = lstatSync(join(upper, path));
      const before = statOf(join(root, path));
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
