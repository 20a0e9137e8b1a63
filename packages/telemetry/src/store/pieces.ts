import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { type BucketLength, bucketLengths, idsPerMs, seriesPerBucket, sumsTable } from './layout.ts';
import type { Range } from './query.ts';

/** A part of the time asked for, and where it is read. */
export interface Piece {
  readonly table: BucketLength | 'events';
  readonly fromMs: number;
  readonly toMs: number;
}

const up = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
const down = (value: number, unit: number): number => Math.floor(value / unit) * unit;

/** Cuts a time into pieces of coarse buckets in the middle and finer ones at its ends. */
const split = (
  fromMs: number,
  toMs: number,
  tables: readonly Piece['table'][],
  lengths: readonly number[],
): Piece[] => {
  const [table, ...finer] = tables;
  const [length = 1] = lengths;
  if (table === undefined || fromMs >= toMs) return [];
  // The finest takes all that is left, also buckets that are only partly asked for.
  if (finer.length === 0) return [{ table, fromMs: down(fromMs, length), toMs: up(toMs, length) }];
  const [first, last] = [up(fromMs, length), down(toMs, length)];
  const rest = [finer, lengths.slice(1)] as const;
  if (first >= last) return split(fromMs, toMs, ...rest);
  return [...split(fromMs, first, ...rest), { table, fromMs: first, toMs: last }, ...split(last, toMs, ...rest)];
};

const coarser: Readonly<Record<Piece['table'], BucketLength | undefined>> = { events: 'm5', m5: 'h1', h1: undefined };

/** When the oldest rows of a table begin, milliseconds since 1970; infinite where it has none. */
export const oldestOf = (database: DatabaseSync, kind: EventKind, table: Piece['table']): number => {
  const name = table === 'events' ? kind.name : sumsTable(kind, table);
  const id = database.prepare(`SELECT min(id) AS id FROM "${name}"`).get()?.id;
  if (typeof id !== 'number') return Number.POSITIVE_INFINITY;
  return table === 'events' ? id / idsPerMs : Math.floor(id / seriesPerBucket) * bucketLengths[table];
};

/** Rows of a table whose ids are those of a bucket, or what they count. */
const countIn = (database: DatabaseSync, table: string, what: string, from: number, to: number): number =>
  Number(database.prepare(`SELECT ${what} AS count FROM "${table}" WHERE id >= ? AND id < ?`).get(from, to)?.count);

/** Where there is no room, events of the bucket that is going on are deleted, too, and more of them come. */
const isBucketWhole = (database: DatabaseSync, kind: EventKind, atMs: number): boolean => {
  const { m5 } = bucketLengths;
  const bucket = Math.floor(atMs / m5);
  const summed = [bucket * seriesPerBucket, (bucket + 1) * seriesPerBucket] as const;
  const single = [bucket * m5 * idsPerMs, (bucket + 1) * m5 * idsPerMs] as const;
  return (
    countIn(database, kind.name, 'count(*)', ...single) >=
    countIn(database, sumsTable(kind, 'm5'), 'total(count)', ...summed)
  );
};

/**
 * Where a time is too long ago for a table, the next coarser one stands in for it, up to the ends of its buckets. What is deleted of a
 * table is always whole buckets of the next.
 */
const kept = (database: DatabaseSync, kind: EventKind, piece: Piece): Piece => {
  const next = coarser[piece.table];
  if (next === undefined) return piece;
  const oldest = oldestOf(database, kind, piece.table);
  if (piece.fromMs >= oldest) return piece;
  const length = bucketLengths[next];
  // Nothing was deleted yet: before it there was nothing.
  if (
    oldestOf(database, kind, next) >= down(oldest, length) &&
    (piece.table !== 'events' || !Number.isFinite(oldest) || isBucketWhole(database, kind, oldest))
  )
    return piece;
  return kept(database, kind, { table: next, fromMs: down(piece.fromMs, length), toMs: up(piece.toMs, length) });
};

/** The pieces that a time is read in. `isHourly`: intervals of whole hours are all that is told apart. */
export const piecesOf = (
  database: DatabaseSync,
  kind: EventKind,
  { fromMs, toMs }: Range,
  isHourly: boolean,
): readonly Piece[] => {
  const tables: readonly Piece['table'][] = kind.isCounted ? ['h1', 'm5'] : ['h1', 'm5', 'events'];
  const usable = isHourly ? tables : tables.slice(1);
  const lengths = usable.map((table) => (table === 'events' ? 1 : bucketLengths[table]));
  return split(fromMs, toMs, usable, lengths).map((each) => kept(database, kind, each));
};
