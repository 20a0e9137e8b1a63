import type { DatabaseSync } from 'node:sqlite';
import { mergeBytes } from '../collector/histogram-bytes.ts';
import { LogHistogram } from '../collector/log-histogram.ts';
import { TelemetryError } from '../errors.ts';
import type { EventKind } from '../kind.ts';
import {
  type BucketLength,
  bucketLengths,
  idsPerMs,
  seriesPerBucket,
  seriesTable,
  spread,
  spreadColumn,
  summed,
  sumsTable,
} from './layout.ts';

/** Which events are asked for, by their dimensions: one of these names each. */
export type Filter = Readonly<Record<string, string | readonly string[]>>;

export interface AggregateQuery {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Not itself within. */
  readonly toMs: number;
  /** Dimensions to tell apart. @default none: one group of all */
  readonly by?: readonly string[] | undefined;
  readonly where?: Filter | undefined;
  /** Length of the intervals to tell apart, milliseconds: a multiple of five minutes. @default one interval of all */
  readonly stepMs?: number | undefined;
  /** Figures whose spread is wanted. @default all */
  readonly spreads?: readonly string[] | undefined;
}

/** Events of one combination of names within one interval. */
export interface Group {
  /** By the dimensions asked for. */
  readonly names: Readonly<Record<string, string>>;
  /** When the interval begins, milliseconds since 1970. */
  readonly atMs: number;
  count: number;
  /** By figure: the sum, or the highest where that is kept; absent where no event had it. */
  readonly totals: Record<string, number>;
  /** By figure. */
  readonly spreads: Record<string, LogHistogram>;
}

