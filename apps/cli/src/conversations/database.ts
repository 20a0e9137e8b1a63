import { chmodSync, closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { conversationsUnusable } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/** Marks a file as ours ("HPcv"). */
const applicationId = 0x48506376;
const layoutVersion = 1;
const busyMs = 2_000;

// One row holds a question and its answer, so that two processes on one conversation cannot tear a pair apart.
const tables = `
  CREATE TABLE conversations (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, model TEXT NOT NULL, system TEXT, created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX conversations_by_update ON conversations (updated_at, id);
  CREATE TABLE turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    asked_at INTEGER NOT NULL, question TEXT NOT NULL, state TEXT NOT NULL, answer TEXT NOT NULL, answered_at INTEGER,
    error TEXT, figures TEXT NOT NULL
  ) STRICT;
  CREATE INDEX turns_by_conversation ON turns (conversation_id, id);
  CREATE TABLE contents (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE attachments (
    turn_id INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE, position INTEGER NOT NULL, hash TEXT NOT NULL,
    name TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (turn_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attachments_by_hash ON attachments (hash);
`;

const codeOf = (error: unknown): number => Number((error as { errcode?: unknown } | undefined)?.errcode ?? 0) & 0xff;

/** SQLITE_CORRUPT or SQLITE_NOTADB: what is in the file is no database, or no longer. */
export const isDamage = (error: unknown): boolean => [11, 26].includes(codeOf(error));

/** SQLITE_BUSY or SQLITE_LOCKED: another process writes. */
const isBusy = (error: unknown): boolean => [5, 6].includes(codeOf(error));

const identityOf = (path: string): string => {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? '' : `${status.dev}:${status.ino}`;
};

/** What was asked is nobody else's business: SQLite gives the files beside it the same permissions. */
const makePrivate = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const closeToOthers = (path: string): void => {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  } catch {
    // Not our file to change: it can be used all the same.
  }
};

const pragma = (connection: DatabaseSync, name: string): number =>
  Number(Object.values(connection.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);

const isEmpty = (connection: DatabaseSync): boolean =>
  connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;

/** Runs `work` in a transaction that keeps other writers out from its beginning. */
export const transact = <Result>(connection: DatabaseSync, work: () => Result): Result => {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

const connect = (path: string): DatabaseSync => {
  // Not imported: Node would read the exports of all of it.
  const { DatabaseSync: Connection } = process.getBuiltinModule('node:sqlite');
  const connection = new Connection(path);
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
    const version = pragma(connection, 'user_version');
    if (version === 0 && !isEmpty(connection)) throw new Error('it is a database of another application');
    if (version > layoutVersion) throw new Error(`it has the layout ${version} of a newer release`);
    if (version > 0 && pragma(connection, 'application_id') !== applicationId)
      throw new Error('it is a database of another application');
    // Only now that it is known to be ours, and before there are files beside it, which get its permissions.
    closeToOthers(path);
    // What is deleted is overwritten.
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON');
    if (version === 0) {
      transact(connection, () => {
        // Another process may have made them since.
        if (!isEmpty(connection)) return;
        connection.exec(`${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layoutVersion}`);
      });
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
};

/**
 * Renames a damaged file and what belongs to it, and returns its new name; undefined where another process has already done
 * so.
 */
const moveAside = (path: string, identity: string, at: number): string | undefined => {
  if (identityOf(path) !== identity) return undefined;
  const aside = `${path}.damaged-${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}`;
  try {
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    return aside;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

export interface OpenOptions {
  /** Whether to make the file where there is none, and to begin anew where it is damaged. */
  readonly creates: boolean;
  /** Told where a damaged file is now. */
  readonly onMoved: (path: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Opens the file of conversations. Throws `CLI_CONVERSATIONS_UNUSABLE`. */
export const openConversationDatabase = (path: string, { creates, onMoved, now }: OpenOptions): DatabaseSync => {
  const deadline = performance.now() + busyMs;
  let repairs = 0;
  for (;;) {
    let identity = '';
    try {
      if (creates) {
        makeFolder(dirname(path));
        makePrivate(path);
      }
      identity = identityOf(path);
      return connect(path);
    } catch (error) {
      if (isDamage(error) && creates && repairs < 3) {
        repairs += 1;
        const aside = moveAside(path, identity, now());
        if (aside !== undefined) onMoved(aside);
      } else if (isBusy(error) && performance.now() < deadline) {
        // Several processes that open a new file at once can meet a lock that SQLite does not wait for.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      } else throw conversationsUnusable(path, error, isDamage(error));
    }
  }
};

/** Moves a file aside in which damage was met while it was in use. */
export const retireDamaged = (path: string, { onMoved, now }: Pick<OpenOptions, 'onMoved' | 'now'>): void => {
  const aside = moveAside(path, identityOf(path), now());
  if (aside !== undefined) onMoved(aside);
};
