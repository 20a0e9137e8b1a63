import { type CacheOptions, createCache } from '@hotpath/cache';
import { bufferStore, memoryStore } from '@hotpath/cache/stores/memory';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

const create = (options: CacheOptions<Stored>, load: PeerOptions['load']): PeerCache => {
  const cache = createCache<Stored>(options);
  return {
    getNow: (key) => cache.peek(key),
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    getOrSet: (key) => cache.getOrSet(key, () => load(key)),
    bytes: async () => (await cache.stats()).tiers[0]?.bytes ?? 0,
    close: () => cache.close(),
  };
};

export const createHotpath = ({ maxEntries, load }: PeerOptions): PeerCache =>
  create({ tiers: [{ store: memoryStore({ maxEntries }) }], ttlMs }, load);

export const createHotpathForever = ({ maxEntries, load }: PeerOptions): PeerCache =>
  create({ tiers: [{ store: memoryStore({ maxEntries }) }] }, load);

/** Bounded in bytes too, so that it measures every value; the bound is far away. */
export const createHotpathMeasured = ({ maxEntries, load }: PeerOptions): PeerCache =>
  create({ tiers: [{ store: memoryStore({ maxEntries, maxBytes: 2 ** 40 }) }], ttlMs }, load);

export const createHotpathBuffers = ({ maxEntries, load }: PeerOptions): PeerCache =>
  create({ tiers: [{ store: bufferStore({ maxEntries, maxBytes: 2 ** 40 }) }], ttlMs }, load);
