import { fileChanged } from '../errors/files.ts';
import { type FileState, isStill } from './file-state.ts';
import { systemCode } from './file-system.ts';
import { createDetours, type FileBatch, type FileEntry, isKept, makesFolder, removesFolder } from './intent.ts';
import { inParallel } from './parallel.ts';
import { keep, put } from './put.ts';

/** How far an entry is. `half`: what is moved has left its old place. */
type Progress = 'done' | 'half' | 'open';

const progressOf = (batch: FileBatch, entry: FileEntry): Progress => {
  const { fileSystem } = batch;
  const { via, after } = entry;
  const found = batch.state(entry.path);
  const isThere = found !== undefined && found.ino === after?.ino;
  switch (via) {
    case 'mode':
      return isThere && found.mode === after?.mode ? 'done' : 'open';
    case 'removed':
      if (found !== undefined || entry.to !== undefined) return 'open';
      return removesFolder(entry) || fileSystem.status(batch.undo(entry)) !== undefined ? 'done' : 'open';
    case 'moved':
      if (fileSystem.status(batch.staged(entry)) !== undefined) return 'half';
      return isThere && batch.status(String(entry.from))?.ino !== BigInt(found.ino) ? 'done' : 'open';
    case 'staged':
      if (fileSystem.status(batch.staged(entry)) !== undefined) return 'open';
      if (isThere || (makesFolder(entry) && found?.kind === 'folder')) return 'done';
      throw fileChanged(entry.path);
  }
};

/** Throws where a place is no longer as it was when this was prepared. */
const checkPlace = (batch: FileBatch, entry: FileEntry, progress: ReadonlyMap<FileEntry, Progress>): void => {
  const { before } = entry;
  const found = batch.state(entry.path);
  if (found === undefined) {
    const goes = entry.to === undefined ? undefined : progress.get(batch.byPath.get(entry.to) as FileEntry);
    const isTakenAway = before?.kind === 'folder' || goes === 'half' || goes === 'done';
    if (before !== undefined && !isTakenAway) throw fileChanged(entry.path);
    return;
  }
  // Another step may have made the same folder.
  if (makesFolder(entry) && found.kind === 'folder') return;
  const isSame = (state: FileState): boolean =>
    state.kind === 'folder'
      ? found.kind === 'folder'
      : isStill(state, found) && (state.mode === found.mode || entry.via === 'mode');
  if (before === undefined || !isSame(before)) throw fileChanged(entry.path);
};

/**
 * Carries out what was prepared; what was done of it by an earlier call is left. What stood there is kept first, and that made sure;
 * folders that are touched are made sure by `sync` alone: until then undo takes back whichever of the changes the disk has kept.
 */
export const applyBatch = async (batch: FileBatch): Promise<void> => {
  const { fileSystem, intent } = batch;
  const progress = new Map(intent.entries.map((entry) => [entry, progressOf(batch, entry)]));
  const open = intent.entries.filter((entry) => progress.get(entry) !== 'done');
  if (open.length === 0) return;
  const detourTo = createDetours(batch);
  for (const entry of open) {
    const detour = detourTo(entry.path);
    if (detour !== undefined) throw fileChanged(detour);
    checkPlace(batch, entry, progress);
  }

  const kept = open.filter(isKept);
  await inParallel(kept, async (entry) => keep(batch, entry));
  if (kept.length > 0) await batch.sync(batch.undoFolder);

  // Somebody may have come in between.
  for (const entry of open) checkPlace(batch, entry, progress);
  for (const { path, via, before } of open)
    if (via === 'mode' && before?.kind === 'folder' && (before.mode & 0o700) !== 0o700)
      fileSystem.setMode(batch.place(path), before.mode | 0o700);

  const moved = open.filter(({ via }) => via === 'moved');
  const hasFolders = open.some((entry) => makesFolder(entry) || removesFolder(entry));
  // In one go where nothing is in the way; else by way of what is staged.
  const isDirect = ({ from, to }: FileEntry): boolean =>
    !hasFolders && to === undefined && batch.byPath.get(String(from))?.via === 'removed';
  const sourceOf = (entry: FileEntry): string =>
    progress.get(entry) !== 'half' && isDirect(entry) ? batch.place(String(entry.from)) : batch.staged(entry);
  for (const entry of moved)
    if (progress.get(entry) === 'open' && !isDirect(entry))
      fileSystem.rename(batch.place(String(entry.from)), batch.staged(entry));

  for (const entry of open.toReversed()) {
    const { before, after, path, via } = entry;
    const place = batch.place(path);
    if (batch.status(path) === undefined) continue;
    if (removesFolder(entry)) fileSystem.removeFolder(place);
    else if (isKept(entry) && before !== undefined && (via === 'removed' || after?.kind === 'folder'))
      fileSystem.unlink(place);
  }

  // What is moved to a folder that is made leaves the staged ones after it, and cannot outlive it there.
  const shared = open.filter((entry) => makesFolder(entry) && !makeFolder(batch, entry));
  // That it is ours as well is told by what was staged for it being gone.
  if (shared.length > 0) {
    for (const entry of shared) fileSystem.removeFolder(batch.staged(entry));
    await fileSystem.sync(batch.stagedFolder);
  }

  for (const entry of open) {
    if ((entry.via !== 'staged' && entry.via !== 'moved') || makesFolder(entry)) continue;
    const source = entry.via === 'moved' ? sourceOf(entry) : batch.staged(entry);
    const copied = put(batch, source, entry);
    if (copied === undefined) continue;
    await copied;
    fileSystem.unlink(source);
  }
  for (const entry of open.toReversed()) setMode(batch, entry);
};

/** Returns false where it is there by now: another step has made it. */
const makeFolder = (batch: FileBatch, entry: FileEntry): boolean => {
  const { fileSystem } = batch;
  const [place, staged] = [batch.place(entry.path), batch.staged(entry)];
  if (batch.status(entry.path) !== undefined) return false;
  try {
    fileSystem.rename(staged, place);
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    fileSystem.makeFolder(place);
    fileSystem.removeFolder(staged);
  }
  return true;
};

const setMode = (batch: FileBatch, entry: FileEntry): void => {
  const { path, via, after } = entry;
  if (after === undefined || after.kind === 'link' || (via === 'staged' && !makesFolder(entry))) return;
  const status = batch.status(path);
  // A folder that somebody else has made keeps its mode.
  const isOurs = via !== 'staged' || String(status?.ino) === after.ino;
  if (isOurs && status !== undefined && status.mode !== after.mode)
    batch.fileSystem.setMode(batch.place(path), after.mode);
};
