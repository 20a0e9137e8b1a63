import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { EncryptionOptions } from '../../cipher.ts';
import { createEnvelope } from '../../envelope.ts';
import {
  CacheError,
  fileFoundDamaged,
  fileOfAnotherRelease,
  fileUnreadable,
  pathNotFile,
  sqliteMissing,
  storeUnavailable,
} from '../../errors.ts';
import { loadSqlite } from './database.ts';
import { cannotOpen, isDamaged, isReadOnly } from './faults.ts';
import { keyOfRow, tagsOfText } from './key.ts';
import { applicationId, layoutVersion } from './layout.ts';

/** What a cache file holds, as it is on disk: what a process has not written yet is not in it. */
export interface SqliteInspection {
  readonly fileBytes: number;
  /** The write-ahead log beside it. */
  readonly logBytes: number;
  /** Part of the file that holds nothing. */
  readonly freeBytes: number;
  /** Entries that have not expired. */
  readonly entries: number;
  /** Those that have, and are still in the file. */
  readonly expired: number;
  /** Keys of an entry of the first batch that is still there, and of the last. */
  readonly oldestKey: string | undefined;
  readonly newestKey: string | undefined;
  /** How many entries have each tag, the most frequent first. */
  readonly tags: readonly { readonly tag: string; readonly entries: number }[];
  /** Keys whose use is remembered. */
  readonly usedKeys: number;
  /** What is wrong with the file's structure; all the figures are 0 where it cannot be read. */
  readonly problems: readonly string[];
}

export interface SqliteInspectionOptions {
  /** Whether to check the structure of the file, which reads all of it and holds up the thread meanwhile. @default false */
  readonly check?: boolean | undefined;
  /**
   * Whether to count what the file holds, which reads much of it. Without, this takes a few reads however large the file
   * is: damage to its beginning shows, and all the figures but its size are 0. @default true
   */
  readonly figures?: boolean | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** What reading every entry of a cache file found. */
export interface SqliteVerification {
  readonly entries: number;
  /** How many cannot be read, by the reason. */
  readonly unreadable: readonly { readonly reason: string; readonly entries: number }[];
  /** How many were encrypted under each key. */
  readonly keyIds: readonly { readonly keyId: string; readonly entries: number }[];
}

export interface SqliteVerificationOptions {
  /** The store's own. */
  readonly encryption?: EncryptionOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how many entries have been read. */
  readonly onProgress?: ((entries: number, total: number) => void) | undefined;
}

const store = 'sqlite';
const busyMs = 2_000;
const mostTags = 1_000;
const mostProblems = 20;
const rowsPerTurn = 256;
/** Where an envelope says how long its key's id is, and where that begins. */
const keyIdLengthAt = 1;
const keyIdAt = 68;

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** `undefined` where there is no file. SQLite's own words for what is no file, or not ours to read, help nobody. */
const findFile = (path: string): Stats | undefined => {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    if (!status.isFile()) throw pathNotFile(store, path, status.isDirectory());
    accessSync(path, constants.R_OK);
    return status;
  } catch (error) {
    throw CacheError.isInstance(error) ? error : fileUnreadable(store, path, error);
  }
};

/** What SQLite failed with, in words that say what to do. Anything else stays as it is. */
const explained = (path: string, error: unknown): unknown => {
  if (isDamaged(error)) return fileFoundDamaged(store, path, error);
  const isOfSqlite = (error as { code?: unknown } | undefined)?.code === 'ERR_SQLITE_ERROR';
  return isOfSqlite ? fileUnreadable(store, path, error) : error;
};

/** Not as the store opens it: a damaged file stays where it is, and nothing is written. */
const openForReading = (path: string, isAlone = false): DatabaseSync => {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw sqliteMissing(store, path);
  const url = pathToFileURL(path);
  if (isAlone) url.searchParams.set('immutable', '1');
  let connection: DatabaseSync | undefined;
  try {
    connection = new sqlite.DatabaseSync(url, { readOnly: true });
    connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
    if (readNumber(connection, 'PRAGMA application_id') !== applicationId)
      throw storeUnavailable(store, path, new Error('it is a database of another application'));
    const layout = readNumber(connection, 'PRAGMA user_version');
    if (layout !== layoutVersion) throw fileOfAnotherRelease(store, path, layout, layout < layoutVersion);
    return connection;
  } catch (error) {
    connection?.close();
    // Where nothing may be made beside the file, a log cannot be read, and without one the file is complete by itself.
    if (!isAlone && (cannotOpen(error) || isReadOnly(error)) && !existsSync(`${path}-wal`))
      return openForReading(path, true);
    throw error;
  }
};

const readNumber = (connection: DatabaseSync, sql: string, ...values: number[]): number =>
  Number(Object.values(connection.prepare(sql).get(...values) ?? {})[0] ?? 0);

const countTags = (connection: DatabaseSync, at: number): SqliteInspection['tags'] => {
  const counts = new Map<string, number>();
  const live = 'expires_at IS NULL OR expires_at > ?';
  const groups = connection.prepare(`SELECT tags, count(*) AS entries FROM entries WHERE ${live} GROUP BY tags`);
  for (const { tags, entries } of groups.iterate(at)) {
    for (const tag of tagsOfText(tags) ?? []) counts.set(tag, (counts.get(tag) ?? 0) + Number(entries));
  }
  return [...counts]
    .map(([tag, entries]) => ({ tag, entries }))
    .sort((one, other) => other.entries - one.entries || (one.tag < other.tag ? -1 : 1))
    .slice(0, mostTags);
};

