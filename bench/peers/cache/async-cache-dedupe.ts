import { createCache } from 'async-cache-dedupe';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

const ttlSeconds = ttlMs / 1000;

export const createAsyncCacheDedupe = ({ maxEntries, load }: PeerOptions): PeerCache => {
  const cache = createCache({
    ttl: ttlSeconds,
    storage: { type: 'memory', options: { size: maxEntries } },
  }).define('value', load);
  // Its own functions file their results under "<name>~<key>", while `get` and `set` take the key as it is stored.
  return {
    get: (key) => cache.get('value', `value~${key}`) as Promise<Stored | undefined>,
    set: (key, value) => cache.set('value', `value~${key}`, value, ttlSeconds),
    getOrSet: (key) => cache.value(key),
  };
};
