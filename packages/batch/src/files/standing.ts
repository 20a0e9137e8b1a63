import { createHash } from 'node:crypto';
import { type FileState, isLike, isStill } from './file-state.ts';
import { createDetours, type FileBatch, type FileEntry } from './intent.ts';
import { inParallel } from './parallel.ts';

/**
 * How a place stands to an entry. `ours`: it is as the entry left it, and can be taken back. `untouched`: the entry has changed nothing
 * there, or that was taken back. `foreign`: somebody else has changed what the entry left.
 */
export interface Standing {
  readonly is: 'ours' | 'untouched' | 'foreign';
  readonly found: FileState | undefined;
  readonly reason?: string | undefined;
}

const changed = 'was changed since';
const removed = 'was removed since';

/** Whether that is what an entry has put there. Sizes and times are the same of two writes within one tick: contents are not. */
export const isPut = async (batch: FileBatch, entry: FileEntry, found: FileState): Promise<boolean> => {
  const { after, sha256, path } = entry;
  if (after === undefined || found.kind !== after.kind || found.size !== after.size) return false;
  if (after.kind === 'link') return found.target === after.target;
  if (found.mode !== after.mode) return false;
  if (sha256 === undefined) return isLike(after, found);
  const content = await batch.fileSystem.read(batch.place(path));
  return createHash('sha256').update(content).digest('hex') === sha256;
};

const standingOf = async (batch: FileBatch, entry: FileEntry): Promise<Standing> => {
  const { fileSystem } = batch;
  const { via, before, after, from, to } = entry;
  const found = batch.state(entry.path);
  const inoAt = (path: string): string | undefined => fileSystem.status(path)?.ino.toString();
  const as = (is: Standing['is'], reason?: string): Standing => ({ is, found, reason });
  // What stood here has gone elsewhere, and comes back from there.
  const goesTo = to === undefined ? undefined : batch.byPath.get(to);

  switch (via) {
    case 'mode': {
      if (found === undefined) return as('foreign', removed);
      if (before === undefined || found.kind !== before.kind || (found.ino !== before.ino && !isLike(before, found)))
        return as('foreign', changed);
      if (found.mode === before.mode) return as('untouched');
      // A folder that may not be written to can be, while that is changed.
      const widened = [before.mode, after?.mode].map((mode) => Number(mode) | 0o700);
      const isOurs = found.mode === after?.mode || (found.kind === 'folder' && widened.includes(found.mode));
      return isOurs ? as('ours') : as('foreign', changed);
    }
    case 'moved': {
      const isStaged = inoAt(batch.staged(entry)) !== undefined;
      const atFrom = batch.state(String(from));
      // An undo of what came after this may have brought back a copy, which is not the same but like it.
      const isAfter = (state: FileState | undefined): boolean =>
        state !== undefined && after !== undefined && (state.ino === after.ino || isLike(after, state));
      const isBack = atFrom?.ino === after?.ino || (!isStaged && !isAfter(found) && isAfter(atFrom));
      if (isBack) {
        const isStillHere = before !== undefined && found !== undefined && isLike(before, found);
        const isElsewhere = goesTo !== undefined || before?.kind === 'folder' || inoAt(batch.undo(entry)) !== undefined;
        if (before === undefined || isStillHere || !isElsewhere) return as('untouched');
        // It has made room, and what is to come has not moved yet, or has gone back already.
        return found === undefined ? as('ours') : as('foreign', changed);
      }
      if (isStaged) return found === undefined ? as('ours') : standingWhileMoved(entry, found);
      if (found === undefined) return as('foreign', removed);
      const source = batch.byPath.get(String(from))?.before;
      const isMode = found.mode === after?.mode || found.mode === source?.mode;
      if (after !== undefined && isLike(after, found) && isMode) return as('ours');
      return before !== undefined && isLike(before, found) ? as('untouched') : as('foreign', changed);
    }
    case 'removed': {
      if (before?.kind === 'folder') {
        if (found === undefined) return as('ours');
        return found.kind === 'folder' ? as('untouched') : as('foreign', changed);
      }
      const kept = goesTo === undefined ? inoAt(batch.undo(entry)) : undefined;
      if (found === undefined) return kept !== undefined || goesTo !== undefined ? as('ours') : as('untouched');
      if (found.ino === kept || (goesTo !== undefined && found.ino === goesTo.after?.ino)) return as('untouched');
      if (before !== undefined && isLike(before, found)) return as('untouched');
      return goesTo === undefined && kept === undefined ? as('untouched') : as('foreign', 'is there again');
    }
    case 'staged': {
      const staged = inoAt(batch.staged(entry));
      const isPlaced = staged === undefined || staged === found?.ino;
      if (after?.kind === 'folder') {
        if (found === undefined) return as('ours');
        if (found.kind === 'folder') return found.ino === after.ino || isPlaced ? as('ours') : as('untouched');
        const isBack = before !== undefined && isStill(before, found);
        return !isPlaced || isBack ? as('untouched') : as('foreign', changed);
      }
      if (!isPlaced) {
        // Not put yet; a folder, or what is moved, is taken away before.
        if (found === undefined) return as(before?.kind === 'folder' || goesTo !== undefined ? 'ours' : 'untouched');
        const isBack =
          before !== undefined && before.kind === found.kind && (before.kind === 'folder' || before.ino === found.ino);
        return isBack || goesTo === undefined ? as('untouched') : as('foreign', changed);
      }
      if (found === undefined) {
        const isFree = before === undefined || before.kind === 'folder' || goesTo !== undefined;
        return isFree ? as('ours') : as('foreign', removed);
      }
      if (found.ino !== after?.ino && before !== undefined && isStill(before, found)) return as('untouched');
      if (await isPut(batch, entry, found)) return as('ours');
      return before !== undefined && isLike(before, found) ? as('untouched') : as('foreign', changed);
    }
  }
};

/** While what is moved is neither here nor there, what stood here before still may, or be gone as well. */
const standingWhileMoved = ({ before }: FileEntry, found: FileState): Standing =>
  before !== undefined && isLike(before, found) ? { is: 'ours', found } : { is: 'foreign', found, reason: changed };

/** How all places of a batch stand. What cannot go back because its old place is taken is `foreign` too. */
export const standings = async (batch: FileBatch): Promise<Map<FileEntry, Standing>> => {
  const { entries } = batch.intent;
  const found = new Map<FileEntry, Standing>();
  const detourTo = createDetours(batch);
  await inParallel(entries, async (entry) => {
    const detour = detourTo(entry.path);
    const reason = `cannot be reached: ${detour} is no folder any more`;
    found.set(
      entry,
      detour === undefined ? await standingOf(batch, entry) : { is: 'foreign', found: undefined, reason },
    );
  });
  // What stood there had not gone: that somebody has changed it since is no concern of ours.
  for (const [entry, standing] of found) {
    const goesTo = entry.to === undefined ? undefined : batch.byPath.get(entry.to);
    if (goesTo !== undefined && standing.is === 'foreign' && found.get(goesTo)?.is === 'untouched')
      found.set(entry, { ...standing, is: 'untouched' });
  }
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const entry of entries) {
      const standing = found.get(entry);
      const source = entry.from === undefined ? undefined : batch.byPath.get(entry.from);
      if (standing?.is !== 'ours' || source === undefined || found.get(source)?.is !== 'foreign') continue;
      found.set(entry, { ...standing, is: 'foreign', reason: `cannot go back: ${entry.from} is taken` });
      isSettled = false;
    }
  }
  return found;
};
