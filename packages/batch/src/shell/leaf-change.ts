import type { Stats } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../files/file-change.ts';
import { hasSameContent } from '../files/same-content.ts';
import { modeOf, type Tree, textOf } from './tree.ts';

/** One path that is no folder, as it was and as a command has left it. */
export interface Leaf {
  readonly path: string;
  /** Of the root, before the command. */
  readonly old: Stats | undefined;
  /** Of the tree that the command has written to. */
  readonly now: Stats;
}

/** What a command did to it, if anything: it may only have been opened for writing. Pipes and sockets are of the command alone. */
export const leafChange = async (
  root: Tree,
  written: Tree,
  { path, old, now }: Leaf,
): Promise<FileChange | undefined> => {
  if (now.isSymbolicLink()) {
    const target = written.target(path);
    const isSame = old?.isSymbolicLink() === true && root.status(path)?.isSymbolicLink() === true;
    return isSame && root.target(path) === target
      ? undefined
      : { type: 'link', path: textOf(path), target: textOf(target) };
  }
  if (!now.isFile()) return undefined;
  const mode = modeOf(now);
  const isSame =
    old?.isFile() === true &&
    old.size === now.size &&
    old.uid === now.uid &&
    old.gid === now.gid &&
    (await hasSameContent(root.at(path), written.at(path), now.size));
  if (!isSame) return { type: 'write', path: textOf(path), from: join(written.root, textOf(path)), mode };
  return modeOf(old) === mode ? undefined : { type: 'mode', path: textOf(path), mode };
};
