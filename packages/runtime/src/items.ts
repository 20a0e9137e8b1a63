// Apart from the workflows: who does the items of a list reads nothing of their engine.
import { endIfDead } from '@hotpath/batch/items';
import { type SqliteJournal, sqliteJournal } from '@hotpath/batch/journals/sqlite';
import type { Folders } from './folders.ts';
import { journalFile } from './workflows/run-history.ts';

export type {
  EndedItem,
  GoAheadOptions,
  ItemResult,
  ItemRun,
  ItemState,
  ItemsEnd,
  ItemsOutcome,
  ItemsPlan,
  ItemTask,
} from '@hotpath/batch/items';
export { openItemRun } from '@hotpath/batch/items';

/**
 * The journal of all runs of this user, in which runs of items whose process is gone are ones that were kept from then on. Throws a
 * `BatchError` where it cannot be used.
 */
export const openRunJournal = async (folders: Pick<Folders, 'state'>): Promise<SqliteJournal> => {
  const journal = sqliteJournal({ path: journalFile(folders) });
  try {
    for (const run of journal.runs({ states: ['running'] })) await endIfDead(journal, run, Date.now());
    return journal;
  } catch (error) {
    journal.close();
    throw error;
  }
};