/** A part of the time asked for, and where it is read. */
interface Piece {
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
const oldestOf = (database: DatabaseSync, kind: EventKind, table: Piece['table']): number => {
  const name = table === 'events' ? kind.name : sumsTable(kind, table);
  const id = database.prepare(`SELECT min(id) AS id FROM "${name}"`).get()?.id;
  if (typeof id !== 'number') return Number.POSITIVE_INFINITY;
  return table === 'events' ? id / idsPerMs : Math.floor(id / seriesPerBucket) * bucketLengths[table];
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
  if (oldestOf(database, kind, next) >= down(oldest, length)) return piece;
  return kept(database, kind, { table: next, fromMs: down(piece.fromMs, length), toMs: up(piece.toMs, length) });
};

const invalid = (message: string): never => {
  throw new TelemetryError('TELEMETRY_QUERY_INVALID', message);
};

const check = (kind: EventKind, { by = [], where = {}, stepMs, fromMs, toMs }: AggregateQuery): void => {
  for (const name of [...by, ...Object.keys(where)])
    if (!Object.hasOwn(kind.dimensions, name))
      invalid(`Events of the kind "${kind.name}" have no "${name}". They have: ${kind.dimensionNames.join(', ')}.`);
  if (!(fromMs < toMs)) invalid('The time asked for ends before it begins: give a later end.');
  if (stepMs !== undefined && !(stepMs > 0 && stepMs % bucketLengths.m5 === 0))
    invalid('Intervals are multiples of five minutes: give 300000 milliseconds or a multiple of it.');
};

type Row = readonly unknown[];

/** Sums up events from the coarsest sums that are as exact as the time asked for. Throws `TELEMETRY_QUERY_INVALID`. */
export const aggregate = (database: DatabaseSync, kind: EventKind, query: AggregateQuery): readonly Group[] => {
  check(kind, query);
  const { by = [], where = {}, stepMs } = query;
  const wanted = spread(kind).filter((name) => query.spreads?.includes(name) ?? true);
  const figures = summed(kind);
  const groups = new Map<string, Group>();
  const namesOf = readSeries(database, kind, by, where);

  const groupOf = (series: number, atMs: number): Group | undefined => {
    const names = namesOf.get(series);
    if (names === undefined) return undefined;
    const start = stepMs === undefined ? query.fromMs : down(atMs, stepMs);
    const key = `${start} ${names.key}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { names: names.names, atMs: start, count: 0, totals: {}, spreads: {} };
      groups.set(key, group);
    }
    return group;
  };

  const addTotals = ({ totals }: Group, row: Row, from: number): void => {
    figures.forEach((name, index) => {
      const value = row[from + index];
      if (typeof value !== 'number') return;
      const before = totals[name];
      totals[name] =
        before === undefined
          ? value
          : kind.measures[name]?.keep === 'highest'
            ? Math.max(before, value)
            : before + value;
    });
  };

  const spreadOf = ({ spreads }: Group, name: string): LogHistogram => (spreads[name] ??= new LogHistogram());

  const readSums = ({ table, fromMs, toMs }: Piece): void => {
    const length = table as BucketLength;
    const lengthMs = bucketLengths[length];
    const columns = ['id', 'count', ...figures, ...wanted.map(spreadColumn)].map((name) => `"${name}"`).join(', ');
    const rows = database
      .prepare(`SELECT ${columns} FROM "${sumsTable(kind, length)}" WHERE id >= ? AND id < ?`)
      .iterate((fromMs / lengthMs) * seriesPerBucket, (toMs / lengthMs) * seriesPerBucket);
    for (const object of rows) {
      const row = Object.values(object);
      const id = row[0] as number;
      const group = groupOf(id % seriesPerBucket, Math.floor(id / seriesPerBucket) * lengthMs);
      if (group === undefined) continue;
      group.count += row[1] as number;
      addTotals(group, row, 2);
      wanted.forEach((name, index) => {
        const bytes = row[2 + figures.length + index];
        if (bytes instanceof Uint8Array) mergeBytes(spreadOf(group, name), bytes);
      });
    }
  };

  const readEvents = ({ fromMs, toMs }: Piece): void => {
    const columns = ['id', 'series', ...figures].map((name) => `"${name}"`).join(', ');
    const rows = database
      .prepare(`SELECT ${columns} FROM "${kind.name}" WHERE id >= ? AND id < ?`)
      .iterate(fromMs * idsPerMs, toMs * idsPerMs);
    for (const object of rows) {
      const row = Object.values(object);
      const group = groupOf(row[1] as number, Math.floor((row[0] as number) / idsPerMs));
      if (group === undefined) continue;
      group.count += 1;
      addTotals(group, row, 2);
      for (const name of wanted) {
        const value = row[2 + figures.indexOf(name)];
        if (typeof value === 'number') spreadOf(group, name).record(value);
      }
    }
  };

  const tables: readonly Piece['table'][] = kind.isCounted ? ['h1', 'm5'] : ['h1', 'm5', 'events'];
  const usable = stepMs === undefined || stepMs % bucketLengths.h1 === 0 ? tables : tables.slice(1);
  const lengths = usable.map((table) => (table === 'events' ? 1 : bucketLengths[table]));
  for (const piece of split(query.fromMs, query.toMs, usable, lengths).map((each) => kept(database, kind, each))) {
    if (piece.table === 'events') readEvents(piece);
    else readSums(piece);
  }
  return [...groups.values()].sort((one, other) => one.atMs - other.atMs || other.count - one.count);
};

interface Names {
  readonly key: string;
  readonly names: Readonly<Record<string, string>>;
}

/** Series that fit, by their number, with the names that are told apart. */
const readSeries = (
  database: DatabaseSync,
  kind: EventKind,
  by: readonly string[],
  where: Filter,
): ReadonlyMap<number, Names> => {
  const conditions: string[] = [];
  const parameters: string[] = [];
  for (const [name, given] of Object.entries(where)) {
    const allowed = typeof given === 'string' ? [given] : given;
    conditions.push(`"${name}" IN (${allowed.map(() => '?').join(', ')})`);
    parameters.push(...allowed);
  }
  const columns = ['id', ...by.map((name) => `"${name}"`)].join(', ');
  const condition = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const rows = database.prepare(`SELECT ${columns} FROM "${seriesTable(kind)}"${condition}`).all(...parameters);
  return new Map(
    rows.map((row) => {
      const names = Object.fromEntries(by.map((name) => [name, String(row[name])]));
      return [Number(row.id), { key: JSON.stringify(Object.values(names)), names }];
    }),
  );
};
