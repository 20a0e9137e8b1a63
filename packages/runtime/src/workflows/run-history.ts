import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, RunFilter, RunHistory, RunRecord } from '@hotpath/batch';
import type { Folders } from '../folders.ts';

/** The runs of workflows of this user, of all folders, for whoever only looks at them. */
export interface RunHistoryReader {
  /** The newest first. */
  runs(filter?: RunFilter): Promise<readonly RunRecord[]>;
  load(run: string): Promise<RunHistory | undefined>;
  /** Ids of those of these runs that ended with their process in the middle: nobody runs them. */
  interrupted(runs: readonly RunRecord[]): Promise<ReadonlySet<string>>;
  close(): void;
}

export const journalFile = ({ state }: Pick<Folders, 'state'>): string => join(state, 'workflows.sqlite');
export const locksFolder = ({ state }: Pick<Folders, 'state'>): string => join(state, 'workflow-locks');

/** Nothing is opened before somebody asks, and nothing made where nothing was ever run. */
export const openRunHistory = (folders: Pick<Folders, 'state'>): RunHistoryReader => {
  const path = journalFile(folders);
  let opening: Promise<Journal> | undefined;
  const open = async (): Promise<Journal | undefined> => {
    if (opening === undefined && statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    opening ??= import('@hotpath/batch/journals/sqlite').then(({ sqliteJournal }) => {
      try {
        return sqliteJournal({ path });
      } catch (error) {
        try {
          // What cannot be written to can be looked at.
          return sqliteJournal({ path, isReadOnly: true });
        } catch {
          throw error;
        }
      }
    });
    // What cannot be opened now may be later.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  };
  return {
    runs: async (filter) => (await open())?.runs(filter) ?? [],
    load: async (run) => (await open())?.load(run),
    async interrupted(runs) {
      const journal = await open();
      if (journal === undefined) return new Set();
      const [{ openLocks }, { interruptedAmong }] = await Promise.all([
        import('@hotpath/batch/lock'),
        import('./interrupted.ts'),
      ]);
      return interruptedAmong(runs, journal, openLocks({ folder: locksFolder(folders) }));
    },
    close() {
      opening?.then((journal) => journal.close()).catch(() => {});
      opening = undefined;
    },
  };
};
