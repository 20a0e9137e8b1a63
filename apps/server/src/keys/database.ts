import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { loadSqlite } from '../load-sqlite.ts';
import { makeFolder } from '../make-folder.ts';
import { fileUnusable, sqliteMissing } from './errors.ts';

/** Marks a file as ours ("HPky"). */
const applicationId = 0x48506b79;
const layoutVersion = 1;
const openDeadlineMs = 2_000;

/** Nine million dollars: the sum stays a number that JavaScript has exactly, whatever nonsense is added up. */
const mostNanoUsd = 9_000_000_000_000_000;

// A key that was deleted keeps its row, without settings and secrets: what it spent is still told under its name. Each
// change of a key gets the next number, which tells every process that what it knows of keys is out of date.
const tables = `
  CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, team TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    deleted_at INTEGER, revision INTEGER NOT NULL, settings TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX keys_by_name ON keys (name) WHERE deleted_at IS NULL;
  CREATE TABLE secrets (
    hash TEXT PRIMARY KEY, key_id TEXT NOT NULL, prefix TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX secrets_by_key ON secrets (key_id);
  CREATE TABLE changes (revision INTEGER NOT NULL) STRICT;
  INSERT INTO changes (revision) VALUES (0);
  CREATE TABLE spending (
    key_id TEXT NOT NULL, period TEXT NOT NULL, start INTEGER NOT NULL, nano_usd INTEGER NOT NULL,
    requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, last_at INTEGER NOT NULL,
    PRIMARY KEY (key_id, period, start)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX spending_by_start ON spending (period, start);
`;

// In all statements a plain "?" for each value: Node 22 does not bind the numbered ones.
const prepare = (connection: DatabaseSync) => {
  const keyColumns = 'keys.id, keys.name, keys.created_at, keys.updated_at, keys.revision, keys.settings';
  return {
    /** Differs from before when another connection has written. */
    dataVersion: connection.prepare('PRAGMA data_version'),
    revision: connection.prepare('SELECT revision FROM changes'),
    nextRevision: connection.prepare('UPDATE changes SET revision = revision + 1 RETURNING revision'),
    anyKey: connection.prepare('SELECT 1 FROM keys WHERE deleted_at IS NULL LIMIT 1'),
    keyById: connection.prepare(`SELECT ${keyColumns} FROM keys WHERE id = ? AND deleted_at IS NULL`),
    keyByName: connection.prepare(`SELECT ${keyColumns} FROM keys WHERE name = ? AND deleted_at IS NULL`),
    keysAfter: connection.prepare(
      `SELECT ${keyColumns} FROM keys WHERE name > ? AND deleted_at IS NULL ORDER BY name LIMIT ?`,
    ),
    keyBySecret: connection.prepare(
      `SELECT ${keyColumns}, secrets.expires_at AS secret_expires_at FROM secrets JOIN keys ON keys.id = secrets.key_id
       WHERE secrets.hash = ? AND keys.deleted_at IS NULL`,
    ),
    addKey: connection.prepare(
      'INSERT INTO keys (id, name, team, created_at, updated_at, revision, settings) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    changeKey: connection.prepare(
      'UPDATE keys SET name = ?, team = ?, updated_at = ?, revision = ?, settings = ? WHERE id = ?',
    ),
    touchKey: connection.prepare('UPDATE keys SET updated_at = ?, revision = ? WHERE id = ?'),
    deleteKey: connection.prepare("UPDATE keys SET deleted_at = ?, revision = ?, settings = '{}' WHERE id = ?"),
    secretsOf: connection.prepare(
      'SELECT prefix, created_at, expires_at FROM secrets WHERE key_id = ? ORDER BY expires_at IS NULL DESC, created_at DESC, expires_at DESC',
    ),
    addSecret: connection.prepare('INSERT INTO secrets (hash, key_id, prefix, created_at) VALUES (?, ?, ?, ?)'),
    /** An end that was set before stays, where it is earlier. */
    endSecrets: connection.prepare(
      'UPDATE secrets SET expires_at = ? WHERE key_id = ? AND (expires_at IS NULL OR expires_at > ?)',
    ),
    dropSecrets: connection.prepare('DELETE FROM secrets WHERE key_id = ? AND expires_at <= ?'),
    deleteSecrets: connection.prepare('DELETE FROM secrets WHERE key_id = ?'),
    spent: connection.prepare('SELECT nano_usd FROM spending WHERE key_id = ? AND period = ? AND start = ?'),
    lastUse: connection.prepare("SELECT last_at FROM spending WHERE key_id = ? AND period = 'total' AND start = 0"),
    addSpending: connection.prepare(`
      INSERT INTO spending (key_id, period, start, nano_usd, requests, input_tokens, output_tokens, last_at)
      VALUES (?, ?, ?, min(?, ${mostNanoUsd}), ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET nano_usd = min(nano_usd + excluded.nano_usd, ${mostNanoUsd}), requests = requests + excluded.requests,
        input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
        last_at = max(last_at, excluded.last_at)`),
    trimSpending: connection.prepare('DELETE FROM spending WHERE period = ? AND start < ?'),
    report: connection.prepare(`
      SELECT spending.*, keys.name, keys.team, keys.deleted_at FROM spending JOIN keys ON keys.id = spending.key_id
      WHERE period = ? AND start >= ? ORDER BY start DESC, nano_usd DESC, key_id LIMIT ?`),
    reportOfKey: connection.prepare(`
      SELECT spending.*, keys.name, keys.team, keys.deleted_at FROM spending JOIN keys ON keys.id = spending.key_id
      WHERE key_id = ? AND period = ? AND start >= ? ORDER BY start DESC LIMIT ?`),
  } satisfies Readonly<Record<string, StatementSync>>;
};

