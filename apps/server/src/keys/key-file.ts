import { channels } from '../events.ts';
import { isBusy } from '../state-file.ts';
import { identityOf, type KeyDatabase, openKeyDatabase } from './database.ts';
import { fileBusy, fileUnusable, KeyError } from './errors.ts';

export interface KeyFileOptions {
  readonly path: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How long a call waits for another process that writes, milliseconds. */
  readonly busyMs: number;
  /** Told when `poll` cannot look, once until it can again. */
  readonly onError: (error: unknown) => void;
}

/** The key file, whichever is at the path; there need not be one. */
export interface KeyFile {
  /** Undefined where there is no file. Throws `KEYS_FILE_UNUSABLE` and `KEYS_FILE_BUSY`. */
  read<Result>(work: (database: KeyDatabase) => Result): Result | undefined;
  /** Changes keys, all of `work` or nothing; makes the file where there is none. Throws as `read`, and what `work` throws. */
  changeKeys<Result>(work: (database: KeyDatabase) => Result): Result;
  /** Adds spending, all of `work` or nothing. Returns false where there is no file. Throws as `changeKeys`. */
  addSpending(work: (database: KeyDatabase) => void): boolean;
  /**
   * Looks whether others have changed the file, if that was not looked at in the last quarter of a second. Never throws:
   * while the file cannot be read, what is known of it stays.
   */
  poll(): void;
  /** Another number as soon as keys may have changed. */
  readonly keysVersion: number;
  /** Another number as soon as somebody's spending may have been added. */
  readonly spendingVersion: number;
  close(): void;
}

/** Asking SQLite costs more than all the rest of a request's authentication. */
const pollMs = 250;

/** Opens nothing yet: a file that is not there may come at any time. */
export const createKeyFile = ({ path, now, busyMs, onError }: KeyFileOptions): KeyFile => {
  let database: KeyDatabase | undefined;
  let identity = '';
  let polledAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let dataVersion: unknown;
  let revision: unknown;
  let keysVersion = 0;
  let spendingVersion = 0;
  let closed = false;

  const forget = (): void => {
    const last = database;
    database = undefined;
    dataVersion = undefined;
    revision = undefined;
    keysVersion += 1;
    spendingVersion += 1;
    last?.connection.close();
  };

  const open = (creates: boolean): KeyDatabase | undefined => {
    if (closed) throw fileUnusable(path, new Error('the store is closed'));
    const found = identityOf(path);
    // SQLite does not notice when its file is deleted or replaced: what is written from then on would be lost. What was
    // known before counts no more even if the new file cannot be opened: it may hold keys.
    if (found !== identity) {
      identity = found;
      forget();
    }
    if (database || (found === '' && !creates)) return database;
    database = openKeyDatabase(path, busyMs, creates);
    identity = database.identity;
    return database;
  };

  const use = <Result>(operation: 'read' | 'write', work: () => Result): Result => {
    const { keyQueryEnd } = channels;
    const startedAt = keyQueryEnd.hasSubscribers ? performance.now() : undefined;
    try {
      return work();
    } catch (error) {
      if (KeyError.isInstance(error)) throw error;
      throw isBusy(error) ? fileBusy(path, error) : fileUnusable(path, error);
    } finally {
      if (startedAt !== undefined) keyQueryEnd.publish({ operation, durationMs: performance.now() - startedAt });
    }
  };

  const look = (): void => {
    const present = open(false);
    const seen = present?.dataVersion.get()?.data_version;
    if (!present || seen === dataVersion) return;
    const seenRevision = present.revision.get()?.revision;
    dataVersion = seen;
    spendingVersion += 1;
    if (seenRevision === revision) return;
    revision = seenRevision;
    keysVersion += 1;
  };

  const write = <Result>(present: KeyDatabase, synchronous: 'FULL' | 'NORMAL', work: () => Result): Result => {
    const { connection } = present;
    connection.exec(`PRAGMA synchronous = ${synchronous}; BEGIN IMMEDIATE`);
    try {
      const result = work();
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    get keysVersion() {
      return keysVersion;
    },
    get spendingVersion() {
      return spendingVersion;
    },
    read(work) {
      const present = open(false);
      return present && use('read', () => work(present));
    },
    changeKeys(work) {
      const present = open(true) as KeyDatabase;
      // A loss of power must not take back a key that was shown, nor bring one back that was disabled.
      const result = use('write', () => write(present, 'FULL', () => work(present)));
      keysVersion += 1;
      return result;
    },
    addSpending(work) {
      const present = open(false);
      if (!present) return false;
      use('write', () => write(present, 'NORMAL', () => work(present)));
      spendingVersion += 1;
      return true;
    },
    poll() {
      const at = now();
      // The clock may have been set back.
      if (Math.abs(at - polledAt) < pollMs) return;
      polledAt = at;
      try {
        look();
        hasFailed = false;
      } catch (error) {
        if (!hasFailed) onError(error);
        hasFailed = true;
      }
    },
    close() {
      closed = true;
      database?.connection.close();
      database = undefined;
    },
  };
};
