import { type Cache, type CacheOptions, createCache } from './cache.ts';
import { optionInvalid } from './errors.ts';
import type { CacheStore, MaybePromise } from './store.ts';
import { type BufferStoreOptions, bufferStore } from './stores/buffer.ts';
import { type MemoryStoreOptions, memoryStore } from './stores/memory.ts';
import type { RedisStoreOptions } from './stores/redis.ts';
import type { SqliteStoreOptions } from './stores/sqlite.ts';
import type { TierOptions } from './tier.ts';

/** Sizes and times that suit a purpose; each can be set otherwise. Times are in milliseconds. */
const presets = {
  /** Data that changes: 100 entries for a minute, 1,000 for five, on disk and shared for half an hour. */
  general: {
    ttlMs: 1_800_000,
    hot: { maxEntries: 100, ttlMs: 60_000 },
    warm: { maxEntries: 1_000, ttlMs: 300_000 },
    disk: { ttlMs: 1_800_000 },
  },
  /** Answers of models, which do not change: everything for 24 hours. */
  answers: {
    ttlMs: 86_400_000,
    hot: { maxEntries: 100, ttlMs: 86_400_000 },
    warm: { maxEntries: 1_000, ttlMs: 86_400_000 },
    disk: { ttlMs: 86_400_000 },
  },
} as const;

type InTier<StoreOptions> = Omit<StoreOptions, 'now'> & Pick<TierOptions, 'ttlMs'>;

/** What `createTieredCache` is made of; whatever else `createCache` takes is handed on to it. */
export interface TieredCacheOptions<Value> extends Omit<CacheOptions<Value>, 'tiers'> {
  /** @default "general" */
  readonly preset?: keyof typeof presets | undefined;
  /** Live values in memory. `false` leaves the tier out. */
  readonly hot?: InTier<MemoryStoreOptions> | false | undefined;
  /** Encoded values in memory. `false` leaves the tier out. */
  readonly warm?: InTier<BufferStoreOptions> | false | undefined;
  /** A file. @default none */
  readonly disk?: InTier<SqliteStoreOptions> | undefined;
  /** A store of one's own, asked after memory and the file. @default none */
  readonly store?: ({ readonly open: () => MaybePromise<CacheStore> } & Pick<TierOptions, 'ttlMs'>) | undefined;
  /** Redis or Valkey. @default none */
  readonly shared?: InTier<RedisStoreOptions> | undefined;
  /**
   * Told when the file, the store of one's own or Redis cannot be used at all; the cache then does without that tier.
   * @default the error is thrown
   */
  readonly onUnavailable?: ((error: unknown, tier: 'disk' | 'store' | 'shared') => void) | undefined;
}

/**
 * A cache of up to five tiers from a preset: hot, warm, disk, a store of one's own, shared. What disk and shared need is imported only when they
 * are asked for. Rejects with `CACHE_STORE_UNAVAILABLE` when one of them cannot be opened and `onUnavailable` is not given.
 */
export const createTieredCache = async <Value>(options: TieredCacheOptions<Value> = {}): Promise<Cache<Value>> => {
  const { preset = 'general', hot, warm, disk, store: own, shared, onUnavailable, ...rest } = options;
  const { now } = rest;
  const given = presets[preset] as (typeof presets)[keyof typeof presets] | undefined;
  if (given === undefined) throw optionInvalid('preset', preset, `one of ${Object.keys(presets).join(', ')}`);
  const tiers: TierOptions[] = [];

  const optional = async (tier: 'disk' | 'store' | 'shared', open: () => Promise<TierOptions>): Promise<void> => {
    try {
      tiers.push(await open());
    } catch (error) {
      if (onUnavailable === undefined) throw error;
      onUnavailable(error, tier);
    }
  };

  if (hot !== false) {
    const { ttlMs = given.hot.ttlMs, maxEntries, ...store } = hot ?? {};
    // A bound in bytes alone is a bound too.
    const entries = maxEntries ?? (store.maxBytes === undefined ? given.hot.maxEntries : undefined);
    tiers.push({ store: memoryStore({ ...store, maxEntries: entries, now }), ttlMs });
  }
  if (warm !== false) {
    const { ttlMs = given.warm.ttlMs, maxEntries = given.warm.maxEntries, ...store } = warm ?? {};
    tiers.push({ store: bufferStore({ ...store, maxEntries, now }), ttlMs });
  }
  try {
    if (disk !== undefined)
      await optional('disk', async () => {
        const { ttlMs = given.disk.ttlMs, ...store } = disk;
        const { sqliteStore } = await import('./stores/sqlite.ts');
        return { store: sqliteStore({ ...store, now }), ttlMs };
      });
    if (own !== undefined)
      await optional('store', async () => ({ store: await own.open(), ttlMs: own.ttlMs ?? given.disk.ttlMs }));
    if (shared !== undefined)
      await optional('shared', async () => {
        const { ttlMs = given.disk.ttlMs, ...store } = shared;
        const { redisStore } = await import('./stores/redis.ts');
        return { store: redisStore({ ...store, now }), ttlMs };
      });
    return createCache<Value>({ ...rest, ttlMs: rest.ttlMs ?? given.ttlMs, tiers });
  } catch (error) {
    await Promise.allSettled(tiers.map(({ store }) => store.close?.()));
    throw error;
  }
};
