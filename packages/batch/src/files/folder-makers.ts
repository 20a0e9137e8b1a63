import { type FileBatch, type FileEntry, makesFolder, removesFolder } from './intent.ts';

/** Steps that run at the same time may make the same folder: who does so first has made it for all, and who is undone last takes it away. */
export interface FolderMakers {
  /** Whether another batch that stands has made this folder too. */
  hasOther(batch: FileBatch, entry: FileEntry): boolean;
  /** It does not stand any more. */
  forget(batch: FileBatch): void;
}

interface Change {
  readonly batch: FileBatch;
  readonly entry: FileEntry;
}

const nameOf = ({ batch }: Change): string => batch.intent.name;

/** `standing`: in the order in which they were carried out. */
export const createFolderMakers = (standing: readonly FileBatch[]): FolderMakers => {
  const byPath = new Map<string, Change[]>();
  for (const batch of standing)
    for (const entry of batch.intent.entries) {
      if (!makesFolder(entry) && !removesFolder(entry)) continue;
      const changes = byPath.get(entry.path) ?? [];
      byPath.set(entry.path, changes);
      changes.push({ batch, entry });
    }
  return {
    hasOther({ intent }, { path }) {
      const changes = byPath.get(path) ?? [];
      const own = changes.findIndex((change) => nameOf(change) === intent.name);
      // What was taken away in between was another folder.
      const from = changes.findLastIndex(({ entry }, at) => at < own && removesFolder(entry));
      const until = changes.findIndex(({ entry }, at) => at > own && removesFolder(entry));
      const others = changes.slice(from + 1, until < 0 ? undefined : until);
      return others.some(
        // What is staged still has not been put there.
        ({ batch, entry }, at) => from + 1 + at !== own && batch.fileSystem.status(batch.staged(entry)) === undefined,
      );
    },
    forget({ intent }) {
      for (const { path } of intent.entries) {
        const changes = byPath.get(path);
        const own = changes?.findIndex((change) => nameOf(change) === intent.name) ?? -1;
        if (own >= 0) changes?.splice(own, 1);
      }
    },
  };
};
