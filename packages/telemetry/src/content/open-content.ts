import type { DatabaseSync } from 'node:sqlite';
import { TelemetryError } from '../errors.ts';
import { adviceOnDamage, isDamage } from '../store/damage.ts';
import { createPrivateFile, loadSqlite } from '../store/open-database.ts';
import { readNumber } from '../store/pragmas.ts';

/** Marks a file as content, so that nobody's own database is written to: "HPct". */
const applicationId = 0x4850_6374;
const layoutVersion = 2;

// The index holds no text of its own, and forgets what is deleted at once ("secure-delete"), not with some later merge.
const tables = `
  CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, request_id TEXT, key TEXT NOT NULL, agent TEXT NOT NULL,
    protocol TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, command TEXT NOT NULL, outcome TEXT NOT NULL, cache TEXT NOT NULL,
    prompt TEXT NOT NULL, prompt_cut INTEGER NOT NULL, answer TEXT NOT NULL, answer_cut INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX entry_by_time ON entry (at);
  CREATE INDEX entry_by_request ON entry (request_id);
  CREATE INDEX entry_by_key ON entry (key);
  CREATE VIRTUAL TABLE words USING fts5 (
    prompt, answer, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
  );
  INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
  CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    INSERT INTO words (rowid, prompt, answer) VALUES (new.id, new.prompt, new.answer);
  END;
  CREATE TRIGGER entry_deleted AFTER DELETE ON entry BEGIN
    INSERT INTO words (words, rowid, prompt, answer) VALUES ('delete', old.id, old.prompt, old.answer);
  END;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layoutVersion};
`;

const check = (database: DatabaseSync): void => {
  if (readNumber(database, 'application_id') !== applicationId)
    throw new Error('it is a database of another application');
  const version = readNumber(database, 'user_version');
  if (version !== layoutVersion) throw new Error(`it has layout ${version}, and this release knows ${layoutVersion}`);
};

const prepare = (database: DatabaseSync, busyMs: number): void => {
  database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA secure_delete = ON`);
  const isNew = (): boolean => database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0;
  if (!isNew()) check(database);
  else database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  if (!isNew()) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster.
    if (isNew()) database.exec(tables);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  check(database);
};

/** Opens a file of content, and makes it where it is new, for this user alone. Throws `TELEMETRY_STORE_UNAVAILABLE`. */
export const openContentDatabase = (path: string, busyMs: number): DatabaseSync => {
  let database: DatabaseSync | undefined;
  try {
    const { DatabaseSync: Database } = loadSqlite();
    createPrivateFile(path);
    database = new Database(path);
    prepare(database, busyMs);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    const whatToDo = reason.includes('fts5')
      ? 'The SQLite of this Node has no full-text search (FTS5): take a build of Node 22.18 or newer from nodejs.org.'
      : isDamage(error)
        ? adviceOnDamage(path)
        : 'See that it is a file of this release, and that you may write to it and to its folder.';
    throw new TelemetryError(
      'TELEMETRY_STORE_UNAVAILABLE',
      `The content in ${path} cannot be used: ${reason}. ${whatToDo}`,
      { cause: error },
    );
  }
};
