import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isBusy, isUnopened } from './faults.ts';
import { makeFolder } from './make-folder.ts';

type Sqlite = typeof import('node:sqlite');

/** Node before 24 warns of node:sqlite on stderr, which is no concern of those who use a tool built on this. */
const loadSqlite = (): Sqlite => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    // Older ones cannot be asked.
    const sqlite = process.getBuiltinModule?.('node:sqlite');
    if (sqlite === undefined) throw new Error('this Node has no node:sqlite, it takes 22.13 or newer');
    return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
};

/** Paths and outputs stand in it: it is nobody else's to read. */
const createFile = (path: string): void => {
  makeFolder(dirname(path));
  try {
    // Only ever a file of our own making is opened here: closing a descriptor drops every lock that this process has on the file.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/** Opens a database file, of nobody but this user where it is new; `:memory:` is none. */
export const connect = (path: string): DatabaseSync => {
  const { DatabaseSync: Database } = loadSqlite();
  if (path !== ':memory:') createFile(path);
  return new Database(path);
};

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const readNumber = (connection: DatabaseSync, pragma: string): number =>
  Number(Object.values(connection.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);

export interface Layout {
  /** Marks a file as ours, so that nobody's own database is ever written to. */
  readonly applicationId: number;
  readonly tables: string;
  /** What leads from each version, from the first, to the next; the last leads to what `tables` makes. */
  readonly upgrades: readonly string[];
}

export interface OpenOptions {
  readonly path: string;
  readonly layout: Layout;
  /** How long a statement waits for other processes, milliseconds. */
  readonly busyMs: number;
  readonly pragmas: string;
  /** Nobody else opens it from here on until it is closed, or its process has ended, however it did. @default false */
  readonly isExclusive?: boolean | undefined;
}

/** From 1; 0 where there is none yet. */
const layoutOf = (connection: DatabaseSync, { applicationId, upgrades }: Layout): number => {
  if (connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0) return 0;
  if (readNumber(connection, 'application_id') !== applicationId)
    throw new Error('it is a database of another application');
  const found = readNumber(connection, 'user_version');
  const known = upgrades.length + 1;
  if (found > known) throw new Error(`it has the layout ${found} of a newer release, this one knows ${known}`);
  return found;
};

/** Within a transaction: what is cut off half way has not happened. */
const bringUpToDate = (connection: DatabaseSync, layout: Layout): void => {
  const { applicationId, tables, upgrades } = layout;
  const found = layoutOf(connection, layout);
  if (found === 0) connection.exec(`${tables} PRAGMA application_id = ${applicationId};`);
  else for (const upgrade of upgrades.slice(found - 1)) connection.exec(upgrade);
  connection.exec(`PRAGMA user_version = ${upgrades.length + 1}`);
};

const prepareFile = (connection: DatabaseSync, { layout, busyMs, pragmas, isExclusive }: OpenOptions): void => {
  connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
  // Before anything is read: what is asked of the file later would be asked of one that others have too.
  if (isExclusive === true) connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  const isReady = layoutOf(connection, layout) === layout.upgrades.length + 1;
  connection.exec(pragmas);
  if (isReady) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have prepared it since.
    bringUpToDate(connection, layout);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

/**
 * Opens a database of ours, which must be there, to look at it alone: also where nothing beside it can be made. Throws what SQLite says,
 * and for what is not ours, or of another release.
 */
export const openToRead = ({ path, layout, busyMs }: Pick<OpenOptions, 'path' | 'layout' | 'busyMs'>): DatabaseSync => {
  const { DatabaseSync: Database } = loadSqlite();
  const open = (location: string): DatabaseSync => {
    const connection = new Database(location, { readOnly: true });
    try {
      connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
      const found = layoutOf(connection, layout);
      const known = layout.upgrades.length + 1;
      if (found !== known) throw new Error(`it has the layout ${found} of an older release, this one knows ${known}`);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  };
  try {
    return open(path);
  } catch (error) {
    // An index of the log is made beside it. Where it cannot be, and there is no log, nobody writes, and both can be left out.
    const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
    if (!isUnopened(error) || hasLog || isWritable(dirname(path))) throw error;
    return open(`${pathToFileURL(path).href}?immutable=1`);
  }
};

/** Opens or makes a database of ours. Throws what SQLite says, and for what is not ours to use. */
export const openFile = (options: OpenOptions): DatabaseSync => {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + options.busyMs;
  for (;;) {
    const connection = connect(options.path);
    try {
      prepareFile(connection, options);
      return connection;
    } catch (error) {
      connection.close();
      // Several processes that open a new file at once can meet a lock that SQLite does not wait for.
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
};
