import { statSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { loadSqlite } from '../load-sqlite.ts';
import { openStateFile, type StateLayout } from '../state-file.ts';
import { fileUnusable, sqliteMissing } from './errors.ts';

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

/** Marked "HPky". */
const layout: StateLayout = { applicationId: 0x48506b79, version: 1, tables };

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

/**
 * Opens the key file; `creates` it, for this user alone, where there is none. A damaged file is left where it is: a server
 * that began anew would let everybody in. Throws `KEYS_FILE_UNUSABLE`.
 */
export const openKeyDatabase = (path: string, busyMs: number, creates: boolean): KeyDatabase => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw sqliteMissing(path);
  try {
    return openStateFile(sqlite, { path, layout, busyMs, creates, synchronous: 'NORMAL' }, (connection) => ({
      connection,
      identity: identityOf(path),
      ...prepare(connection),
    }));
  } catch (error) {
    throw fileUnusable(path, error);
  }
};