const noFigures = {
  freeBytes: 0,
  entries: 0,
  expired: 0,
  oldestKey: undefined,
  newestKey: undefined,
  tags: [],
  usedKeys: 0,
} as const;

const readAll = (
  connection: DatabaseSync,
  at: number,
  { check, figures }: { readonly check: boolean; readonly figures: boolean },
): Omit<SqliteInspection, 'fileBytes' | 'logBytes'> => {
  const keyAt = (order: 'ASC' | 'DESC'): string | undefined => {
    const row = connection.prepare(`SELECT key FROM entries ORDER BY id ${order} LIMIT 1`).get();
    return row === undefined ? undefined : keyOfRow(row.key);
  };
  const problems = check
    ? connection
        .prepare(`PRAGMA quick_check(${mostProblems})`)
        .all()
        // One row may hold many lines.
        .flatMap((row) => String(Object.values(row)[0]).split('\n'))
        .filter((line) => line !== 'ok' && !line.startsWith('***'))
        .slice(0, mostProblems)
    : [];
  if (!figures) {
    keyAt('ASC');
    return { ...noFigures, problems };
  }
  const expired = readNumber(connection, 'SELECT count(*) FROM entries WHERE expires_at <= ?', at);
  return {
    freeBytes: readNumber(connection, 'PRAGMA freelist_count') * readNumber(connection, 'PRAGMA page_size'),
    entries: readNumber(connection, 'SELECT count(*) FROM entries') - expired,
    expired,
    oldestKey: keyAt('ASC'),
    newestKey: keyAt('DESC'),
    tags: countTags(connection, at),
    usedKeys: readNumber(connection, 'SELECT count(*) FROM usage'),
    problems,
  };
};

/**
 * Looks into a cache file without changing it, also while others use it. `undefined` where there is no file, or where
 * nothing is in it yet. Throws `CACHE_STORE_UNAVAILABLE` for a file that cannot be read or is none of this release, and for
 * what is no file; a damaged one is told of.
 */
export const inspectSqlite = (path: string, options: SqliteInspectionOptions = {}): SqliteInspection | undefined => {
  const { check = false, figures = true, now = Date.now } = options;
  const file = findFile(path);
  if (file === undefined) return undefined;
  const sizes = { fileBytes: file.size, logBytes: sizeOf(`${path}-wal`) };
  // Another process is about to prepare it, or ended before it could.
  if (sizes.fileBytes === 0 && sizes.logBytes === 0) return undefined;
  let connection: DatabaseSync | undefined;
  try {
    connection = openForReading(path);
    return { ...sizes, ...readAll(connection, now(), { check, figures }) };
  } catch (error) {
    if (!isDamaged(error)) throw explained(path, error);
    return { ...sizes, ...noFigures, problems: [error instanceof Error ? error.message : String(error)] };
  } finally {
    connection?.close();
  }
};

const keyIdOf = (sealed: Uint8Array): string | undefined => {
  const length = sealed[keyIdLengthAt] ?? 0;
  return length === 0 ? undefined : Buffer.from(sealed.subarray(keyIdAt, keyIdAt + length)).toString('latin1');
};

const add = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

/**
 * Reads every entry of a cache file and tells which cannot be read, changing nothing: a store would drop them. Goes on with
 * other work between the entries. Throws as `inspectSqlite`, `CACHE_FILE_DAMAGED` for damage, and when `signal` aborts.
 */
export const verifySqlite = async (
  path: string,
  { encryption, signal, onProgress }: SqliteVerificationOptions = {},
): Promise<SqliteVerification> => {
  const envelope = createEnvelope({ encryption });
  findFile(path);
  const reasons = new Map<string, number>();
  const keyIds = new Map<string, number>();
  let entries = 0;
  let connection: DatabaseSync | undefined;
  try {
    connection = openForReading(path);
    const total = readNumber(connection, 'SELECT count(*) FROM entries');
    const page = connection.prepare(
      `SELECT id, key, sealed FROM entries WHERE id > ? ORDER BY id LIMIT ${rowsPerTurn}`,
    );
    for (let after = 0; ; ) {
      const rows = page.all(after);
      for (const row of rows) {
        after = Number(row.id);
        entries += 1;
        const { sealed } = row;
        try {
          if (!(sealed instanceof Uint8Array)) throw new TypeError('It holds no bytes.');
          const keyId = keyIdOf(sealed);
          if (keyId !== undefined) add(keyIds, keyId);
          envelope.open(keyOfRow(row.key), sealed);
        } catch (error) {
          add(reasons, error instanceof Error ? error.message : String(error));
        }
      }
      if (rows.length < rowsPerTurn) break;
      onProgress?.(entries, total);
      await nextTurn();
      signal?.throwIfAborted();
    }
  } catch (error) {
    throw explained(path, error);
  } finally {
    connection?.close();
  }
  return {
    entries,
    unreadable: [...reasons].map(([reason, count]) => ({ reason, entries: count })),
    keyIds: [...keyIds].map(([keyId, count]) => ({ keyId, entries: count })),
  };
};
