import type { DatabaseSync } from 'node:sqlite';

/** What a pragma tells, as a number; 0 where it tells nothing. */
export const readNumber = (database: DatabaseSync, pragma: string): number =>
  Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] ?? 0);

/** Room that is used, without what deleted rows have left. */
export const usedBytes = (database: DatabaseSync): number =>
  (readNumber(database, 'page_count') - readNumber(database, 'freelist_count')) * readNumber(database, 'page_size');
