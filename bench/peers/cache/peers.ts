import type { Peer } from './peer.ts';

/** The side that every ratio is against. */
export const baselineName = 'lru-cache';

/** Every cache in memory that is measured, each set up as its own documentation says, none with statistics or events. */
export const memoryPeers: readonly Peer[] = [
  {
    name: 'Map',
    note: 'new Map(), never evicts',
    bounded: false,
    create: async () => (await import('./map.ts')).createMap(),
  },
  {
    name: baselineName,
    note: 'LRUCache({ max })',
    bounded: true,
    create: async (options) => (await import('./lru-cache.ts')).createLruCache(options),
  },
  {
    name: 'lru-cache ttl',
    note: 'LRUCache({ max, ttl })',
    bounded: true,
    create: async (options) => (await import('./lru-cache.ts')).createLruCacheTtl(options),
  },
  {
    name: 'lru-cache fetch',
    note: 'LRUCache({ max, fetchMethod }), getOrSet is fetch()',
    bounded: true,
    create: async (options) => (await import('./lru-cache.ts')).createLruCacheFetch(options),
  },
  {
    name: 'hotpath',
    note: 'createCache({ tiers: [{ store: memoryStore({ maxEntries }) }], ttlMs }), hit is peek(), set() awaited',
    bounded: true,
    create: async (options) => (await import('./hotpath.ts')).createHotpath(options),
  },
  {
    name: 'hotpath no ttl',
    note: 'the same without ttlMs',
    bounded: true,
    create: async (options) => (await import('./hotpath.ts')).createHotpathForever(options),
  },
  {
    name: 'layered-loader',
    note: "Loader with inMemoryCache { cacheType: 'lru-map', maxItems, ttlInMsecs }, hit is getInMemoryOnly(), set is forceSetValue(), getOrSet is get()",
    bounded: true,
    create: async (options) => (await import('./layered-loader.ts')).createLayeredLoader(options),
  },
  {
    name: 'async-cache-dedupe',
    note: 'memory storage of `size` entries, ttl, getOrSet is a defined function; get() and set() name the function and the stored key',
    bounded: true,
    create: async (options) => (await import('./async-cache-dedupe.ts')).createAsyncCacheDedupe(options),
  },
  {
    name: 'cache-manager',
    note: 'over createKeyv({ ttl, lruSize }) of cacheable, as its README says for a bounded memory, values cloned (its default); getOrSet is wrap()',
    bounded: true,
    create: async (options) => (await import('./cache-manager.ts')).createCacheManager(options),
  },
  {
    name: 'cache-manager raw',
    note: 'the same with useClone: false',
    bounded: true,
    create: async (options) => (await import('./cache-manager.ts')).createCacheManagerRaw(options),
  },
  {
    name: 'keyv',
    note: 'new Keyv({ ttl }): its own Map, values as JSON, never evicts',
    bounded: false,
    create: async () => (await import('./keyv.ts')).createKeyv(),
  },
  {
    name: 'keyv raw',
    note: 'the same with serialization: false',
    bounded: false,
    create: async () => (await import('./keyv.ts')).createKeyvRaw(),
  },
  {
    name: 'bentocache',
    note: 'one L1 layer, memoryDriver({ maxItems }), values as JSON (its default)',
    bounded: true,
    create: async (options) => (await import('./bentocache.ts')).createBentocache(options),
  },
  {
    name: 'bentocache raw',
    note: 'the same with serialize: false',
    bounded: true,
    create: async (options) => (await import('./bentocache.ts')).createBentocacheRaw(options),
  },
  {
    name: 'cacheable',
    note: 'Cacheable({ primary: createKeyv({ lruSize }), ttl }), values cloned (its default)',
    bounded: true,
    create: async (options) => (await import('./cacheable.ts')).createCacheable(options),
  },
  {
    name: 'cacheable raw',
    note: 'the same with useClone: false',
    bounded: true,
    create: async (options) => (await import('./cacheable.ts')).createCacheableRaw(options),
  },
];

/** Two ways more to hold values with our own, for what they retain. */
const retainingPeers: readonly Peer[] = [
  {
    name: 'hotpath maxBytes',
    note: 'memoryStore({ maxEntries, maxBytes }), which measures every value',
    bounded: true,
    create: async (options) => (await import('./hotpath.ts')).createHotpathMeasured(options),
  },
  {
    name: 'hotpath buffers',
    note: 'bufferStore({ maxEntries, maxBytes }): values as JSON in buffers of their exact length',
    bounded: true,
    create: async (options) => (await import('./hotpath.ts')).createHotpathBuffers(options),
  },
];

/** The peer of that name. Throws for none. */
export const peerOf = (name: string): Peer => {
  const peer = [...memoryPeers, ...retainingPeers].find((candidate) => candidate.name === name);
  if (peer === undefined) throw new Error(`No cache is called "${name}".`);
  return peer;
};
