import { chmodSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { openTree, type Tree, within } from './tree.ts';

/** Folders may have been closed by a command; what an overlay works with is. */
const openUp = (tree: Tree, folder: string): void => {
  chmodSync(tree.at(folder), 0o700);
  for (const name of tree.names(folder))
    if (tree.status(within(folder, name))?.isDirectory() === true) openUp(tree, within(folder, name));
};

/** Takes away what a command wrote, if anything. What cannot be is in nobody's way, and no reason for a step to fail. */
export const removeOwn = async (folder: string, isEmpty = false): Promise<void> => {
  try {
    // A few folders go faster at once.
    if (isEmpty) rmSync(folder, { recursive: true, force: true });
    else await rm(folder, { recursive: true, force: true });
  } catch {
    try {
      openUp(openTree(folder), '');
      await rm(folder, { recursive: true, force: true });
    } catch {}
  }
};
