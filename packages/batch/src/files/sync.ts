import { posix } from 'node:path';
import { systemCode } from './file-system.ts';
import type { FileBatch } from './intent.ts';
import { inParallel } from './parallel.ts';

/** Gone, or not to be opened by this user, who then has no way to make it sure. */
const passedOver = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES']);

/** Makes sure what folders and files hold. */
export const syncAll = (
  { fileSystem, place }: Pick<FileBatch, 'fileSystem' | 'place'>,
  paths: ReadonlySet<string>,
): Promise<void> =>
  inParallel([...paths], async (path) => {
    try {
      // Of a link the name is all there is.
      if (fileSystem.status(place(path))?.kind !== 'link') await fileSystem.sync(place(path));
    } catch (error) {
      if (!passedOver.has(systemCode(error) ?? '')) throw error;
    }
  });

/** All that has to be made sure of a batch: the folders its places are in, and what has another mode. */
export const touchedBy = ({ intent }: FileBatch): ReadonlySet<string> => {
  const touched = new Set<string>();
  for (const { path, from, via, before, after } of intent.entries) {
    touched.add(posix.dirname(path));
    // A mode is the file's own, and goes with it, there and back.
    const hasMode = (via === 'mode' || via === 'moved') && after?.kind === 'file';
    if (before?.kind === 'folder' || after?.kind === 'folder' || hasMode) touched.add(path);
    if (hasMode && from !== undefined) touched.add(from);
  }
  return touched;
};
