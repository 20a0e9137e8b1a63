import { join, posix } from 'node:path';
import { type FileState, stateFrom } from './file-state.ts';
import type { FileStatus, FileSystem } from './file-system.ts';

/**
 * What becomes of one path; each path of a batch has one of these, whatever happens to it on the way.
 *
 * `staged`: what was made for it beside its place is put there. `moved`: what stood at `from` is. `mode`: what stands there stays and
 * is given the mode of `after`. `removed`: nothing is to be there.
 */
export interface FileEntry {
  readonly path: string;
  readonly via: 'staged' | 'moved' | 'mode' | 'removed';
  /** Absent: nothing was there. */
  readonly before?: FileState | undefined;
  readonly after?: FileState | undefined;
  readonly from?: string | undefined;
  /** Where what stood here goes. */
  readonly to?: string | undefined;
  /** Of the content that is put there, unless that is big. */
  readonly sha256?: string | undefined;
}

export interface FileIntent {
  readonly run: string;
  readonly name: string;
  /** In the order of their paths: a folder before what is in it. */
  readonly entries: readonly FileEntry[];
}

/** One batch and where its things stand: an entry's number names what is staged for it, and what is kept for its undo. */
export interface FileBatch {
  readonly intent: FileIntent;
  readonly fileSystem: FileSystem;
  /** Below the root. */
  place(path: string): string;
  /** What stands at a path. A link in the place of a folder has nothing below it, wherever it leads. */
  status(path: string): FileStatus | undefined;
  state(path: string): FileState | undefined;
  staged(entry: FileEntry): string;
  undo(entry: FileEntry): string;
  /** On the device of its place, where that is another one. */
  beside(entry: FileEntry): string;
  readonly stagedFolder: string;
  readonly undoFolder: string;
  /** Stands where all was undone: another undo, of batches before it too by now, would take this for somebody's change. */
  readonly undoneMark: string;
  readonly byPath: ReadonlyMap<string, FileEntry>;
  /** As that of the file system, shared by batches. */
  sync(path: string): Promise<void>;
}

export const ownFolder = '.hotpath';

export const openBatch = (
  root: string,
  fileSystem: FileSystem,
  intent: FileIntent,
  sync: FileBatch['sync'] = (path) => fileSystem.sync(path),
): FileBatch => {
  const { run, name, entries } = intent;
  const stagedFolder = join(root, ownFolder, 'staged', run, name);
  const undoFolder = join(root, ownFolder, 'undo', run);
  const numbers = new Map(entries.map((entry, number) => [entry.path, number]));
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const place = (path: string): string => join(root, path);
  const status = (path: string): FileStatus | undefined => {
    const folder = posix.dirname(path);
    if (byPath.has(folder) && status(folder)?.kind !== 'folder') return undefined;
    return fileSystem.status(place(path));
  };
  return {
    intent,
    fileSystem,
    place,
    status,
    state(path) {
      const found = status(path);
      return found && stateFrom(found, found.kind === 'link' ? fileSystem.readLink(place(path)) : undefined);
    },
    staged: ({ path }) => join(stagedFolder, String(numbers.get(path))),
    undo: ({ path }) => join(undoFolder, `${name}-${numbers.get(path)}`),
    beside: ({ path }) => join(place(path), '..', `${ownFolder}-${run}-${name}-${numbers.get(path)}`),
    stagedFolder,
    undoFolder,
    undoneMark: join(undoFolder, `${name}-undone`),
    byPath,
    sync,
  };
};

/** Whether an entry makes a folder, or takes one away: not where only its mode is another. */
export const makesFolder = ({ via, after }: FileEntry): boolean => via === 'staged' && after?.kind === 'folder';
export const removesFolder = ({ before, after }: FileEntry): boolean =>
  before?.kind === 'folder' && after?.kind !== 'folder';
/** Whether what stood there has to be kept for undo. */
export const isKept = ({ via, before, to }: FileEntry): boolean =>
  via !== 'mode' && before !== undefined && before.kind !== 'folder' && to === undefined;

/**
 * Tells whether the way to a path leads through what is no folder any more. Were that a link by now, what is behind it would be
 * changed in the place of what was meant. Folders that are not there count as folders: nothing is in them.
 */
export const createDetours = ({ byPath, fileSystem, place }: FileBatch): ((path: string) => string | undefined) => {
  const known = new Map<string, string | undefined>();
  const detourTo = (folder: string): string | undefined => {
    if (folder === '.') return undefined;
    if (known.has(folder)) return known.get(folder);
    let detour = detourTo(posix.dirname(folder));
    // Those of the batch itself are looked at for their own sake.
    if (detour === undefined && !byPath.has(folder)) {
      const status = fileSystem.status(place(folder));
      if (status !== undefined && status.kind !== 'folder') detour = folder;
    }
    known.set(folder, detour);
    return detour;
  };
  return (path) => detourTo(posix.dirname(path));
};
