import type { Durability, JournalEntry } from './journal.ts';

export interface GroupCommitOptions<Entry = JournalEntry> {
  /** Writes all of it or, where it throws, nothing. */
  readonly commit: (entries: readonly Entry[], durability: Durability) => void;
  /** Runs once at the end of the present turn of the loop. @default setImmediate */
  readonly defer?: ((run: () => void) => void) | undefined;
}

export interface GroupCommit<Entry = JournalEntry> {
  /** All calls of one turn share one commit, as sure as the surest of them, and what becomes of it. */
  write(entries: readonly Entry[], durability: Durability): Promise<void>;
  /** Commits now what waits for the end of the turn. A failure is that of the calls that wait. */
  flush(): void;
}

interface Group<Entry> {
  readonly entries: Entry[];
  durability: Durability;
  readonly written: PromiseWithResolvers<void>;
}

/** Gathers the writes of one turn of the loop to one commit: what it costs to make them sure is paid once. */
export const createGroupCommit = <Entry = JournalEntry>({
  commit,
  defer = setImmediate,
}: GroupCommitOptions<Entry>): GroupCommit<Entry> => {
  let group: Group<Entry> | undefined;

  const flush = (): void => {
    if (group === undefined) return;
    const { entries, durability, written } = group;
    group = undefined;
    try {
      commit(entries, durability);
      written.resolve();
    } catch (error) {
      written.reject(error);
    }
  };

  return {
    write(entries, durability) {
      if (group === undefined) {
        group = { entries: [], durability, written: Promise.withResolvers() };
        defer(flush);
      }
      for (const entry of entries) group.entries.push(entry);
      if (durability === 'full') group.durability = 'full';
      return group.written.promise;
    },
    flush,
  };
};
