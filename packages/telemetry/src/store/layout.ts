import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';

/** Length of the buckets that events are summed up in, milliseconds, the shortest first. */
export const bucketLengths = { m5: 5 * 60_000, h1: 60 * 60_000 } as const;
export type BucketLength = keyof typeof bucketLengths;

/** Room for ids of one millisecond: `id = milliseconds * 1024 + number within it`. */
export const idsPerMs = 1024;
/** Room for series in the id of a sum: `id = number of the bucket * 2^20 + series`. */
export const seriesPerBucket = 2 ** 20;

export const seriesTable = (kind: EventKind): string => `${kind.name}_series`;
export const sumsTable = (kind: EventKind, length: BucketLength): string => `${kind.name}_${length}`;

/** Figures of which something is kept in sums. */
export const summed = (kind: EventKind): readonly string[] =>
  kind.measureNames.filter((name) => kind.measures[name]?.keep !== 'none');
/** Figures whose spread is kept in sums. */
export const spread = (kind: EventKind): readonly string[] =>
  kind.measureNames.filter((name) => kind.measures[name]?.keep === 'histogram');
/** The column with the spread of a figure. */
export const spreadColumn = (measure: string): string => `${measure}_spread`;

interface Table {
  readonly name: string;
  /** Column and declaration, the first being the key. */
  readonly columns: readonly (readonly [name: string, declaration: string])[];
}

const tablesOf = (kind: EventKind): readonly Table[] => [
  {
    name: seriesTable(kind),
    // Which combination it is, as text: names of dimensions that an older release did not have are empty, and left out of it.
    columns: [
      ['id', 'INTEGER PRIMARY KEY'],
      ['combination', 'TEXT NOT NULL UNIQUE'],
      ...kind.dimensionNames.map((name) => [name, "TEXT NOT NULL DEFAULT ''"] as const),
    ],
  },
  ...(kind.isCounted
    ? []
    : [
        {
          name: kind.name,
          columns: [
            ['id', 'INTEGER PRIMARY KEY'],
            ['series', 'INTEGER NOT NULL DEFAULT 0'],
            ...kind.measureNames.map((name) => [name, 'INTEGER'] as const),
            ...kind.textNames.map((name) => [name, 'TEXT'] as const),
          ] as Table['columns'],
        },
      ]),
  ...(Object.keys(bucketLengths) as BucketLength[]).map((length) => ({
    name: sumsTable(kind, length),
    columns: [
      ['id', 'INTEGER PRIMARY KEY'],
      ['count', 'INTEGER NOT NULL DEFAULT 0'],
      ...summed(kind).map((name) => [name, 'INTEGER'] as const),
      ...spread(kind).map((name) => [spreadColumn(name), 'BLOB'] as const),
    ] as Table['columns'],
  })),
];

const quoted = (name: string): string => `"${name}"`;

export const createTables = (kinds: readonly EventKind[]): string =>
  kinds
    .flatMap(tablesOf)
    .map(
      ({ name, columns }) =>
        `CREATE TABLE IF NOT EXISTS ${quoted(name)} (${columns.map(([column, type]) => `${quoted(column)} ${type}`).join(', ')});`,
    )
    .join('\n');

/** Changes with the tables that the kinds want: a store that has it needs no further look. 31 bits, none of them 0 altogether. */
export const fingerprintOf = (kinds: readonly EventKind[]): number => {
  let hash = 1;
  for (const character of createTables(kinds)) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) & 0x7fff_ffff;
  return hash || 1;
};

/** Names of a table's columns; none where there is no such table. */
export const columnsOf = (database: DatabaseSync, table: string): ReadonlySet<string> =>
  new Set(
    database
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({ name }) => String(name)),
  );

interface MissingIn {
  readonly table: string;
  readonly columns: Table['columns'];
  /** The table itself is not there. */
  readonly isWhole: boolean;
}

const missing = (
  kinds: readonly EventKind[],
  columnsIn: (table: string) => ReadonlySet<string>,
): readonly MissingIn[] =>
  kinds.flatMap(tablesOf).flatMap(({ name, columns }) => {
    const there = columnsIn(name);
    const found = columns.filter(([column]) => !there.has(column));
    return found.length === 0 ? [] : [{ table: name, columns: found, isWhole: there.size === 0 }];
  });

/** What adds the columns that are missing; a table that is missing is told by its key. */
export const missingColumns = (
  kinds: readonly EventKind[],
  columnsIn: (table: string) => ReadonlySet<string>,
): readonly string[] =>
  missing(kinds, columnsIn).flatMap(({ table, columns }) =>
    columns.map(([column, type]) => `ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(column)} ${type}`),
  );

/**
 * Views, of this connection alone, by which a store of an older release reads as one that has all columns: those that are missing have
 * their default, and a table that is missing has no rows.
 */
export const completingViews = (
  kinds: readonly EventKind[],
  columnsIn: (table: string) => ReadonlySet<string>,
): string =>
  missing(kinds, columnsIn)
    .map(({ table, columns, isWhole }) => {
      const defaults = columns.map(
        ([column, type]) => `${/DEFAULT (.*)$/.exec(type)?.[1] ?? 'NULL'} AS ${quoted(column)}`,
      );
      const selected = isWhole
        ? `SELECT ${defaults.join(', ')} WHERE FALSE`
        : `SELECT *, ${defaults.join(', ')} FROM main.${quoted(table)}`;
      return `CREATE TEMP VIEW ${quoted(table)} AS ${selected};`;
    })
    .join('\n');
