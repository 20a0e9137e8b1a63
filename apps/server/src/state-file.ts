import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '@hotpath/runtime';

type Sqlite = typeof import('node:sqlite');

/** What makes a SQLite file one of ours, of one kind. */
export interface StateLayout {
  /** Marks the file; SQLite's `application_id`. */
  readonly applicationId: number;
  /** Files of a later one are refused; SQLite's `user_version`. */
  readonly version: number;
  /** The statements that make the tables of an empty file. */
  readonly tables: string;
}

export interface StateFileOptions {
  readonly path: string;
  readonly layout: StateLayout;
  /** How long a statement waits for another process that writes, milliseconds. Nothing else runs meanwhile. */
  readonly busyMs: number;
  /** Whether a file is made, for this user alone, where there is none. */
  readonly creates: boolean;
  /** What a commit outlives: the process, or the machine's end too; SQLite's `synchronous`. */
  readonly synchronous: 'NORMAL' | 'FULL';
}

const openDeadlineMs = 2_000;

const createFile = (path: string): void => {
  makeFolder(dirname(path));
  try {
    // Only ever a file of our own making is opened here: closing a descriptor drops every lock that this process holds
    // on the file. SQLite gives the files beside it the same permissions.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/** What is in it is nobody else's business, whatever made the file readable. */
const closeToOthers = (path: string): void => {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  } catch {
    // Not our file to change: it can be used all the same.
  }
};

const readNumber = (connection: DatabaseSync, pragma: string): number =>
  Number(Object.values(connection.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);

const isEmpty = (connection: DatabaseSync): boolean =>
  connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0;

const checkLayout = (connection: DatabaseSync, layout: StateLayout): void => {
  if (readNumber(connection, 'application_id') !== layout.applicationId) {
    throw new Error('it is a database of another application');
  }
  const version = readNumber(connection, 'user_version');
  if (version > layout.version) {
    throw new Error(`it has the layout ${version} of a newer release, this is ${layout.version}`);
  }
};

const createTables = (connection: DatabaseSync, { tables, applicationId, version }: StateLayout): void => {
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made them since.
    if (isEmpty(connection)) {
      connection.exec(`${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version};`);
    }
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

const connect = <Database>(
  sqlite: Sqlite,
  { path, layout, busyMs, synchronous }: StateFileOptions,
  prepare: (connection: DatabaseSync) => Database,
): Database => {
  const connection = new sqlite.DatabaseSync(path);
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
    // Looked at before anything is changed: it may be somebody else's.
    if (!isEmpty(connection)) checkLayout(connection, layout);
    // Before there are files beside it, which get its permissions.
    closeToOthers(path);
    connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
    if (isEmpty(connection)) createTables(connection, layout);
    return prepare(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** SQLITE_BUSY or SQLITE_LOCKED: somebody else writes. */
export const isBusy = (error: unknown): boolean =>
  [5, 6].includes(Number((error as { errcode?: unknown } | undefined)?.errcode ?? 0) & 0xff);

/**
 * Opens one of the server's SQLite files and prepares the statements for it. A file that is damaged or not ours stays as it
 * is. Throws what SQLite and the file system throw, busy files after two seconds.
 */
export const openStateFile = <Database>(
  sqlite: Sqlite,
  options: StateFileOptions,
  prepare: (connection: DatabaseSync) => Database,
): Database => {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + openDeadlineMs;
  for (;;) {
    try {
      if (options.creates) createFile(options.path);
      return connect(sqlite, options, prepare);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      // Several processes that open a new file at once can meet a lock that SQLite does not wait for.
      Atomics.wait(pause, 0, 0, 10);
    }
  }
};
