import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { HeldSums } from './held-sums.ts';
import { bucketLengths, spread, summed } from './layout.ts';
import { piecesOf } from './pieces.ts';
import { type AggregateQuery, checkQuery, type Group, type Grouping, type Range } from './query.ts';
import { readEvents } from './read-rows.ts';
import { createTally, readSeries } from './tally.ts';

/** Columns that any of the groupings wants. */
const wantedBy = (groupings: readonly Grouping[], which: 'totals' | 'spreads', all: readonly string[]): string[] =>
  all.filter((name) => groupings.some((grouping) => grouping[which]?.includes(name) ?? true));

/** Sums up the same events in several ways, reading them once. Throws `TELEMETRY_QUERY_INVALID`. */
export const aggregateAll = (
  database: DatabaseSync,
  held: HeldSums,
  kind: EventKind,
  range: Range,
  groupings: readonly Grouping[],
): readonly (readonly Group[])[] => {
  checkQuery(kind, range, groupings);
  const { fromMs, where = {} } = range;
  const columns = {
    figures: wantedBy(groupings, 'totals', summed(kind)),
    spreads: wantedBy(groupings, 'spreads', spread(kind)),
  };
  const tallies = groupings.map((grouping) =>
    createTally(readSeries(database, kind, grouping.by ?? [], where), columns, grouping, fromMs),
  );
  const isHighest = columns.figures.map((name) => kind.measures[name]?.keep === 'highest');
  const reading = { database, kind, ...columns, isHighest, tallies };
  // A grouping may be a whole query, with a time of its own.
  const ways = groupings.map(({ by, stepMs, totals, spreads }) => ({ by, stepMs, totals, spreads }));
  const question = JSON.stringify([kind.name, where, ways]);
  const isHourly = groupings.every(({ stepMs = bucketLengths.h1 }) => stepMs % bucketLengths.h1 === 0);
  for (const piece of piecesOf(database, kind, range, isHourly)) {
    if (piece.table === 'events') readEvents(reading, piece);
    else held.read(reading, piece, question);
  }
  return tallies.map(({ groups }) => groups());
};

/** Sums up events from the coarsest sums that are as exact as the time asked for. Throws `TELEMETRY_QUERY_INVALID`. */
export const aggregate = (database: DatabaseSync, kind: EventKind, query: AggregateQuery): readonly Group[] =>
  aggregateAll(database, new HeldSums(database), kind, query, [query])[0] ?? [];
