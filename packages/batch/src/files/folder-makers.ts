import { type FileBatch, type FileEntry, makesFolder } from './intent.ts';

/** Steps that run at the same time may make the same folder: who does so first has made it for all, and who is undone last takes it away. */
export interface FolderMakers {
  /** Whether another batch that stands has made this folder too. */
  hasOther(batch: FileBatch, entry: FileEntry): boolean;
  /** It does not stand any more. */
  forget(batch: FileBatch): void;
}

export const createFolderMakers = (standing: readonly FileBatch[]): FolderMakers => {
  const byPath = new Map<string, Map<string, { readonly batch: FileBatch; readonly entry: FileEntry }>>();
  for (const batch of standing)
    for (const entry of batch.intent.entries) {
      if (!makesFolder(entry)) continue;
      const makers = byPath.get(entry.path) ?? new Map();
      byPath.set(entry.path, makers.set(batch.intent.name, { batch, entry }));
    }
  return {
    hasOther: ({ intent }, { path }) =>
      [...(byPath.get(path)?.values() ?? [])].some(
        // What is staged still has not been put there.
        ({ batch, entry }) =>
          batch.intent.name !== intent.name && batch.fileSystem.status(batch.staged(entry)) === undefined,
      ),
    forget({ intent }) {
      for (const { path } of intent.entries) byPath.get(path)?.delete(intent.name);
    },
  };
};
