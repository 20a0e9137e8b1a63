import { existsSync, lstatSync, readFileSync, type Stats } from 'node:fs';
import type { FileChange } from '../files/file-change.ts';
import { leafChange } from './leaf-change.ts';
import type { OverlayFolders } from './overlay.ts';
import { createBreath, modeOf, openTree, type Tree, textOf, within } from './tree.ts';

const linesOf = (file: string, end: string): readonly string[] => readFileSync(file, 'latin1').split(end).slice(0, -1);

/** The folders of the root that the command saw as its own: it has replaced them. Nothing where they were not all written down. */
const replacedFolders = (upper: Tree, { members, inodes }: OverlayFolders): ReadonlySet<string> | undefined => {
  if (!existsSync(inodes)) return undefined;
  const paths = linesOf(members, '\0').map((path) => path.replace(/^\.\//, ''));
  const seen = linesOf(inodes, '\n');
  if (seen.length !== paths.length + 1 || seen.at(-1) !== 'end') return undefined;
  return new Set(
    paths.filter((path, number) => seen[number] === String(lstatSync(upper.at(path), { bigint: true }).ino)),
  );
};

/** The kernel's mark for what is gone. */
const isWhiteout = (status: Stats): boolean => status.isCharacterDevice() && status.rdev === 0;

/**
 * What a command did to a root, by the upper folder of its overlay: the exact set, in an order that can be carried out. Nothing where what
 * tells that could not be written down to its end.
 */
export const overlayChanges = async (
  rootFolder: string,
  folders: OverlayFolders,
  signal: AbortSignal,
): Promise<readonly FileChange[] | undefined> => {
  const [root, upper] = [openTree(rootFolder), openTree(folders.upper)];
  const replaced = replacedFolders(upper, folders);
  if (replaced === undefined) return undefined;
  const breathe = createBreath(signal);
  const changes: FileChange[] = [];
  const remove = (path: string): void => void changes.push({ type: 'remove', path: textOf(path) });
  const { birthtimeMs } = lstatSync(folders.upper);
  const begunAtMs = birthtimeMs > 0 ? birthtimeMs : Number.POSITIVE_INFINITY;
  /** The command has not taken away what it never saw: others may have made it since. */
  const isOfOthers = (path: string): boolean => Number(root.status(path)?.ctimeMs) > begunAtMs;

  const visit = async (folder: string): Promise<void> => {
    const names = upper.names(folder);
    if (replaced.has(folder) && root.status(folder)?.isDirectory() === true) {
      const kept = new Set(names);
      for (const name of root.names(folder))
        if (!kept.has(name) && !isOfOthers(within(folder, name))) remove(within(folder, name));
    }
    for (const name of names) {
      await breathe();
      const path = within(folder, name);
      const now = lstatSync(upper.at(path));
      const before = root.status(path);
      if (isWhiteout(now)) {
        if (before !== undefined) remove(path);
        continue;
      }
      const wasFolder = before?.isDirectory() === true;
      if (before !== undefined && wasFolder !== now.isDirectory()) remove(path);
      if (!now.isDirectory()) {
        const change = await leafChange(root, upper, { path, old: wasFolder ? undefined : before, now });
        if (change !== undefined) changes.push(change);
        continue;
      }
      const mode = modeOf(now);
      if (!wasFolder) changes.push({ type: 'folder', path: textOf(path), mode });
      await visit(path);
      // Its rights at last: it may have been closed.
      if (wasFolder && modeOf(before) !== mode) changes.push({ type: 'mode', path: textOf(path), mode });
    }
  };
  await visit('');
  return changes;
};
