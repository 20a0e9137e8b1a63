import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sqliteMissing, storeUnavailable } from '../../errors.ts';
import { makeFolder } from './make-folder.ts';

/** An open cache file with its statements. */
export interface CacheDatabase {
  readonly connection: DatabaseSync;
  /** Which file this is, to tell it from another that took its path. */
  readonly inode: number;
  readonly select: StatementSync;
  readonly has: StatementSync;
  readonly insert: StatementSync;
  readonly remove: StatementSync;
  readonly removeAll: StatementSync;
  readonly removeExpired: StatementSync;
  readonly removeOldest: StatementSync;
  readonly count: StatementSync;
  /** Bytes of the file that hold something. */
  readonly used: StatementSync;
}

/** Marks a file as ours ("HPca"), so that nobody's own database is ever taken for a cache. */
const applicationId = 0x48506361;
const schemaVersion = 2;
/** Pages of this size hold several answers; larger ones make each change of the index more to log. */
export const pageBytes = 8192;
const openDeadlineMs = 2_000;

// Keys are found by a 32-bit hash, told apart by themselves: an index over whole keys, which are random, was three times as
// large, and logging its pages was most of what a write cost.
const schema = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    key ANY NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL,
    compressed INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX entries_by_hash ON entries (hash);
  CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
`;

const errorNumber = (error: unknown): number => {
  const number = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof number === 'number' ? number : 0;
};

/** SQLITE_CORRUPT or SQLITE_NOTADB. */
export const isDamaged = (error: unknown): boolean => {
  const primary = errorNumber(error) & 0xff;
  return primary === 11 || primary === 26;
};

/** SQLITE_BUSY or SQLITE_LOCKED. */
const isBusy = (error: unknown): boolean => {
  const primary = errorNumber(error) & 0xff;
  return primary === 5 || primary === 6;
};

/** Node before 24 warns of node:sqlite on stderr, which is no concern of those who use a tool built on this. */
const loadSqlite = (): typeof import('node:sqlite') | undefined => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
};

const inodeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ino ?? 0;

/**
 * Whether somebody deleted the file that we have open, or moved it aside as damaged. SQLite does not notice while it
 * writes to a log: everything written from then on would be lost with the file.
 */
export const isGone = (database: CacheDatabase, path: string): boolean => inodeOf(path) !== database.inode;

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

const prepareFile = (connection: DatabaseSync): void => {
  connection.exec(`PRAGMA busy_timeout = ${openDeadlineMs}`);
  const tables = Number(connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables ?? 0);
  const owner = readNumber(connection, 'application_id');
  if (tables > 0 && owner !== applicationId) throw new Error('it is a database of another application');
  const version = readNumber(connection, 'user_version');
  if (version > schemaVersion)
    throw new Error(`it has the layout ${version} of a newer release, this is ${schemaVersion}`);
  if (tables === 0) connection.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`);
  connection.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 16777216;
  `);
  if (tables > 0 && version === schemaVersion) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have prepared it since. What an older release left is a cache: it is made anew, not moved over.
    if (readNumber(connection, 'user_version') !== schemaVersion) {
      connection.exec(`
        DROP TABLE IF EXISTS entries;
        ${schema}
        PRAGMA application_id = ${applicationId};
        PRAGMA user_version = ${schemaVersion};
      `);
    }
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

const connect = (path: string, sqlite: typeof import('node:sqlite')): CacheDatabase => {
  createFile(path);
  const connection = new sqlite.DatabaseSync(path);
  try {
    prepareFile(connection);
    const notExpired = '(expires_at IS NULL OR expires_at > ?)';
    return {
      connection,
      inode: inodeOf(path),
      select: connection.prepare(
        `SELECT created_at, expires_at, compressed, checksum, value FROM entries WHERE hash = ? AND key = ? AND ${notExpired}`,
      ),
      has: connection.prepare(`SELECT 1 FROM entries WHERE hash = ? AND key = ? AND ${notExpired}`),
      // Only for a key that has been removed: it gets a new id, so that ids are in the order of writing.
      insert: connection.prepare(
        'INSERT INTO entries (hash, key, created_at, expires_at, compressed, checksum, value) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      remove: connection.prepare('DELETE FROM entries WHERE hash = ? AND key = ?'),
      removeAll: connection.prepare('DELETE FROM entries'),
      removeExpired: connection.prepare(
        'DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
      ),
      removeOldest: connection.prepare('DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT ?)'),
      count: connection.prepare('SELECT count(*) AS entries FROM entries'),
      used: connection.prepare(
        'SELECT (page_count - freelist_count) * page_size AS used FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()',
      ),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** Renames a damaged file, unless another process did so already; the log goes first, or it would be replayed into the new file. */
const moveAside = (path: string, inode: number, movedTo: string): boolean => {
  if (inode !== 0 && inodeOf(path) !== inode) return false;
  try {
    renameSync(`${path}-wal`, `${movedTo}-wal`);
  } catch {
    // There is no log when the file was closed properly.
  }
  rmSync(`${path}-shm`, { force: true });
  renameSync(path, movedTo);
  return true;
};

/** Opens or creates the cache file; a damaged one is moved to `movedTo`. Throws `CACHE_STORE_UNAVAILABLE`. */
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
    const inode = inodeOf(path);
    try {
      return connect(path, sqlite);
    } catch (error) {
      if (isDamaged(error) && moves < 2) {
        moves += 1;
        const target = movedTo();
        try {
          if (moveAside(path, inode, target)) onMoved(target, error);
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

/** Closes a database that turned out to be damaged, and moves its file aside. */
export const discardDatabase = (database: CacheDatabase, path: string, movedTo: string): boolean => {
  try {
    database.connection.close();
  } catch {
    // What cannot be closed is left to the operating system.
  }
  return moveAside(path, database.inode, movedTo);
};
