import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { columnsOf, idsPerMs, seriesTable } from './layout.ts';
import { checkQuery, type Range } from './query.ts';

export interface ScanQuery extends Range {
  /** Figures and texts that are read of each event. */
  readonly columns: readonly string[];
  /** Only those of which this text is one of these. @default all */
  readonly among?: { readonly text: string; readonly values: readonly string[] } | undefined;
}

export type Column = number | string | null;

/** Told of each event: when it was, its names, and its columns in the order asked for; null for those it has none of. */
export type Visit = (atMs: number, names: Readonly<Record<string, string>>, columns: readonly Column[]) => void;

/** Events that are read at once: of some columns, hundreds of kilobytes. */
const eventsAtOnce = 5_000;

/** The combinations of names that are asked for, by their numbers. */
const readCombinations = (
  database: DatabaseSync,
  kind: EventKind,
  where: NonNullable<Range['where']>,
): ReadonlyMap<number, Readonly<Record<string, string>>> => {
  const allowed = Object.entries(where).map(
    ([name, given]) => [name, new Set(typeof given === 'string' ? [given] : given)] as const,
  );
  const rows = database.prepare(`SELECT * FROM "${seriesTable(kind)}"`).all();
  return new Map(
    rows.flatMap((row) => {
      const names = Object.fromEntries(kind.dimensionNames.map((name) => [name, String(row[name] ?? '')]));
      return allowed.every(([name, values]) => values.has(names[name] ?? '')) ? [[Number(row.id), names] as const] : [];
    }),
  );
};

/**
 * Visits all single events of a time, the oldest first, without holding them. SQLite packs some of them into one text of JSON: a value for
 * each column of each row would take several times as long. Throws `TELEMETRY_QUERY_INVALID`. A kind that is only counted has none.
 */
export const scanEvents = (database: DatabaseSync, kind: EventKind, query: ScanQuery, visit: Visit): void => {
  checkQuery(kind, query, []);
  if (kind.isCounted) return;
  const { fromMs, toMs, where = {}, columns, among } = query;
  const combinations = readCombinations(database, kind, where);
  const there = columnsOf(database, kind.name);
  // A file of an older release need not have them all.
  const read = (name: string): string => (there.has(name) ? `"${name}"` : 'NULL');
  const only = among === undefined ? '' : `AND ${read(among.text)} IN (SELECT value FROM json_each(?))`;
  const statement = database.prepare(
    `SELECT json_group_array(json_array(id, series${columns.map((_, place) => `, column${place}`).join('')})) AS rows
     FROM (SELECT id, series${columns.map((name, place) => `, ${read(name)} AS column${place}`).join('')}
           FROM "${kind.name}" WHERE id >= ? AND id < ? ${only} ORDER BY id LIMIT ${eventsAtOnce})`,
  );
  const values = among === undefined ? [] : [JSON.stringify(among.values)];
  for (let from = fromMs * idsPerMs; ; ) {
    const rows = JSON.parse(String(statement.get(from, toMs * idsPerMs, ...values)?.rows)) as readonly Column[][];
    for (const [id, series, ...row] of rows) {
      from = (id as number) + 1;
      const names = combinations.get(series as number);
      if (names !== undefined) visit(Math.floor((id as number) / idsPerMs), names, row);
    }
    if (rows.length < eventsAtOnce) return;
  }
};
