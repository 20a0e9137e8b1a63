import { LRUCache } from 'lru-cache';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

export const createLruCache = ({ maxEntries }: PeerOptions): PeerCache => {
  const cache = new LRUCache<string, Stored>({ max: maxEntries });
  return { getNow: (key) => cache.get(key), setNow: (key, value) => cache.set(key, value) };
};

export const createLruCacheTtl = ({ maxEntries }: PeerOptions): PeerCache => {
  const cache = new LRUCache<string, Stored>({ max: maxEntries, ttl: ttlMs });
  return { getNow: (key) => cache.get(key), setNow: (key, value) => cache.set(key, value) };
};

export const createLruCacheFetch = ({ maxEntries, load }: PeerOptions): PeerCache => {
  const cache = new LRUCache<string, Stored>({ max: maxEntries, fetchMethod: (key) => load(key) });
  return {
    getNow: (key) => cache.get(key),
    setNow: (key, value) => cache.set(key, value),
    getOrSet: (key) => cache.fetch(key),
  };
};
