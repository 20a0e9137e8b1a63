import { createCache } from '@hotpath/cache';
import { bufferStore, memoryStore } from '@hotpath/cache/stores/memory';
import { sqliteStore } from '@hotpath/cache/stores/sqlite';
import type { DiskCache } from './disk-peer.ts';
import { type Stored, ttlMs } from './peer.ts';

export const openHotpath = (folder: string): DiskCache => {
  const cache = createCache<Stored>({ tiers: [{ store: sqliteStore({ path: `${folder}/cache.db` }) }], ttlMs });
  const flushed = async (): Promise<void> => {
    if (!(await cache.flush())) throw new Error('The flush failed.');
  };
  return {
    read: (key) => cache.get(key),
    write: async (key, value) => {
      await cache.set(key, value);
      await flushed();
    },
    writeMany: async (entries) => {
      for (const [key, value] of entries) await cache.set(key, value);
      await flushed();
    },
    close: () => cache.close(),
  };
};

export const openHotpathStore = (folder: string): DiskCache => {
  const store = sqliteStore({ path: `${folder}/cache.db` });
  const set = (key: string, value: Stored): void => {
    const at = Date.now();
    void store.set(key, { value: Buffer.from(JSON.stringify(value)), createdAt: at, expiresAt: at + ttlMs });
  };
  return {
    read: (key) => store.get(key),
    write: async (key, value) => {
      set(key, value);
      await store.flush?.();
    },
    writeMany: async (entries) => {
      for (const [key, value] of entries) set(key, value);
      await store.flush?.();
    },
    close: () => store.close?.(),
  };
};

/** All three local tiers, as a server has them: a write returns at once and reaches the file later. */
export const openHotpathTiers = (folder: string): DiskCache => {
  const cache = createCache<Stored>({
    tiers: [
      { store: memoryStore(), ttlMs: 60_000 },
      { store: bufferStore(), ttlMs: 300_000 },
      { store: sqliteStore({ path: `${folder}/cache.db` }) },
    ],
    ttlMs,
  });
  return { read: (key) => cache.get(key), write: (key, value) => cache.set(key, value), close: () => cache.close() };
};
