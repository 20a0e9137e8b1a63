import { type FileState, isLike } from './file-state.ts';
import type { FileBatch, FileEntry } from './intent.ts';
import { inParallel } from './parallel.ts';
import { isPut } from './standing.ts';

const isAs = (state: FileState | undefined, found: FileState | undefined): boolean => {
  if (state === undefined || found === undefined) return state === found;
  return isLike(state, found) && (state.kind === 'link' || state.mode === found.mode);
};

const isAsLeft = async (batch: FileBatch, entry: FileEntry, found: FileState | undefined): Promise<boolean> => {
  const { via, after } = entry;
  if (via === 'removed' || found === undefined) return after === undefined && found === undefined;
  if (via === 'staged' && after?.kind !== 'folder') return isPut(batch, entry, found);
  return isAs(after, found);
};

/**
 * Which of these batches, applied one after the other, the disk has forgotten with the power: the first for each path that stands as it
 * did before one of them. What is neither as it was nor as it was left is somebody's work, and none of these.
 */
export const lostBatches = async (batches: readonly FileBatch[]): Promise<readonly number[]> => {
  const byPath = new Map<string, { readonly number: number; readonly entry: FileEntry }[]>();
  for (const [number, { intent }] of batches.entries())
    for (const entry of intent.entries) byPath.set(entry.path, [...(byPath.get(entry.path) ?? []), { number, entry }]);
  const lost = new Set<number>();
  await inParallel([...byPath], async ([path, changes]) => {
    const last = changes.at(-1) as (typeof changes)[number];
    const batch = batches[last.number] as FileBatch;
    const found = batch.state(path);
    if (await isAsLeft(batch, last.entry, found)) return;
    const before = changes.find(({ entry }) => isAs(entry.before, found));
    // Only its mode is not as it was left: that is forgotten by itself.
    const isModeLost = found !== undefined && found.ino === last.entry.after?.ino;
    if (before !== undefined) lost.add(before.number);
    else if (isModeLost) lost.add(last.number);
  });
  return [...lost];
};

/** Which of these paths stand as they did before the first of the batches. */
export const restoredPaths = async (
  batches: readonly FileBatch[],
  paths: readonly string[],
): Promise<readonly string[]> =>
  paths.filter((path) => {
    const batch = batches.find(({ byPath }) => byPath.has(path));
    return batch !== undefined && isAs(batch.byPath.get(path)?.before, batch.state(path));
  });
