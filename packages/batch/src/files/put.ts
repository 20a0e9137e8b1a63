import type { FileStatus } from './file-system.ts';
import { systemCode } from './file-system.ts';
import type { FileBatch, FileEntry } from './intent.ts';

const isSame = (a: FileStatus | undefined, b: FileStatus | undefined): boolean =>
  a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;

/**
 * Puts what is at a path, of any kind but a folder, in the place of an entry, over what may be there. From another device it is copied
 * beside the place, and stays where it was: then, and only then, there is a promise to wait for.
 */
export const put = (batch: FileBatch, from: string, entry: FileEntry): Promise<void> | undefined => {
  const { fileSystem } = batch;
  const to = batch.place(entry.path);
  // To rename one name of a file to another of the same file does nothing, and keeps both.
  if (isSame(fileSystem.status(from), fileSystem.status(to))) {
    fileSystem.unlink(from);
    return undefined;
  }
  try {
    fileSystem.rename(from, to);
    return undefined;
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
  }
  return copyInto(batch, from, entry);
};

const copyInto = async (batch: FileBatch, from: string, entry: FileEntry): Promise<void> => {
  const { fileSystem } = batch;
  const beside = batch.beside(entry);
  if (fileSystem.status(beside) !== undefined) fileSystem.unlink(beside);
  if (fileSystem.status(from)?.kind === 'link') fileSystem.makeLink(fileSystem.readLink(from), beside);
  else await fileSystem.copy(from, beside);
  fileSystem.rename(beside, batch.place(entry.path));
};

/** What may not be linked on this file system, from this device, or once more. */
const unlinkable = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'EACCES']);

/**
 * Keeps what is at the place of an entry for undo: under a second name, which costs nothing and keeps all of it. A file that has other
 * names already is copied, for somebody may write to it by one of those.
 */
export const keep = (batch: FileBatch, entry: FileEntry): Promise<unknown> | undefined => {
  const { fileSystem } = batch;
  const [path, to] = [batch.place(entry.path), batch.undo(entry)];
  const [status, kept] = [batch.status(entry.path), fileSystem.status(to)];
  if (status === undefined || isSame(status, kept)) return undefined;
  // Of an earlier try that was cut off.
  if (kept !== undefined) fileSystem.unlink(to);
  if (status.kind !== 'file' || status.nlink === 1) {
    try {
      fileSystem.link(path, to);
      // Some systems follow a link here.
      if (status.kind !== 'link' || fileSystem.status(to)?.kind === 'link') return undefined;
      fileSystem.unlink(to);
    } catch (error) {
      if (!unlinkable.has(systemCode(error) ?? '')) throw error;
    }
  }
  if (status.kind !== 'link') return fileSystem.copy(path, to);
  fileSystem.makeLink(fileSystem.readLink(path), to);
  return undefined;
};
