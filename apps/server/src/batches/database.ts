import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { loadSqlite } from '../load-sqlite.ts';
import { openStateFile, type StateLayout } from '../state-file.ts';
import { batchesUnavailable, storageUnusable } from './errors.ts';

/** Another gateway that writes is waited for so long; nothing else runs meanwhile, milliseconds. */
const busyMs = 250;

// What is looked for has a column, all else of a batch is in "record". Sequences tell in which order things were made: two
// may be of the same millisecond.
const tables = `
  CREATE TABLE files (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, filename TEXT NOT NULL,
    purpose TEXT NOT NULL, bytes INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX files_by_owner ON files (owner, sequence);
  CREATE INDEX files_by_end ON files (expires_at);
  CREATE TABLE batches (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, dialect TEXT NOT NULL,
    ended_at INTEGER, record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX batches_by_owner ON batches (owner, dialect, sequence);
  CREATE INDEX batches_by_end ON batches (ended_at);
`;

/** Marked "HPba". */
const layout: StateLayout = { applicationId: 0x48506261, version: 1, tables };

// In all statements a plain "?" for each value: Node 22 does not bind the numbered ones.
const prepare = (connection: DatabaseSync) =>
  ({
    addFile: connection.prepare(
      'INSERT INTO files (id, owner, filename, purpose, bytes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    file: connection.prepare('SELECT * FROM files WHERE id = ? AND owner = ?'),
    hasFile: connection.prepare('SELECT 1 FROM files WHERE id = ?'),
    sizeOfFiles: connection.prepare('SELECT count(*) AS files, total(bytes) AS bytes FROM files WHERE owner = ?'),
    filesBefore: connection.prepare(
      "SELECT * FROM files WHERE owner = ? AND (? = '' OR purpose = ?) AND sequence < ? ORDER BY sequence DESC LIMIT ?",
    ),
    filesAfter: connection.prepare(
      "SELECT * FROM files WHERE owner = ? AND (? = '' OR purpose = ?) AND sequence > ? ORDER BY sequence LIMIT ?",
    ),
    endedFiles: connection.prepare('SELECT * FROM files WHERE expires_at <= ? LIMIT 1000'),
    deleteFile: connection.prepare('DELETE FROM files WHERE id = ?'),
    addBatch: connection.prepare('INSERT INTO batches (id, owner, dialect, ended_at, record) VALUES (?, ?, ?, ?, ?)'),
    changeBatch: connection.prepare('UPDATE batches SET ended_at = ?, record = ? WHERE id = ?'),
    batch: connection.prepare('SELECT sequence, record FROM batches WHERE id = ?'),
    countRunning: connection.prepare('SELECT count(*) AS batches FROM batches WHERE owner = ? AND ended_at IS NULL'),
    running: connection.prepare('SELECT record FROM batches WHERE ended_at IS NULL ORDER BY sequence'),
    batchesBefore: connection.prepare(
      'SELECT record FROM batches WHERE owner = ? AND dialect = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?',
    ),
    batchesAfter: connection.prepare(
      'SELECT record FROM batches WHERE owner = ? AND dialect = ? AND sequence > ? ORDER BY sequence LIMIT ?',
    ),
    endedBatches: connection.prepare('SELECT record FROM batches WHERE ended_at <= ? LIMIT 1000'),
    deleteBatch: connection.prepare('DELETE FROM batches WHERE id = ?'),
  }) satisfies Readonly<Record<string, StatementSync>>;

export interface BatchDatabase extends ReturnType<typeof prepare> {
  readonly connection: DatabaseSync;
}

/** Opens the file, and makes it where there is none, for this user alone. Throws `SERVER_BATCHES_STORAGE` and `…_UNAVAILABLE`. */
export const openBatchDatabase = (path: string): BatchDatabase => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw batchesUnavailable;
  try {
    return openStateFile(sqlite, { path, layout, busyMs, creates: true, synchronous: 'FULL' }, (connection) => ({
      connection,
      ...prepare(connection),
    }));
  } catch (error) {
    throw storageUnusable(path, error);
  }
};
