import type { DatabaseSync } from 'node:sqlite';
import { TelemetryError } from '../errors.ts';
import { usedBytes } from '../store/pragmas.ts';

/** What is deleted: all that fits each of what is given. */
export interface ContentDeletion {
  /** Everything there is. Nothing else is given beside it. */
  readonly all?: boolean | undefined;
  /** What is older than this time, milliseconds since 1970. */
  readonly beforeMs?: number | undefined;
  /** What came with this key, by its id. */
  readonly key?: string | undefined;
  /** An entry by its own id, or those of a request by the id of that. */
  readonly id?: string | undefined;
}

export interface ContentDeleted {
  readonly deleted: number;
  /**
   * Whether nothing of the texts is left in the files. Not so while another process was reading: the log is then cut off when it is
   * done, and this store writes or prunes, or somebody deletes again.
   */
  readonly isErased: boolean;
}

/** Rows that one transaction deletes: others that want to write wait no longer. */
const rowsAtOnce = 200;

const conditionOf = (
  database: DatabaseSync,
  { all, beforeMs, key, id }: ContentDeletion,
): { readonly condition: string; readonly parameters: readonly (string | number)[] } => {
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  const add = (condition: string, value: string | number): void => {
    conditions.push(condition);
    parameters.push(value);
  };
  if (beforeMs !== undefined) add('at < ?', beforeMs);
  if (key !== undefined) add('key = ?', key);
  if (id !== undefined) {
    const isEntry =
      /^\d{1,15}$/.test(id) && database.prepare('SELECT 1 FROM entry WHERE id = ?').get(Number(id)) !== undefined;
    if (isEntry) add('id = ?', Number(id));
    else add('request_id = ?', id);
  }
  if ((all === true) === conditions.length > 0)
    throw new TelemetryError(
      'TELEMETRY_QUERY_INVALID',
      'Say what to delete: all of it, or what is older than a time, came with a key or has an id.',
    );
  return { condition: all ? '1' : conditions.join(' AND '), parameters };
};

/**
 * Takes the room that is free from the file, and cuts off the log with what was written in it. Tells whether it could: not while
 * another process reads or writes.
 */
export const erase = (database: DatabaseSync): boolean => {
  try {
    database.exec('PRAGMA incremental_vacuum');
    return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
  } catch {
    return false;
  }
};

/** Deletes, and overwrites what was there; tells how many rows went. Throws `TELEMETRY_QUERY_INVALID` where nothing says what. */
export const deleteEntries = (database: DatabaseSync, deletion: ContentDeletion): number => {
  const { condition, parameters } = conditionOf(database, deletion);
  const statement = database.prepare(
    `DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE ${condition} ORDER BY id LIMIT ${rowsAtOnce})`,
  );
  let deleted = 0;
  for (;;) {
    const changes = Number(statement.run(...parameters).changes);
    deleted += changes;
    if (changes < rowsAtOnce) return deleted;
  }
};

/** What is left of the most that may be used, so that not each entry makes room anew. */
const shareLeft = 0.9;

/** Deletes the oldest, a few at a time, where more than so many bytes are used. Tells how many rows went. */
export const shrinkTo = (database: DatabaseSync, maxBytes: number): number => {
  if (usedBytes(database) <= maxBytes) return 0;
  const entries = database.prepare('SELECT count(*) AS entries FROM entry').get()?.entries ?? 0;
  // A tenth of few large ones is few.
  const atOnce = Math.min(rowsAtOnce, Math.ceil(Number(entries) / 10));
  const statement = database.prepare(
    'DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE id < (SELECT max(id) FROM entry) ORDER BY id LIMIT ?)',
  );
  let deleted = 0;
  do {
    const { changes } = statement.run(atOnce);
    // The newest stays, however large it is.
    if (changes === 0) break;
    deleted += Number(changes);
  } while (usedBytes(database) > maxBytes * shareLeft);
  return deleted;
};
