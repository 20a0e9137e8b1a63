import { join } from 'node:path';
import { type FileSystem, systemCode } from './file-system.ts';
import { ownFolder } from './intent.ts';
import { inParallel } from './parallel.ts';

/** The folder at the root where runs keep what is staged, and what is needed for undo. */
export interface OwnFolder {
  /** Makes the folders of a run before it returns its promise, which resolves when they survive the loss of power. */
  open(run: string): Promise<void>;
  /** Takes away those of a run, and the folder itself when nothing else is in it. */
  close(run: string): Promise<void>;
  /** Takes away those of runs that nobody knows, but for such of which something is kept for undo. */
  tidy(isKnown: (run: string) => boolean): Promise<void>;
}

const ignored = '.gitignore';
/** Others keep plugins and templates of the project beside what is kept here. */
const ignoring = '/.gitignore\n/staged/\n/undo/\n';

/** Takes away all below a path, as far as it is there. */
export const removeTree = (fileSystem: FileSystem, path: string): void => {
  const status = fileSystem.status(path);
  if (status === undefined) return;
  if (status.kind !== 'folder') {
    fileSystem.unlink(path);
    return;
  }
  if ((status.mode & 0o700) !== 0o700) fileSystem.setMode(path, 0o700);
  for (const name of fileSystem.names(path)) removeTree(fileSystem, join(path, name));
  fileSystem.removeFolder(path);
};

export const createOwnFolder = (root: string, fileSystem: FileSystem): OwnFolder => {
  const own = join(root, ownFolder);
  const opened = new Map<string, Promise<void>>();

  /** Whether it was not there. */
  const make = (path: string): boolean => {
    try {
      fileSystem.makeFolder(path);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
  };
  const open = async (run: string): Promise<void> => {
    if (make(own)) fileSystem.setMode(own, 0o700);
    for (const kind of ['staged', 'undo']) {
      make(join(own, kind));
      make(join(own, kind, run));
    }
    // Also where an earlier process ended before it had written that.
    const isIgnored = fileSystem.status(join(own, ignored)) !== undefined;
    const syncs = [join(own, 'staged'), join(own, 'undo'), own, root].map((path) => () => fileSystem.sync(path));
    const ignore = () => fileSystem.write(join(own, ignored), ignoring).then(() => {}, ignoreExisting);
    await inParallel([...(isIgnored ? [] : [ignore]), ...syncs], (work) => work());
  };

  const namesIn = (path: string): readonly string[] =>
    fileSystem.status(path)?.kind === 'folder' ? fileSystem.names(path) : [];
  const close = async (run: string): Promise<void> => {
    opened.delete(run);
    for (const kind of ['staged', 'undo']) {
      removeTree(fileSystem, join(own, kind, run));
      const isThere = fileSystem.status(join(own, kind)) !== undefined;
      if (isThere && fileSystem.names(join(own, kind)).length === 0) fileSystem.removeFolder(join(own, kind));
    }
    if (fileSystem.status(own) === undefined) return;
    const names = fileSystem.names(own);
    if (names.some((name) => name !== ignored)) return;
    for (const name of names) fileSystem.unlink(join(own, name));
    fileSystem.removeFolder(own);
  };

  return {
    open(run) {
      let opening = opened.get(run);
      if (opening === undefined) {
        opening = open(run);
        opened.set(run, opening);
        opening.catch(() => opened.delete(run));
      }
      return opening;
    },
    close,
    async tidy(isKnown) {
      const runs = new Set(['staged', 'undo'].flatMap((kind) => namesIn(join(own, kind))));
      // Another journal may know of what is kept.
      for (const run of runs) if (!isKnown(run) && namesIn(join(own, 'undo', run)).length === 0) await close(run);
    },
  };
};

const ignoreExisting = (error: unknown): void => {
  if (systemCode(error) !== 'EEXIST') throw error;
};
