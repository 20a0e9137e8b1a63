import type { Layout } from '../sqlite/open-file.ts';

/**
 * Items are found by the hash of their content, so that they may move in their list from one go to the next; equal ones have a record
 * each. `pass` is the last go that wanted the record, `position` where in its list, from 0. `begun`: somebody was given the item, and
 * what became of it is not known.
 */
const items = `
  CREATE TABLE items (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL, pass INTEGER NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL,
    output ANY, cost_usd REAL NOT NULL DEFAULT 0
  ) STRICT;
`;
const indexes = `
  CREATE INDEX items_by_hash ON items (hash, position);
  CREATE INDEX items_by_position ON items (pass, position);
`;

/** Files of version 1 were those of `hotpath batch`, which counted rows from 1. */
const fromFirst = `
  ${items}
  INSERT INTO items (id, hash, pass, position, state, output, cost_usd)
    SELECT id, hash, run, row - 1, CASE state WHEN 'asked' THEN 'begun' WHEN 'answered' THEN 'succeeded' ELSE state END, outcome, cost_usd
    FROM entries;
  DROP TABLE entries;
  ${indexes}
  ALTER TABLE job RENAME TO settings;
  UPDATE settings SET name = 'pass' WHERE name = 'run';
`;

/** "HPbj". */
export const itemsLayout: Layout = {
  applicationId: 0x4850626a,
  version: 2,
  tables: `CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT; ${items} ${indexes}`,
  migrations: { 1: fromFirst },
};
