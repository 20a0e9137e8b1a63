import { posix } from 'node:path';
import type { Conflict } from '../workspace/workspace.ts';
import { isLike } from './file-state.ts';
import { createDetours, type FileBatch, type FileEntry, makesFolder } from './intent.ts';
import { inParallel } from './parallel.ts';
import { isPut } from './standing.ts';
import { keptAt } from './undo.ts';

/** What undoing these, the last first, would leave: the last entry of each path says what has to stand there. */
export const checkBatches = async (batches: readonly FileBatch[]): Promise<readonly Conflict[]> => {
  const last = new Map<string, { readonly batch: FileBatch; readonly entry: FileEntry }>();
  for (const batch of batches) for (const entry of batch.intent.entries) last.set(entry.path, { batch, entry });
  const made = new Set(batches.flatMap(({ intent }) => intent.entries.filter(makesFolder)).map(({ path }) => path));
  const detours = new Map(batches.map((batch) => [batch, createDetours(batch)]));

  const reasonOf = async (batch: FileBatch, entry: FileEntry): Promise<string | undefined> => {
    const { path, via, before, after } = entry;
    const detour = detours.get(batch)?.(path);
    const isOwnDetour = detour !== undefined && last.has(detour);
    if (detour !== undefined && !isOwnDetour) return `cannot be reached: ${detour} is no folder any more`;
    // Below what a later batch has put in the place of a folder there is nothing.
    const found = isOwnDetour ? undefined : batch.state(path);
    if (via === 'removed') {
      const isFolderAgain = before?.kind === 'folder' && found?.kind === 'folder';
      return found === undefined || isFolderAgain ? undefined : 'is there again';
    }
    if (found === undefined)
      return via === 'staged' && (before === undefined || before.kind === 'folder') ? undefined : 'was removed since';
    if (after?.kind === 'folder') {
      if (found.kind !== 'folder') return 'was changed since';
      if (via === 'mode' && found.mode !== after.mode) return 'was changed since';
      if (!made.has(path)) return undefined;
      const isOurs = (name: string): boolean => last.get(posix.join(path, name))?.entry.after !== undefined;
      return batch.fileSystem.names(batch.place(path)).every(isOurs) ? undefined : 'holds what others have made';
    }
    const isAsLeft =
      via === 'staged'
        ? await isPut(batch, entry, found)
        : after !== undefined &&
          found.mode === after.mode &&
          (isLike(after, found) || (via === 'mode' && found.ino === after.ino));
    return isAsLeft ? undefined : 'was changed since';
  };

  const conflicts: Conflict[] = [];
  await inParallel([...last.values()], async ({ batch, entry }) => {
    const reason = await reasonOf(batch, entry);
    if (reason !== undefined) conflicts.push({ path: entry.path, reason, keptAt: keptAt(batch, entry) });
  });
  return conflicts.toSorted((a, b) => (a.path < b.path ? -1 : 1));
};
