import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Marks a file as ours ("HPca"), so that nobody's own database is ever taken for a cache. */
export const applicationId = 0x48506361;
export const layoutVersion = 5;
/** Pages of this size hold several answers; larger ones make each change of the index more to log. */
export const pageBytes = 8192;

// Keys are found by a 32-bit hash, told apart by themselves: an index over whole keys, which are random, was three times as
// large, and logging its pages was most of what a write cost.
//
// `changes` numbers its rows itself, without AUTOINCREMENT, whose table would be one more page to log in each transaction:
// its newest row is never removed. Names are JSON, which keeps every string apart from every other.
const tables = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    key ANY NOT NULL,
    expires_at REAL,
    version INTEGER,
    worth REAL,
    fence INTEGER,
    tags TEXT,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX entries_by_hash ON entries (hash);
  CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE changes (seq INTEGER PRIMARY KEY, writer INTEGER NOT NULL, kind TEXT NOT NULL, names TEXT NOT NULL) STRICT;
  INSERT INTO changes (seq, writer, kind, names) VALUES (1, 0, 'start', '[]');
  CREATE TABLE scopes (
    kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE identity (id TEXT NOT NULL) STRICT;
  INSERT INTO identity (id) VALUES (hex(randomblob(16)));
  CREATE TABLE marks (log TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE leases (
    hash INTEGER NOT NULL, key ANY NOT NULL, token INTEGER NOT NULL, owner TEXT NOT NULL, expires_at REAL NOT NULL,
    PRIMARY KEY (hash, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE usage (
    hash INTEGER NOT NULL, key ANY NOT NULL, score REAL NOT NULL, PRIMARY KEY (hash, key)
  ) STRICT, WITHOUT ROWID;
`;

// In all statements a plain "?" for each value: Node 22 does not bind the numbered ones.

/** Makes the tables anew. What an older release left is a cache: it is dropped, not moved over. */
export const createTables = (connection: DatabaseSync): void =>
  connection.exec(`
    DROP TABLE IF EXISTS entries;
    DROP TABLE IF EXISTS changes;
    DROP TABLE IF EXISTS scopes;
    DROP TABLE IF EXISTS identity;
    DROP TABLE IF EXISTS marks;
    DROP TABLE IF EXISTS leases;
    DROP TABLE IF EXISTS usage;
    ${tables}
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${layoutVersion};
  `);

const entryStatements = (connection: DatabaseSync) => {
  const notExpired = '(expires_at IS NULL OR expires_at > ?)';
  return {
    select: connection.prepare(`SELECT id, version, sealed FROM entries WHERE hash = ? AND key = ? AND ${notExpired}`),
    selectMany: connection.prepare(`
      SELECT entries.id, entries.key, version, sealed
      FROM json_each(?) AS wanted CROSS JOIN entries ON hash = wanted.value WHERE ${notExpired}`),
    has: connection.prepare(`SELECT version, tags FROM entries WHERE hash = ? AND key = ? AND ${notExpired}`),
    newerFence: connection.prepare(`
      WITH own (hash, key, fence) AS (SELECT ?, ?, ?)
      SELECT 1 FROM own JOIN entries USING (hash, key) WHERE entries.fence > own.fence
      UNION ALL SELECT 1 FROM own JOIN leases USING (hash, key) WHERE token > own.fence`),
    // Only for a key that has been removed: it gets a new id, so that ids are in the order of writing.
    insert: connection.prepare(
      'INSERT INTO entries (hash, key, expires_at, version, worth, fence, tags, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    remove: connection.prepare('DELETE FROM entries WHERE hash = ? AND key = ?'),
    /** Not a newer one that got the same id. */
    removeRow: connection.prepare('DELETE FROM entries WHERE id = ? AND version = ?'),
    removeAll: connection.prepare('DELETE FROM entries'),
    removeExpired: connection.prepare(
      'DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
    ),
    removeOldest: connection.prepare('DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT ?)'),
    removeId: connection.prepare('DELETE FROM entries WHERE id = ?'),
    ids: connection.prepare('SELECT (SELECT min(id) FROM entries) AS oldest, (SELECT max(id) FROM entries) AS newest'),
    sample: connection.prepare(
      'SELECT id, worth, length(sealed) AS bytes FROM entries WHERE id >= ? ORDER BY id LIMIT ?',
    ),
    page: connection.prepare(
      `SELECT id, key, version, tags FROM entries WHERE id > ? AND ${notExpired} ORDER BY id LIMIT 256`,
    ),
    count: connection.prepare('SELECT count(*) AS entries FROM entries'),
    /** Bytes of the file that hold something. */
    used: connection.prepare(
      'SELECT (page_count - freelist_count) * page_size AS used FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()',
    ),
  };
};

const logStatements = (connection: DatabaseSync) => ({
  /** Differs from before when another connection has written. */
  dataVersion: connection.prepare('PRAGMA data_version'),
  /** Tells those who share this very file from those on another machine. */
  fileId: connection.prepare('SELECT id FROM identity'),
  lastChange: connection.prepare('SELECT max(seq) AS seq FROM changes'),
  changesFrom: connection.prepare('SELECT seq, writer, kind, names FROM changes WHERE seq >= ? ORDER BY seq'),
  addChange: connection.prepare('INSERT INTO changes (seq, writer, kind, names) VALUES (?, ?, ?, ?)'),
  trimChanges: connection.prepare('DELETE FROM changes WHERE seq < ?'),
  scopes: connection.prepare('SELECT kind, name, version FROM scopes ORDER BY version'),
  addScope: connection.prepare('INSERT OR REPLACE INTO scopes (kind, name, version) VALUES (?, ?, ?)'),
  removeScopes: connection.prepare('DELETE FROM scopes'),
  /** The version up to which scopes have to be forgotten so that only so many stay. */
  surplusScopes: connection.prepare('SELECT version FROM scopes ORDER BY version DESC LIMIT 1 OFFSET ?'),
  trimScopes: connection.prepare('DELETE FROM scopes WHERE version <= ?'),
  mark: connection.prepare('SELECT number FROM marks WHERE log = ?'),
  setMark: connection.prepare(`
    INSERT INTO marks (log, number) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET number = excluded.number WHERE excluded.number > number`),
});

const leaseStatements = (connection: DatabaseSync) => ({
  lease: connection.prepare('SELECT token, owner, expires_at FROM leases WHERE hash = ? AND key = ?'),
  // The counter of tokens is a row of the same table, on the same page; no hash is negative.
  nextToken: connection.prepare(`
    INSERT INTO leases (hash, key, token, owner, expires_at) VALUES (-1, '', 1, '', 0)
    ON CONFLICT DO UPDATE SET token = token + 1 RETURNING token`),
  /** Unless somebody has taken it since the token in the last place was seen there. */
  takeLease: connection.prepare(`
    INSERT INTO leases (hash, key, token, owner, expires_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET token = excluded.token, owner = excluded.owner, expires_at = excluded.expires_at
    WHERE token = ?`),
  /** One that was given back meanwhile stays so. */
  extendLease: connection.prepare(
    "UPDATE leases SET expires_at = ? WHERE hash = ? AND key = ? AND token = ? AND owner <> ''",
  ),
  /** Keeps the token, which is the fence. */
  endLease: connection.prepare(`UPDATE leases SET owner = '', expires_at = ? WHERE hash = ? AND key = ? AND token = ?`),
  trimLeases: connection.prepare('DELETE FROM leases WHERE hash >= 0 AND expires_at < ?'),
});

const usageStatements = (connection: DatabaseSync) => ({
  score: connection.prepare('SELECT score FROM usage WHERE hash = ? AND key = ?'),
  setScore: connection.prepare('INSERT OR REPLACE INTO usage (hash, key, score) VALUES (?, ?, ?)'),
  mostUsed: connection.prepare('SELECT key FROM usage ORDER BY score DESC LIMIT ?'),
  surplusScores: connection.prepare('SELECT score FROM usage ORDER BY score DESC LIMIT 1 OFFSET ?'),
  trimScores: connection.prepare('DELETE FROM usage WHERE score <= ?'),
});

type Statements = ReturnType<typeof entryStatements> &
  ReturnType<typeof logStatements> &
  ReturnType<typeof leaseStatements> &
  ReturnType<typeof usageStatements>;

/** An open cache file with its statements. */
export interface CacheDatabase extends Statements {
  readonly connection: DatabaseSync;
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  /** Which file this is, to tell it from another that took its path. */
  readonly identity: string;
  /** Nothing can be written to the file. */
  readonly readOnly: boolean;
  /** Opened without looking at changes by others, as nothing beside the file could be made. */
  readonly immutable: boolean;
}

export const prepareStatements = (connection: DatabaseSync) => ({
  begin: connection.prepare('BEGIN IMMEDIATE'),
  commit: connection.prepare('COMMIT'),
  ...entryStatements(connection),
  ...logStatements(connection),
  ...leaseStatements(connection),
  ...usageStatements(connection),
});
