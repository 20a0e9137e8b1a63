import { dirname, posix } from 'node:path';
import type { Conflict } from '../workspace/workspace.ts';
import { isLike } from './file-state.ts';
import { systemCode } from './file-system.ts';
import type { FolderMakers } from './folder-makers.ts';
import { type FileBatch, type FileEntry, isKept, makesFolder, removesFolder } from './intent.ts';
import { removeTree } from './own-folder.ts';
import { put } from './put.ts';
import { type Standing, standings } from './standing.ts';
import { syncAll, touchedBy } from './sync.ts';

/** Where what stood at a place before is, if it is kept. */
export const keptAt = (batch: FileBatch, entry: FileEntry): string | undefined => {
  const { fileSystem, byPath } = batch;
  const goesTo = entry.to === undefined ? undefined : byPath.get(entry.to);
  const path = goesTo === undefined ? batch.undo(entry) : batch.staged(goesTo);
  return fileSystem.status(path) === undefined ? undefined : path;
};

const conflictOf = (batch: FileBatch, entry: FileEntry, reason: string): Conflict => ({
  path: entry.path,
  reason,
  keptAt: keptAt(batch, entry),
});

const notKept = 'cannot go back: what is needed for that is no longer kept';

/** Missing folders, or what is no folder, where one was. */
const gone = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'EISDIR']);

/**
 * Takes back whatever stands of a batch, told by what is there and not by how far it had come: the disk may have kept any of it. What
 * was kept is dropped when the tree as it was survives the loss of power; after conflicts it stays.
 */
export const undoBatch = async (batch: FileBatch, makers: FolderMakers): Promise<readonly Conflict[]> => {
  const { fileSystem, intent } = batch;
  if (fileSystem.status(batch.undoneMark) !== undefined) {
    drop(batch);
    return [];
  }
  const standing = await standings(batch);
  const conflicts = new Map<FileEntry, Conflict>();
  const conflict = (entry: FileEntry, reason: string): void => {
    if (!conflicts.has(entry)) conflicts.set(entry, conflictOf(batch, entry, reason));
  };
  for (const [entry, { is, reason }] of standing) if (is === 'foreign') conflict(entry, String(reason));
  const ours = intent.entries.filter((entry) => standing.get(entry)?.is === 'ours');
  const upwards = ours.toReversed();
  /** Does one thing; what somebody has put in its way is a conflict. */
  const attempt = (entry: FileEntry, reason: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!gone.has(systemCode(error) ?? '')) throw error;
      conflict(entry, reason);
    }
  };

  for (const { path, via, before } of ours)
    if (via === 'mode' && before?.kind === 'folder') fileSystem.setMode(batch.place(path), before.mode | 0o700);
  for (const entry of ours) widenFolder(batch, entry, standing.get(entry));
  for (const entry of ours) attempt(entry, notKept, () => vacate(batch, entry, standing.get(entry)));
  for (const entry of upwards) {
    if (!makesFolder(entry) || standing.get(entry)?.found?.kind !== 'folder') continue;
    if (makers.hasOther(batch, entry)) continue;
    attempt(entry, 'holds what others have made', () => fileSystem.removeFolder(batch.place(entry.path)));
  }

  const remade = ours.filter((entry) => removesFolder(entry) && batch.status(entry.path) === undefined);
  for (const entry of remade)
    attempt(entry, 'cannot be made again', () => {
      fileSystem.makeFolder(batch.place(entry.path));
      fileSystem.setMode(batch.place(entry.path), Number(entry.before?.mode) | 0o700);
    });
  // What goes back to a folder that is lost would be lost with it.
  if (remade.length > 0) await syncAll(batch, new Set(remade.map(({ path }) => posix.dirname(path))));

  for (const entry of ours) {
    try {
      if (!(await restore(batch, entry, standing))) conflict(entry, notKept);
    } catch (error) {
      if (!gone.has(systemCode(error) ?? '')) throw error;
      conflict(entry, 'cannot go back: its folder is gone, or another is in its place');
    }
  }
  for (const entry of upwards) if (!conflicts.has(entry)) restoreMode(batch, entry);
  // What was taken out of its place is there once: it is not dropped, whatever became of its way back.
  for (const entry of intent.entries)
    if (entry.via === 'moved' && fileSystem.status(batch.staged(entry)) !== undefined)
      conflict(batch.byPath.get(String(entry.from)) ?? entry, 'cannot go back: its place is taken');

  await syncAll(batch, touchedBy(batch));
  if (conflicts.size === 0) {
    if (fileSystem.status(batch.undoFolder) !== undefined) {
      fileSystem.makeFolder(batch.undoneMark);
      await fileSystem.sync(batch.undoFolder);
    }
    drop(batch);
  }
  return [...conflicts.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
};

