import { createCache } from 'cache-manager';
import { createKeyv } from 'cacheable';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

const create = ({ maxEntries, load }: PeerOptions, useClone: boolean): PeerCache => {
  const cache = createCache({ stores: [createKeyv({ ttl: ttlMs, lruSize: maxEntries, useClone })], ttl: ttlMs });
  return {
    get: (key) => cache.get<Stored>(key),
    set: (key, value) => cache.set(key, value),
    getOrSet: (key) => cache.wrap(key, () => load(key)),
    close: () => cache.disconnect(),
  };
};

export const createCacheManager = (options: PeerOptions): PeerCache => create(options, true);

export const createCacheManagerRaw = (options: PeerOptions): PeerCache => create(options, false);
