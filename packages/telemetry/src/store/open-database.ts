import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { TelemetryError } from '../errors.ts';
import type { EventKind } from '../kind.ts';
import { makeFolder } from '../make-folder.ts';
import { adviceOnDamage, isDamage, isUnwritable } from './damage.ts';
import { immutableUrl } from './immutable.ts';
import { columnsOf, completingViews, createTables, fingerprintOf, missingColumns } from './layout.ts';
import { readNumber } from './pragmas.ts';

/** Marks a file as a store of events, so that nobody's own database is written to: "HPev". */
const applicationId = 0x4850_6576;

/** Node before 24 warns of node:sqlite on stderr, which is no concern of those who use a tool built on this. */
export const loadSqlite = (): typeof import('node:sqlite') => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    const sqlite = process.getBuiltinModule?.('node:sqlite');
    if (sqlite === undefined) throw new Error('this Node has no node:sqlite: it takes 22.13 or newer');
    return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
};

export interface OpenDatabaseOptions {
  readonly path: string;
  readonly kinds: readonly EventKind[];
  /** How long a statement waits for other processes, milliseconds. */
  readonly busyMs: number;
  /** Opens what is there, and changes nothing. */
  readonly isReadOnly: boolean;
}

/** Makes tables that are not there, and adds columns that an older release did not have. */
const bringUpToDate = (database: DatabaseSync, kinds: readonly EventKind[]): void => {
  const isNew = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0;
  if (!isNew && readNumber(database, 'application_id') !== applicationId)
    throw new Error('it is a database of another application');
  database.exec(createTables(kinds));
  for (const statement of missingColumns(kinds, (table) => columnsOf(database, table))) database.exec(statement);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${fingerprintOf(kinds)}`);
};

/** A release with other kinds has tables and columns of its own besides, which hurt nobody. */
const isComplete = (database: DatabaseSync, kinds: readonly EventKind[]): boolean =>
  readNumber(database, 'application_id') === applicationId &&
  (readNumber(database, 'user_version') === fingerprintOf(kinds) ||
    missingColumns(kinds, (table) => columnsOf(database, table)).length === 0);

const prepare = (database: DatabaseSync, { kinds, busyMs, isReadOnly }: OpenDatabaseOptions): void => {
  // The hourly sums of a week fit into it: the default has to read them from the file again each time.
  database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA cache_size = -16000`);
  if (isReadOnly) {
    if (readNumber(database, 'application_id') !== applicationId) throw new Error('it is no store of events');
    if (readNumber(database, 'user_version') !== fingerprintOf(kinds))
      database.exec(`PRAGMA temp_store = MEMORY; ${completingViews(kinds, (table) => columnsOf(database, table))}`);
    return;
  }
  const isNew = readNumber(database, 'application_id') === 0;
  // Takes effect in a file without tables only: room that old events leave goes back to the disk.
  if (isNew) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  if (isComplete(database, kinds)) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    bringUpToDate(database, kinds);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

/** Model names, keys' ids and costs stand in it: it is nobody else's to read. */
export const createPrivateFile = (path: string): void => {
  makeFolder(dirname(path));
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const connect = (location: string | URL, options: OpenDatabaseOptions): DatabaseSync => {
  const { DatabaseSync: Database } = loadSqlite();
  const database = new Database(location, { readOnly: options.isReadOnly });
  try {
    prepare(database, options);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

const open = (options: OpenDatabaseOptions): DatabaseSync => {
  const { path, isReadOnly } = options;
  if (path !== ':memory:' && !isReadOnly) createPrivateFile(path);
  try {
    return connect(path, options);
  } catch (error) {
    if (!isReadOnly || !isUnwritable(error) || !existsSync(path)) throw error;
    return connect(immutableUrl(path), options);
  }
};

/** Opens a store of events, and makes it where it is new. Throws `TELEMETRY_STORE_UNAVAILABLE`. */
export const openDatabase = (options: OpenDatabaseOptions): DatabaseSync => {
  const { path } = options;
  try {
    return open(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const whatToDo = isDamage(error)
      ? adviceOnDamage(path)
      : 'See that it is a file of this release, and that you may write to it and to its folder.';
    throw new TelemetryError(
      'TELEMETRY_STORE_UNAVAILABLE',
      `The events in ${path} cannot be used: ${reason}. ${whatToDo}`,
      { cause: error },
    );
  }
};
