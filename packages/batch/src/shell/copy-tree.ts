import { chmodSync, constants, lchownSync, linkSync, lutimesSync, mkdirSync, type Stats, symlinkSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { systemCode } from '../files/file-system.ts';
import { inParallel } from '../files/parallel.ts';
import { isWithin } from '../files/within.ts';
import { createBreath, modeOf, openTree, type Tree, within } from './tree.ts';

interface Found {
  readonly path: string;
  readonly status: Stats;
}

type Place = ReturnType<Tree['at']>;

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const latin = (text: string): string => Buffer.from(text).toString('latin1');

/** A link that leads into one folder by a path of the whole system, as it has to be to lead into the other. */
export const movedTarget = (target: string, from: string, to: string): string =>
  isAbsolute(target) && isWithin(target, latin(from)) ? join(latin(to), relative(latin(from), target)) : target;

/** Gives a copy the owner, the mode and the time of what it was made from. */
const dress = (place: Place, status: Stats): void => {
  // Who may not give files away has them as its own.
  if (process.getuid?.() === 0) lchownSync(place, status.uid, status.gid);
  if (!status.isSymbolicLink()) chmodSync(place, modeOf(status));
  lutimesSync(place, status.atimeMs / 1000, status.mtimeMs / 1000);
};

/** Copies a file; blocks are shared where the file system can. */
export const copyLeaf = async (from: Place, to: Place, status: Stats): Promise<void> => {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  dress(to, status);
};

/**
 * Copies a tree to where a command may do with it what it likes. Names of one file stay so. Sockets, pipes and devices are left out,
 * and so is what goes away meanwhile. Links into the tree lead into the copy.
 */
export const copyTree = async (from: string, to: string, signal: AbortSignal): Promise<void> => {
  const [root, copy] = [openTree(from), openTree(to)];
  const breathe = createBreath(signal);
  const folders: Found[] = [];
  const files: Found[] = [];
  const firstNames = new Map<string, string>();
  const otherNames: { readonly path: string; readonly first: string }[] = [];

  const visit = async (folder: string): Promise<void> => {
    for (const name of root.names(folder)) {
      await breathe();
      const path = within(folder, name);
      const status = root.status(path);
      if (status?.isDirectory() === true) {
        mkdirSync(copy.at(path), 0o700);
        folders.push({ path, status });
        await visit(path);
      } else if (status?.isSymbolicLink() === true) {
        symlinkSync(bytesOf(movedTarget(root.target(path), from, to)), copy.at(path));
        dress(copy.at(path), status);
      } else if (status?.isFile() === true) {
        const key = `${status.dev}:${status.ino}`;
        const first = firstNames.get(key);
        if (first === undefined) {
          files.push({ path, status });
          if (status.nlink > 1) firstNames.set(key, path);
        } else otherNames.push({ path, first });
      }
    }
  };
  mkdirSync(to, { recursive: true, mode: 0o700 });
  await visit('');
  await inParallel(files, async ({ path, status }) => {
    signal.throwIfAborted();
    try {
      await copyLeaf(root.at(path), copy.at(path), status);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  });
  for (const { path, first } of otherNames)
    if (copy.status(first) !== undefined) linkSync(copy.at(first), copy.at(path));
  for (const { path, status } of folders.toReversed()) dress(copy.at(path), status);
};
