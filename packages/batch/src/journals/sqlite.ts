import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { journalFull, journalUnusable } from '../errors/journal.ts';
import { BatchError } from '../errors.ts';
import { channels } from '../events.ts';
import { createGroupCommit } from '../journal/group-commit.ts';
import type { Durability, Journal, JournalEntry } from '../journal/journal.ts';
import { adviceOn, isFullDisk, isSyncFailed } from '../sqlite/faults.ts';
import { openFile, openToRead } from '../sqlite/open-file.ts';
import { createCheckpoints } from './sqlite/checkpoints.ts';
import { journalLayout } from './sqlite/layout.ts';
import { createRunReader } from './sqlite/read-runs.ts';
import { createRemoval } from './sqlite/removal.ts';
import { createEntryWriter } from './sqlite/write-entries.ts';

export interface SqliteJournalOptions {
  /** Made, with its folder, where there is none. Several processes may use it at once; not over a network. */
  readonly path: string;
  /** How long a write waits for those of other processes, milliseconds. @default 5000 */
  readonly busyMs?: number | undefined;
  /** Only looks at one that is there, also where nothing can be written; writes reject. @default false */
  readonly isReadOnly?: boolean | undefined;
}

const onDamage =
  'Move it away to go on with an empty one; runs that were interrupted can no longer be taken back then, nor can finished ones be undone.';

/** The inode of the file, 0n where there is none. */
const identityOf = (path: string): bigint => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;

/** A journal that is not there any more is one that nobody will recover from. */
const createPresenceCheck = (path: string): (() => void) => {
  const identity = identityOf(path);
  return () => {
    if (identityOf(path) !== identity) throw new Error('it was deleted or replaced while it was open');
  };
};

/**
 * A journal in a SQLite file. Writes of one turn of the loop are one transaction; `relaxed` ones survive the end of the process,
 * `full` ones the loss of power, with all before them. Throws `BATCH_JOURNAL_UNUSABLE`, with which writes reject of which nothing
 * is there then.
 */
export const sqliteJournal = (options: SqliteJournalOptions): Journal => {
  const { busyMs = 5_000, isReadOnly = false } = options;
  const path = resolve(options.path);
  const unusable = (cause: unknown): BatchError => {
    if (BatchError.isInstance(cause)) return cause;
    if (isFullDisk(cause)) return journalFull(path, cause);
    const { text, isRetryable } = adviceOn(cause, onDamage);
    return journalUnusable(path, cause, text, isRetryable);
  };
  const guarded = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      throw unusable(error);
    }
  };
  const timed = <Value>(operation: 'read' | 'write', work: () => Value): Value => {
    const { queryEnd } = channels;
    if (!queryEnd.hasSubscribers) return work();
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      queryEnd.publish({ operation, durationMs: performance.now() - startedAt });
    }
  };
  const open = (): DatabaseSync =>
    openFile({
      path,
      layout: journalLayout,
      busyMs,
      // A checkpoint waits for the disk: it is made when nobody writes, or when the log is 16 MB long. What fsync leaves in the
      // disk's own cache on macOS is flushed as well.
      pragmas: `
        PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 16777216; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;`,
    });

  const connection = guarded(() => (isReadOnly ? openToRead({ path, layout: journalLayout, busyMs }) : open()));
  const checkPresence = createPresenceCheck(path);
  const { begin, commit, mark, writer, reader, remove } = guarded(() => {
    try {
      return {
        begin: connection.prepare('BEGIN IMMEDIATE'),
        commit: connection.prepare('COMMIT'),
        mark: connection.prepare('UPDATE syncs SET count = count + 1'),
        writer: createEntryWriter(connection),
        reader: createRunReader(connection),
        remove: createRemoval(connection),
      };
    } catch (error) {
      // Its tables are not those of its layout.
      connection.close();
      throw error;
    }
  });
  const checkpoints = createCheckpoints(connection);
  let present: Durability = 'relaxed';
  let failure: unknown;

  const setDurability = (wanted: Durability): void => {
    if (wanted === present) return;
    connection.exec(`PRAGMA synchronous = ${wanted === 'full' ? 'FULL' : 'NORMAL'}`);
    present = wanted;
  };
  const transact = <Value>(work: () => Value): Value => {
    begin.run();
    try {
      const value = work();
      commit.run();
      return value;
    } catch (error) {
      writer.forgetAll();
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  };
  const writeAll = (entries: readonly JournalEntry[], durability: Durability): void => {
    if (failure !== undefined) throw failure;
    try {
      if (durability === 'full') checkPresence();
      setDurability(durability);
      timed('write', () =>
        transact(() => {
          const changes = writer.write(entries);
          // A transaction that changes nothing would make nothing sure of what was written before it.
          if (changes === 0 && durability === 'full') mark.run();
        }),
      );
    } catch (error) {
      const reported = unusable(error);
      if (isSyncFailed(error)) failure = reported;
      throw reported;
    }
    checkpoints.wrote();
  };
  const group = createGroupCommit({ commit: writeAll });
  /** What was written is read, also when nobody has waited for it. */
  const reading = <Value>(read: () => Value): Value => {
    group.flush();
    return timed('read', () => guarded(read));
  };

  return {
    isShared: true,
    write: group.write,
    load: (run) => reading(() => reader.load(run)),
    has: (run) => reading(() => reader.has(run)),
    runs: (filter) => reading(() => reader.runs(filter)),
    durations: (name, step) => reading(() => reader.durations(name, step)),
    remove: (run) =>
      reading(() => {
        timed('write', () => transact(() => remove(run)));
        writer.forget(run);
        checkpoints.wrote();
      }),
    close() {
      if (!connection.isOpen) return;
      group.flush();
      checkpoints.stop();
      connection.close();
      failure ??= unusable(new Error('it is closed'));
    },
  };
};
