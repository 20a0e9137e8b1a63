import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { type BucketLength, bucketLengths, idsPerMs, seriesPerBucket, sumsTable } from './layout.ts';
import { usedBytes } from './pragmas.ts';
import { deleteUnusedSeries } from './unused-series.ts';

export interface Retention {
  /** How long single events are kept, days. @default 14 */
  readonly eventDays?: number | undefined;
  /** How long sums of five minutes are kept, days. @default 30 */
  readonly fiveMinuteDays?: number | undefined;
  /** How long sums of an hour are kept, days. @default 400 */
  readonly hourDays?: number | undefined;
  /** The store grows no larger, bytes: the oldest events go first, sums stay. Half of it is the events', whatever sums take. @default 1 GiB */
  readonly maxBytes?: number | undefined;
}

const dayMs = 86_400_000;
/** Rows that one transaction deletes: others that want to write wait no longer. */
const rowsAtOnce = 5_000;

const downTo = (value: number, unit: number): number => Math.floor(value / unit) * unit;

/** Deletes a range of ids in small transactions; tells how many rows there were. */
const deleteRange = (database: DatabaseSync, table: string, before: number): number => {
  const statement = database.prepare(
    `DELETE FROM "${table}" WHERE id IN (SELECT id FROM "${table}" WHERE id < ? ORDER BY id LIMIT ${rowsAtOnce})`,
  );
  let deleted = 0;
  for (;;) {
    const changes = Number(statement.run(before).changes);
    deleted += changes;
    if (changes < rowsAtOnce) return deleted;
  }
};

/** The share of the oldest events that goes at once where there is no room. */
const shareAtOnce = 0.1;
/** The share of the room that is taken at most after some was made, so that it lasts for a while. */
const shareLeft = 0.9;
/** What the store may take, bytes. */
export const defaultMaxBytes = 2 ** 30;
/** The share of the room that is for events: it would be in vain to delete them all where it is sums and names that take it. */
const leastForEvents = 0.5;

/** What all but single events takes. */
const otherBytes = (database: DatabaseSync, kinds: readonly EventKind[]): number => {
  const names = JSON.stringify(kinds.map(({ name }) => name));
  try {
    return Number(
      database
        .prepare(
          `SELECT total((SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name = sqlite_schema.name)) AS bytes
           FROM sqlite_schema WHERE name NOT IN (SELECT value FROM json_each(?))`,
        )
        .get(names)?.bytes,
    );
  } catch {
    // A Node that is built with the system's SQLite may be without this table.
    return 0;
  }
};

const shrink = (database: DatabaseSync, kinds: readonly EventKind[], maxBytes: number): number => {
  let deleted = 0;
  if (usedBytes(database) <= maxBytes) return deleted;
  const most = Math.max(maxBytes * shareLeft, otherBytes(database, kinds) + maxBytes * leastForEvents);
  while (usedBytes(database) > most) {
    const before = deleted;
    for (const { name } of kinds) {
      const { oldest, newest } =
        database.prepare(`SELECT min(id) AS oldest, max(id) AS newest FROM "${name}"`).get() ?? {};
      if (typeof oldest !== 'number' || typeof newest !== 'number') continue;
      const until = oldest + (newest - oldest) * shareAtOnce + bucketLengths.m5 * idsPerMs;
      deleted += deleteRange(database, name, downTo(until, bucketLengths.m5 * idsPerMs));
    }
    if (deleted === before) break;
  }
  return deleted;
};

/** Deletes what is older than it is to be kept, and gives its room back. Tells how many rows went. */
export const prune = (
  database: DatabaseSync,
  kinds: readonly EventKind[],
  nowMs: number,
  { eventDays = 14, fiveMinuteDays = 30, hourDays = 400, maxBytes = defaultMaxBytes }: Retention = {},
): number => {
  const withEvents = kinds.filter(({ isCounted }) => !isCounted);
  let deleted = 0;
  // Whole buckets of the sums that stand for what is deleted.
  const eventsFrom = downTo(nowMs - eventDays * dayMs, bucketLengths.m5);
  for (const { name } of withEvents) deleted += deleteRange(database, name, eventsFrom * idsPerMs);
  const sums: readonly (readonly [BucketLength, number])[] = [
    ['m5', fiveMinuteDays],
    ['h1', hourDays],
  ];
  for (const kind of kinds)
    for (const [length, days] of sums) {
      const from = downTo(nowMs - days * dayMs, bucketLengths.h1);
      deleted += deleteRange(database, sumsTable(kind, length), (from / bucketLengths[length]) * seriesPerBucket);
    }
  if (deleted > 0 || usedBytes(database) > maxBytes)
    for (const kind of kinds) deleted += deleteUnusedSeries(database, kind);
  deleted += shrink(database, withEvents, maxBytes);
  if (deleted > 0) database.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)');
  return deleted;
};
