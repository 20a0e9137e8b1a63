import { Loader } from 'layered-loader/core';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

export const createLayeredLoader = ({ maxEntries, load }: PeerOptions): PeerCache => {
  const loader = new Loader<Stored>({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: ttlMs, maxItems: maxEntries },
    dataSourceGetOneFn: load,
  });
  return {
    getNow: (key) => loader.getInMemoryOnly(key),
    set: (key, value) => loader.forceSetValue(key, value),
    getOrSet: (key) => loader.get(key),
  };
};
