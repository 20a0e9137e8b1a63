import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CliError, isFullDisk, jobRunning, journalUnusable } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { isFailed, type Outcome } from './outcome.ts';
import type { Question } from './question.ts';

/** Marks a file as ours ("HPbj"). */
const applicationId = 0x4850626a;
const layoutVersion = 1;
/** So many rows are planned in one transaction. */
const planSize = 5_000;

/**
 * `asked`: a request went out, and what became of it is not known. Rows are found by their hash, so that they may move in their
 * file; equal ones have an entry each. `run` is the last one that wanted the entry.
 */
const tables = `
  CREATE TABLE job (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL, run INTEGER NOT NULL, row INTEGER NOT NULL, state TEXT NOT NULL,
    outcome TEXT, cost_usd REAL NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX entries_by_hash ON entries (hash, row);
  CREATE INDEX entries_by_row ON entries (run, row);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layoutVersion};
`;

export type EntryState = 'asked' | 'answered' | 'failed';

/** What is known of a row from earlier runs. */
export interface Entry {
  readonly id: number;
  readonly state: EntryState;
  readonly outcome: Outcome | undefined;
}

/** Keeps what became of each row of a job: an answer counts when it is in here. All of it is synchronous. */
export interface Journal {
  /** A setting as it was at the last run. */
  recall(name: string): string | undefined;
  remember(name: string, value: string): void;
  /** Claims what is known of a row for this run. Each entry is claimed once, however many rows ask the same. */
  plan(question: Question): EntryState | undefined;
  /** Writes what was planned. */
  planned(): void;
  /** What `plan` has claimed for this row. */
  entryOf(question: Question): Entry | undefined;
  /** The row is about to be asked. Returns its entry's id. */
  asked(question: Question, entry: Entry | undefined): number;
  settled(id: number, outcome: Outcome): void;
  /** Calls for a row were given up that are billed all the same, US dollars: it is still to be asked. */
  paid(id: number, costUsd: number): void;
  /** The row was asked in vain, and nothing was paid. */
  unasked(id: number): void;
  /** Answers of earlier runs that no row of this one asks for, once all are planned. */
  unused(): number;
  /** What all calls of the job have cost so far, US dollars, as far as that is known. */
  spentUsd(): number;
  close(): void;
}

