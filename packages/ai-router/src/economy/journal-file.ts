import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { journalUnusable } from '../errors.ts';

/** Marks a file as ours ("HPec"). */
const applicationId = 0x48506563;
const layoutVersion = 1;
const busyMs = 2_000;

const tables = `
  CREATE TABLE owners (id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, beat_at INTEGER NOT NULL) STRICT;
  CREATE TABLE submissions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, provider TEXT NOT NULL, scope TEXT NOT NULL, account TEXT NOT NULL,
    protocol TEXT NOT NULL, headers TEXT NOT NULL, state TEXT NOT NULL, batch_id TEXT, sent_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, fingerprint TEXT NOT NULL, shared INTEGER NOT NULL, provider TEXT NOT NULL,
    scope TEXT NOT NULL, protocol TEXT NOT NULL, model TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL,
    bytes INTEGER NOT NULL, deadline_at INTEGER NOT NULL, destination TEXT NOT NULL, state TEXT NOT NULL, submission TEXT,
    answer TEXT, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint, shared);
  CREATE INDEX jobs_by_submission ON jobs (submission) WHERE submission IS NOT NULL;
  CREATE INDEX jobs_by_owner ON jobs (owner, state);
`;

const readNumber = (connection: DatabaseSync, pragma: string): number =>
  Number(Object.values(connection.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);

const isEmpty = (connection: DatabaseSync): boolean =>
  connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0;

function checkLayout(connection: DatabaseSync): void {
  if (readNumber(connection, 'application_id') !== applicationId)
    throw new Error('it is a database of another application');
  const version = readNumber(connection, 'user_version');
  if (version > layoutVersion)
    throw new Error(`it has the layout ${version} of a newer release, this is ${layoutVersion}`);
}

function createTables(connection: DatabaseSync): void {
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
}

/** Node before 24 warns of node:sqlite on standard error, which is no concern of those who use a tool built on this. */
export function loadSqlite(): typeof import('node:sqlite') | undefined {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    // Absent before Node 22.3, and so is the module before 22.13.
    return process.getBuiltinModule?.('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** SQLITE_BUSY or SQLITE_LOCKED: somebody else writes. */
const isBusy = (error: unknown): boolean =>
  [5, 6].includes(Number((error as { errcode?: unknown } | undefined)?.errcode ?? 0) & 0xff);

/** Prompts and answers stand in it: it is nobody else's to read. */
function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}

function connect(path: string, sqlite: typeof import('node:sqlite')): DatabaseSync {
  const connection = new sqlite.DatabaseSync(path);
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
    // Looked at before anything is changed: it may be somebody else's.
    if (!isEmpty(connection)) checkLayout(connection);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (isEmpty(connection)) createTables(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Opens the journal's file, and makes it where there is none. Throws `ROUTER_JOURNAL_UNUSABLE`. */
export function openJournalFile(path: string): DatabaseSync {
  const sqlite = loadSqlite();
  if (!sqlite) throw journalUnusable(path, 'this Node has no node:sqlite: use 22.13 or later');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + busyMs;
  for (;;) {
    try {
      createFile(path);
      return connect(path, sqlite);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw journalUnusable(path, error);
      // Several processes that open a new file at once can meet a lock that SQLite does not wait for.
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}
