import { Cacheable, createKeyv } from 'cacheable';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

const create = ({ maxEntries, load }: PeerOptions, useClone: boolean): PeerCache => {
  const cache = new Cacheable({ primary: createKeyv({ lruSize: maxEntries, useClone }), ttl: ttlMs });
  return {
    get: (key) => cache.get<Stored>(key),
    set: (key, value) => cache.set(key, value),
    getOrSet: (key) => cache.getOrSet(key, () => load(key)),
    close: () => cache.disconnect(),
  };
};

export const createCacheable = (options: PeerOptions): PeerCache => create(options, true);

export const createCacheableRaw = (options: PeerOptions): PeerCache => create(options, false);
