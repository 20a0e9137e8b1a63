import type { DatabaseSync } from 'node:sqlite';
import { type Unpacked, unpackBytes } from '../collector/histogram-bytes.ts';
import type { EventKind } from '../kind.ts';
import { type BucketLength, bucketLengths, idsPerMs, seriesPerBucket, spreadColumn, sumsTable } from './layout.ts';
import type { Piece } from './pieces.ts';
import { type Columns, plus, type Sums, spreadAt, type Tally } from './tally.ts';

export interface Reading extends Columns {
  readonly database: DatabaseSync;
  readonly kind: EventKind;
  /** By figure: whether its highest is kept, not its sum. */
  readonly isHighest: readonly boolean[];
  readonly tallies: readonly Tally[];
}

const quoted = (names: readonly string[]): string => names.map((name) => `, "${name}"`).join('');

/** Adds the figures that a tally wants, which stand in a row from its third place on. */
const totalsAdder =
  ({ isHighest }: Reading): ((tally: Tally, sums: Sums, row: readonly unknown[]) => void) =>
  ({ sumsUp }, { totals }, row) => {
    for (let place = 0; place < sumsUp.length; place += 1) {
      const index = sumsUp[place] as number;
      const value = row[2 + index];
      if (typeof value === 'number') totals[index] = plus(totals[index] as number, value, isHighest[index] as boolean);
    }
  };

/** Buckets that are read at once: of the rows of a day, hundreds of kilobytes. */
const bucketsAtOnce = 24;

/**
 * Reads rows of sums. SQLite packs those of some buckets into one text of JSON, and their histograms into one blob: a value for each
 * column of each row would take four times as long.
 */
export const readSums = (reading: Reading, { table, fromMs, toMs }: Piece): void => {
  const { database, kind, figures, spreads, tallies } = reading;
  const length = table as BucketLength;
  const lengthMs = bucketLengths[length];
  const addTotals = totalsAdder(reading);
  const columns = spreads.map(spreadColumn);
  const lengths = columns.map((name) => `, length("${name}")`).join('');
  // As texts they can be joined, whatever their bytes; those that are not there are left out.
  const joined = columns
    .map((name) => `, CAST(group_concat(CAST("${name}" AS TEXT), '') AS BLOB) AS "${name}"`)
    .join('');
  const statement = database.prepare(
    `SELECT json_group_array(json_array(id, count${quoted(figures)}${lengths})) AS rows${joined} FROM "${sumsTable(kind, length)}" WHERE id >= ? AND id < ?`,
  );
  const sizesFrom = 2 + figures.length;
  const unpacked: Unpacked = { length: 0, buckets: [], counts: [] };
  /** By tally: what the row belongs to. */
  const found: (Sums | undefined)[] = [];
  const last = toMs / lengthMs;
  for (let bucket = fromMs / lengthMs; bucket < last; bucket += bucketsAtOnce) {
    const until = Math.min(last, bucket + bucketsAtOnce);
    const packed = statement.get(bucket * seriesPerBucket, until * seriesPerBucket);
    const rows = JSON.parse(String(packed?.rows)) as readonly (readonly (number | null)[])[];
    const bytes = columns.map((name) => packed?.[name]);
    const ends = columns.map(() => 0);
    for (const row of rows) {
      const id = row[0] as number;
      const series = id % seriesPerBucket;
      const atMs = Math.floor(id / seriesPerBucket) * lengthMs;
      let isAsked = true;
      for (let tally = 0; tally < tallies.length && isAsked; tally += 1) {
        const its = tallies[tally] as Tally;
        const sums = its.find(series, atMs);
        found[tally] = sums;
        isAsked = sums !== undefined;
        if (sums === undefined) break;
        sums.count += row[1] as number;
        addTotals(its, sums, row);
      }
      for (let index = 0; index < columns.length; index += 1) {
        const size = row[sizesFrom + index] ?? 0;
        const end = (ends[index] as number) + size;
        ends[index] = end;
        const all = bytes[index];
        if (size === 0 || !isAsked || !(all instanceof Uint8Array) || !unpackBytes(unpacked, all, end - size, end))
          continue;
        for (let tally = 0; tally < tallies.length; tally += 1) {
          if (!(tallies[tally] as Tally).takes[index]) continue;
          spreadAt(found[tally] as Sums, index).addAll(unpacked.buckets, unpacked.counts, unpacked.length);
        }
      }
    }
  }
};

/** Reads single events. */
export const readEvents = (reading: Reading, { fromMs, toMs }: Piece): void => {
  const { database, kind, figures, spreads, tallies } = reading;
  const addTotals = totalsAdder(reading);
  const columns = [...new Set([...figures, ...spreads])];
  const places = spreads.map((name) => 2 + columns.indexOf(name));
  const rows = database
    .prepare(`SELECT id, series${quoted(columns)} FROM "${kind.name}" WHERE id >= ? AND id < ?`)
    .iterate(fromMs * idsPerMs, toMs * idsPerMs);
  for (const object of rows) {
    const row = Object.values(object);
    for (const tally of tallies) {
      const sums = tally.find(row[1] as number, Math.floor((row[0] as number) / idsPerMs));
      if (sums === undefined) break;
      sums.count += 1;
      addTotals(tally, sums, row);
      places.forEach((place, index) => {
        const value = row[place];
        if (tally.takes[index] && typeof value === 'number') spreadAt(sums, index).record(value);
      });
    }
  }
};
