import type { Layout } from '../../sqlite/open-file.ts';

/**
 * Runs and workflows have numbers, which keep the keys of what belongs to them short. They are never used again, since another process
 * may still write to what was removed.
 *
 * Attempts are found by run, step and attempt, and their ids have the order in which they were begun. Rows may be long, which
 * tables without a rowid are bad at. An effect's id is made of its run and its sequence: one tree, which grows at its end, and the
 * fewest pages to make sure with each intent.
 */
const tables = `
  CREATE TABLE workflows (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, workflow INTEGER NOT NULL, state TEXT NOT NULL,
    root TEXT NOT NULL, definition ANY NOT NULL, inputs ANY NOT NULL, created_at REAL NOT NULL, ended_at REAL, plan_hash TEXT,
    result_hash TEXT, error TEXT, cost_usd REAL, undone_at REAL, file TEXT
  ) STRICT;
  CREATE INDEX runs_by_state ON runs (state);
  CREATE INDEX runs_by_workflow ON runs (workflow);
  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, step TEXT NOT NULL, attempt INTEGER NOT NULL, workflow INTEGER NOT NULL,
    outcome TEXT, started_at REAL NOT NULL, ended_at REAL, cost_usd REAL, output ANY, error TEXT, touched ANY, list ANY,
    question TEXT,
    UNIQUE (run, step, attempt)
  ) STRICT;
  CREATE INDEX attempts_by_success ON attempts (workflow, step, run, ended_at - started_at)
    WHERE outcome = 'succeeded' AND ended_at IS NOT NULL;
  CREATE TABLE effects (
    id INTEGER PRIMARY KEY, step TEXT NOT NULL, attempt INTEGER NOT NULL, workspace TEXT NOT NULL, intent ANY NOT NULL,
    is_undone INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE syncs (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
  INSERT INTO syncs (id, count) VALUES (1, 0);
`;

/** "HPrj". */
export const journalLayout: Layout = {
  applicationId: 0x4850726a,
  tables,
  upgrades: [
    `ALTER TABLE runs ADD COLUMN undone_at REAL; ALTER TABLE runs ADD COLUMN file TEXT;
    ALTER TABLE attempts DROP COLUMN undeclared; ALTER TABLE attempts ADD COLUMN touched ANY;
    ALTER TABLE attempts ADD COLUMN list ANY; ALTER TABLE attempts ADD COLUMN question TEXT;`,
  ],
};

/** So many sequences are there for each run. */
export const effectsPerRun = 2 ** 32;
