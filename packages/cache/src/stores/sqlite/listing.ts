import { keyOfRow } from './key.ts';
import type { CacheDatabase } from './layout.ts';
import type { PendingWrites } from './pending.ts';

export interface ListingOptions {
  readonly use: <Result>(work: (database: CacheDatabase) => Result) => Result;
  readonly pending: PendingWrites;
  readonly now: () => number;
  /** Whether the row is invalid. */
  readonly isCovered: (key: string, version: unknown, tags: unknown) => boolean;
  readonly isLive: (key: string) => boolean;
}

/** The live keys, a page at a time: a statement left open would keep the log from being copied back. */
export const listKeys = function* (options: ListingOptions): Generator<string> {
  const { use, pending, now, isCovered, isLive } = options;
  const waiting = Array.from(pending.all(), ({ key }) => key);
  const seen = new Set(waiting);
  for (const key of waiting) if (isLive(key)) yield key;
  for (let after = 0; ; ) {
    const start = after;
    const rows = use((database) => database.page.all(start, now()));
    for (const { id, key: bound, version, tags } of rows) {
      after = Number(id);
      const key = keyOfRow(bound);
      if (seen.has(key) || pending.get(key) !== undefined || isCovered(key, version, tags)) continue;
      yield key;
    }
    if (rows.length === 0) return;
  }
};
