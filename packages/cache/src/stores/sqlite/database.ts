import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { sqliteMissing, storeUnavailable } from '../../errors.ts';
import { moveAside } from './aside.ts';
import { cannotOpen, isBusy, isDamaged, isReadOnly } from './faults.ts';
import {
  applicationId,
  type CacheDatabase,
  createTables,
  layoutVersion,
  pageBytes,
  prepareStatements,
} from './layout.ts';
import { makeFolder } from './make-folder.ts';

/** How long a call waits for other processes, milliseconds. */
export const busyMs = 2_000;
const openDeadlineMs = 2_000;

type Sqlite = typeof import('node:sqlite');

/** Node before 24 warns of node:sqlite on stderr, which is no concern of those who use a tool built on this. */
export const loadSqlite = (): Sqlite | undefined => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    // Older ones cannot be asked.
    return process.getBuiltinModule?.('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
};

/** A file that nobody may change while it is open is another one as soon as it has changed. */
const identityOf = (path: string, immutable = false): string => {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return '';
  return immutable ? `${status.ino}:${status.mtimeMs}:${status.size}` : `${status.ino}`;
};

/**
 * Whether somebody deleted the file that we have open, or moved it aside as damaged. SQLite does not notice while it
 * writes to a log: everything written from then on would be lost with the file.
 */
export const isGone = ({ identity, immutable }: CacheDatabase, path: string): boolean =>
  identityOf(path, immutable) !== identity || (immutable && existsSync(`${path}-wal`));

/** Whether the file is there and may not be written to, or nothing may be made beside it, which writing takes. */
export const isWriteProtected = (path: string): boolean => {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return false;
  } catch {
    return true;
  }
};

const createFile = (path: string): void => {
  makeFolder(dirname(path));
  try {
    // Only ever a file of our own making is opened here: closing a descriptor drops every lock that this process holds
    // on the file, those of another open store included.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const readNumber = (connection: DatabaseSync, pragma: string): number =>
  Number(Object.values(connection.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);

/** Returns the layout, 0 for an empty file. Throws for what is not ours to use. */
const checkLayout = (connection: DatabaseSync): number => {
  const tables = Number(connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables ?? 0);
  if (tables === 0) return 0;
  if (readNumber(connection, 'application_id') !== applicationId)
    throw new Error('it is a database of another application');
  const version = readNumber(connection, 'user_version');
  if (version > layoutVersion)
    throw new Error(`it has the layout ${version} of a newer release, this is ${layoutVersion}`);
  return version;
};

const prepareFile = (connection: DatabaseSync): void => {
  connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
  const layout = checkLayout(connection);
  if (layout === 0) connection.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`);
  connection.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 16777216;
  `);
  if (layout === layoutVersion) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have prepared it since.
    if (readNumber(connection, 'user_version') !== layoutVersion) createTables(connection);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

const connect = (path: string, sqlite: Sqlite): CacheDatabase => {
  createFile(path);
  const connection = new sqlite.DatabaseSync(path);
  try {
    prepareFile(connection);
    const statements = prepareStatements(connection);
    return { connection, identity: identityOf(path), readOnly: false, immutable: false, ...statements };
  } catch (error) {
    connection.close();
    throw error;
  }
};

const connectReadOnly = (path: string, sqlite: Sqlite, immutable: boolean): CacheDatabase => {
  const url = pathToFileURL(path);
  if (immutable) url.searchParams.set('immutable', '1');
  const connection = new sqlite.DatabaseSync(url, { readOnly: true });
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
    if (checkLayout(connection) !== layoutVersion) throw new Error('it may not be written to, and has an older layout');
    const statements = prepareStatements(connection);
    return { connection, identity: identityOf(path, immutable), readOnly: true, immutable, ...statements };
  } catch (error) {
    connection.close();
    // A file with a log needs an index beside it, which cannot be made in a folder that may not be written to. Without
    // a log the file is complete by itself.
    if (!immutable && (cannotOpen(error) || isReadOnly(error)) && !existsSync(`${path}-wal`))
      return connectReadOnly(path, sqlite, true);
    throw error;
  }
};

/**
 * Opens or creates the cache file; a damaged one is moved to `movedTo`, one that may not be written to is opened for
 * reading. Throws `CACHE_STORE_UNAVAILABLE`.
 */
export const openDatabase = (
  store: string,
  path: string,
  movedTo: () => string,
  onMoved: (movedTo: string, error: unknown) => void,
): CacheDatabase => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw sqliteMissing(store, path);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + openDeadlineMs;
  let moves = 0;
  for (;;) {
    const identity = identityOf(path);
    try {
      return isWriteProtected(path) ? connectReadOnly(path, sqlite, false) : connect(path, sqlite);
    } catch (error) {
      if (isDamaged(error) && moves < 2) {
        moves += 1;
        const target = movedTo();
        try {
          // Another process may have moved it already.
          if (identityOf(path) === identity) {
            moveAside(path, target);
            onMoved(target, error);
          }
        } catch (cause) {
          throw storeUnavailable(store, path, cause);
        }
      } else if (isBusy(error) && performance.now() < deadline) {
        // Several processes that open a new file at once can meet a lock that SQLite does not wait for.
        Atomics.wait(pause, 0, 0, 10);
      } else throw storeUnavailable(store, path, error);
    }
  }
};

/** Closes a database that turned out to be damaged, and moves its file aside unless another process did so already. */
export const discardDatabase = (database: CacheDatabase, path: string, movedTo: string): boolean => {
  try {
    database.connection.close();
  } catch {
    // What cannot be closed is left to the operating system.
  }
  if (identityOf(path) !== database.identity) return false;
  moveAside(path, movedTo);
  return true;
};