/** Takes out of a folder that we have made, and that has a mode of its own already. */
const widenFolder = ({ fileSystem, place }: FileBatch, entry: FileEntry, standing: Standing | undefined): void => {
  if (!makesFolder(entry) || standing?.found?.kind !== 'folder') return;
  if ((standing.found.mode & 0o700) !== 0o700) fileSystem.setMode(place(entry.path), standing.found.mode | 0o700);
};

/** Takes away what cannot be replaced in one go: what has nothing before it, or a folder, or what comes back from elsewhere. */
const vacate = (batch: FileBatch, entry: FileEntry, standing: Standing | undefined): void => {
  const { fileSystem } = batch;
  const { via, before, to, after } = entry;
  const place = batch.place(entry.path);
  if (standing?.found === undefined || makesFolder(entry)) return;
  if (via === 'moved') {
    // Half moved: it is there already, and something else is here still.
    if (fileSystem.status(batch.staged(entry)) !== undefined) return;
    const source = batch.byPath.get(String(entry.from))?.before;
    if (source !== undefined && source.mode !== after?.mode) fileSystem.setMode(place, source.mode);
    fileSystem.rename(place, batch.staged(entry));
  } else if (via === 'staged' && (before === undefined || before.kind === 'folder' || to !== undefined))
    fileSystem.unlink(place);
};

/** Whether what stood there before is there again, or will be from elsewhere. */
const restore = async (
  batch: FileBatch,
  entry: FileEntry,
  standing: ReadonlyMap<FileEntry, Standing>,
): Promise<boolean> => {
  const { fileSystem, byPath } = batch;
  const goesTo = entry.to === undefined ? undefined : (byPath.get(entry.to) as FileEntry);
  if (goesTo !== undefined) {
    const staged = batch.staged(goesTo);
    if (standing.get(goesTo)?.is === 'ours' && fileSystem.status(staged) !== undefined)
      fileSystem.rename(staged, batch.place(entry.path));
    return true;
  }
  if (!isKept(entry)) return true;
  if (fileSystem.status(batch.undo(entry)) !== undefined) {
    await put(batch, batch.undo(entry), entry);
    return true;
  }
  const found = batch.state(entry.path);
  return entry.before !== undefined && found !== undefined && isLike(entry.before, found);
};

const restoreMode = (batch: FileBatch, { path, via, before }: FileEntry): void => {
  if (before === undefined || (before.kind !== 'folder' && via !== 'mode')) return;
  const status = batch.status(path);
  if (status?.kind === before.kind && status.mode !== before.mode)
    batch.fileSystem.setMode(batch.place(path), before.mode);
};

const drop = (batch: FileBatch): void => {
  const { fileSystem, intent, stagedFolder, undoFolder } = batch;
  const besides = new Set(intent.entries.map((entry) => batch.beside(entry)));
  const folders = new Set([...besides].map((path) => dirname(path)));
  for (const folder of folders)
    if (fileSystem.status(folder)?.kind === 'folder')
      for (const name of fileSystem.names(folder))
        if (besides.has(posix.join(folder, name))) fileSystem.unlink(posix.join(folder, name));
  if (fileSystem.status(undoFolder) !== undefined)
    for (const entry of intent.entries)
      if (fileSystem.status(batch.undo(entry)) !== undefined) fileSystem.unlink(batch.undo(entry));
  removeTree(fileSystem, stagedFolder);
};
