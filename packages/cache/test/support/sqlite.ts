import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, vi } from 'vitest';
import type { CacheEntry, CacheStore } from '../../src/index.ts';
import { type SqliteStore, type SqliteStoreOptions, sqliteStore } from '../../src/stores/sqlite.ts';

/** Opens stores that are closed after each test. */
export const sqliteStores = (): ((options: SqliteStoreOptions) => SqliteStore) => {
  const open: SqliteStore[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const store of open.splice(0)) await store.close().catch(() => {});
  });
  return (options) => {
    const store = sqliteStore(options);
    open.push(store);
    return store;
  };
};

export const entry = (
  value: Uint8Array | string,
  fields: Partial<Omit<CacheEntry, 'value'>> = {},
): CacheEntry<Uint8Array> => ({
  value: typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : value,
  createdAt: 1_000,
  expiresAt: Number.POSITIVE_INFINITY,
  ...fields,
});

export const read = (store: CacheStore<Uint8Array>, key: string): string | undefined => {
  const found = store.get(key) as CacheEntry<Uint8Array> | undefined;
  return found === undefined ? undefined : Buffer.from(found.value).toString();
};

/** Bytes that no compression makes smaller, the same every time. */
export const noise = (length: number, seed = 1): Uint8Array => {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

export const withDatabase = <Result>(path: string, work: (database: DatabaseSync) => Result): Result => {
  const database = new DatabaseSync(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
};

/** Waits until `isTrue`, for work that another thread or process does. */
export const until = async (isTrue: () => boolean, timeoutMs = 10_000): Promise<void> => {
  const endsAt = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > endsAt) throw new Error('It did not come true in time.');
    await sleep(5);
  }
};