const readNumber = (connection: DatabaseSync, pragma: string): number =>
  Number(Object.values(connection.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);

const isBusy = (error: unknown): boolean =>
  [5, 6].includes(Number((error as { readonly errcode?: unknown } | undefined)?.errcode ?? 0) & 0xff);

const connect = (path: string): DatabaseSync => {
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite');
  const connection = new Database(path);
  try {
    // The lock that SQLite holds from here on is the job's: it ends with the process, however that ends.
    connection.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const isEmpty = connection.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count === 0;
    if (isEmpty) connection.exec(tables);
    connection.exec('COMMIT');
    const version = readNumber(connection, 'user_version');
    if (readNumber(connection, 'application_id') !== applicationId)
      throw new Error('it is a database of another application');
    if (version > layoutVersion) throw new Error(`it has the layout ${version} of a newer release`);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** Prompts and answers stand in it: it is nobody else's to read. */
const createFile = (path: string): void => {
  makeFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
};

const filesOf = (path: string): readonly string[] => [path, `${path}-wal`, `${path}-shm`, `${path}-journal`];

/** Whether a run has left a journal here. */
export const hasJournal = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Opens the journal of a job, for this process alone. `:memory:` keeps nothing. `restart` forgets what earlier runs did.
 * Throws `CLI_BATCH_RUNNING` where another process has it, and `CLI_BATCH_JOURNAL_UNUSABLE`.
 */
export const openJournal = (path: string, output: string, { restart = false } = {}): Journal => {
  const open = (): DatabaseSync => {
    try {
      if (path !== ':memory:') createFile(path);
      return connect(path);
    } catch (error) {
      throw isBusy(error) ? jobRunning(output) : journalUnusable(path, error);
    }
  };
  const openAnew = (): DatabaseSync => {
    try {
      const old = open();
      old.exec('DELETE FROM entries; DELETE FROM job');
      return old;
    } catch (error) {
      // In use it must stay; damaged it is of no use.
      if (error instanceof CliError && error.code === 'CLI_BATCH_RUNNING') throw error;
      for (const file of filesOf(path)) rmSync(file, { force: true });
      return open();
    }
  };
  const connection = restart ? openAnew() : open();
  const prepare = (sql: string): StatementSync => connection.prepare(sql);
  const lastRun = Number(prepare("SELECT coalesce(max(value), 0) AS run FROM job WHERE name = 'run'").get()?.run ?? 0);
  const run = lastRun + 1;
  const put = prepare('INSERT INTO job (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const get = prepare('SELECT value FROM job WHERE name = ?');
  put.run('run', String(run));
  const known = prepare('SELECT count(*) AS count FROM entries').get()?.count !== 0;
  // Its own place first: among thousands of equal rows every other way takes its time.
  const claimSame = prepare(`
    UPDATE entries SET run = ${run} WHERE id = (
      SELECT id FROM entries WHERE hash = ? AND row = ? AND run < ${run} LIMIT 1
    ) RETURNING state
  `);
  const claimOther = prepare(`
    UPDATE entries SET run = ${run}, row = ? WHERE id = (
      SELECT id FROM entries WHERE hash = ? AND run < ${run} ORDER BY state = 'answered' DESC, id LIMIT 1
    ) RETURNING state
  `);
  const find = prepare(`SELECT id, hash, state, outcome FROM entries WHERE run = ${run} AND row = ?`);
  const insert = prepare(`INSERT INTO entries (hash, run, row, state) VALUES (?, ${run}, ?, 'asked')`);
  const ask = prepare("UPDATE entries SET state = 'asked', outcome = NULL WHERE id = ?");
  const settle = prepare('UPDATE entries SET state = ?, outcome = ?, cost_usd = cost_usd + ? WHERE id = ?');
  const pay = prepare('UPDATE entries SET cost_usd = cost_usd + ? WHERE id = ?');
  const drop = prepare('DELETE FROM entries WHERE id = ?');
  let unplanned = 0;

  const guarded = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      throw journalUnusable(path, error, isFullDisk(error));
    }
  };

  return {
    recall: (name) => guarded(() => get.get(name)?.value as string | undefined),
    remember: (name, value) => guarded(() => void put.run(name, value)),
    plan: ({ row, hash }) =>
      guarded(() => {
        if (!known) return undefined;
        if (unplanned === 0) connection.exec('BEGIN');
        unplanned += 1;
        const claimed = claimSame.get(hash, row) ?? claimOther.get(row, hash);
        const state = claimed?.state as EntryState | undefined;
        if (unplanned < planSize) return state;
        connection.exec('COMMIT');
        unplanned = 0;
        return state;
      }),
    planned: () =>
      guarded(() => {
        if (unplanned > 0) connection.exec('COMMIT');
        unplanned = 0;
      }),
    entryOf: ({ row, hash }) =>
      guarded(() => {
        const found = known ? find.get(row) : undefined;
        if (found === undefined || !hash.equals(found.hash as Uint8Array)) return undefined;
        const { id, state, outcome } = found;
        return {
          id: Number(id),
          state: state as EntryState,
          outcome: typeof outcome === 'string' ? (JSON.parse(outcome) as Outcome) : undefined,
        };
      }),
    asked: ({ row, hash }, entry) =>
      guarded(() => {
        if (entry === undefined) return Number(insert.run(hash, row).lastInsertRowid);
        ask.run(entry.id);
        return entry.id;
      }),
    settled: (id, outcome) =>
      guarded(() => {
        const state = isFailed(outcome) ? 'failed' : 'answered';
        settle.run(state, JSON.stringify(outcome), outcome.costUsd ?? 0, id);
      }),
    paid: (id, costUsd) => guarded(() => void pay.run(costUsd, id)),
    unasked: (id) => guarded(() => void drop.run(id)),
    unused: () =>
      guarded(() =>
        Number(
          prepare(`SELECT count(*) AS count FROM entries WHERE run < ${run} AND state = 'answered'`).get()?.count ?? 0,
        ),
      ),
    spentUsd: () =>
      guarded(() => Number(prepare('SELECT coalesce(sum(cost_usd), 0) AS usd FROM entries').get()?.usd ?? 0)),
    close: () => connection.close(),
  };
};
