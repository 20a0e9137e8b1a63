import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { type BucketLength, bucketLengths, seriesPerBucket, seriesTable, sumsTable } from './layout.ts';

/** Series that are looked at in one go: what is left is found the next time. */
const mostAtOnce = 10_000;

const usedIn = (kind: EventKind, length: BucketLength): string =>
  `SELECT DISTINCT id % ${seriesPerBucket} FROM "${sumsTable(kind, length)}"`;

/**
 * Deletes series of which there are neither events nor sums, and tells how many there were. Whoever writes meanwhile has an hour's sum
 * of the series in the same transaction, and who holds the number of one that goes finds it anew: see `SeriesIds`.
 */
export const deleteUnusedSeries = (database: DatabaseSync, kind: EventKind): number => {
  const table = seriesTable(kind);
  // The last one stays: a number that was given away is never another's, also for who reads meanwhile.
  const isOld = `id < (SELECT max(id) FROM "${table}")`;
  const idsOf = (condition: string, ...given: string[]): number[] =>
    database
      .prepare(`SELECT id FROM "${table}" WHERE ${condition} ORDER BY id LIMIT ${mostAtOnce}`)
      .all(...given)
      .map(({ id }) => Number(id));
  // Nobody is kept from writing while it is looked for. Sums of an hour are kept longest: mostly there is nothing more to look at.
  let unused = idsOf(`${isOld} AND id NOT IN (${usedIn(kind, 'h1')})`);
  const others = (Object.keys(bucketLengths) as BucketLength[])
    .filter((length) => length !== 'h1')
    .map((length) => usedIn(kind, length));
  if (!kind.isCounted) others.push(`SELECT DISTINCT series FROM "${kind.name}"`);
  for (const used of others) {
    if (unused.length === 0) return 0;
    unused = idsOf(`id IN (SELECT value FROM json_each(?)) AND id NOT IN (${used})`, JSON.stringify(unused));
  }
  if (unused.length === 0) return 0;
  const deleted = database
    .prepare(
      `DELETE FROM "${table}" WHERE id IN (SELECT value FROM json_each(?)) AND id NOT IN (${usedIn(kind, 'h1')})`,
    )
    .run(JSON.stringify(unused));
  return Number(deleted.changes);
};