/** An open key file with its statements. */
export interface KeyDatabase extends ReturnType<typeof prepare> {
  readonly connection: DatabaseSync;
  /** Which file this is, to tell it from another that took its path. */
  readonly identity: string;
}

/** Empty where there is no file. */
export const identityOf = (path: string): string => {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? '' : `${status.dev}:${status.ino}`;
};

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

/** Hashes and names are nobody else's business, whatever made the file readable. */
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

const checkLayout = (connection: DatabaseSync): void => {
  if (readNumber(connection, 'application_id') !== applicationId) {
    throw new Error('it is a database of another application');
  }
  const version = readNumber(connection, 'user_version');
  if (version > layoutVersion) {
    throw new Error(`it has the layout ${version} of a newer release, this is ${layoutVersion}`);
  }
};

const createTables = (connection: DatabaseSync): void => {
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made them since.
    if (isEmpty(connection)) {
      connection.exec(`${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layoutVersion};`);
    }
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

const connect = (path: string, sqlite: typeof import('node:sqlite'), busyMs: number): KeyDatabase => {
  const connection = new sqlite.DatabaseSync(path);
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
    // Looked at before anything is changed: it may be somebody else's.
    if (!isEmpty(connection)) checkLayout(connection);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (isEmpty(connection)) createTables(connection);
    return { connection, identity: identityOf(path), ...prepare(connection) };
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** SQLITE_BUSY or SQLITE_LOCKED: somebody else writes. */
export const isBusy = (error: unknown): boolean =>
  [5, 6].includes(Number((error as { errcode?: unknown } | undefined)?.errcode ?? 0) & 0xff);

/**
 * Opens the key file; `creates` it, for this user alone, where there is none. A damaged file is left where it is: a server
 * that began anew would let everybody in. Throws `KEYS_FILE_UNUSABLE`.
 */
export const openKeyDatabase = (path: string, busyMs: number, creates: boolean): KeyDatabase => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw sqliteMissing(path);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + openDeadlineMs;
  for (;;) {
    try {
      if (creates) createFile(path);
      closeToOthers(path);
      return connect(path, sqlite, busyMs);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw fileUnusable(path, error);
      // Several processes that open a new file at once can meet a lock that SQLite does not wait for.
      Atomics.wait(pause, 0, 0, 10);
    }
  }
};
