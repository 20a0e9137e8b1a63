import { answerCodec, type CachedAnswer } from '@hotpath/ai-router';
import type { Cache } from '@hotpath/cache';
import type { SqliteStoreOptions } from '@hotpath/cache/stores/sqlite';
import { createTieredCache, type TieredCacheOptions } from '@hotpath/cache/tiered';
import type { ResolvedConfig } from './config.ts';
import { closeInTime, type OpenStoreOptions, openPluginStore } from './plugins/open-store.ts';
import type { Warning } from './warning.ts';

/** Answers kept as live values in front of the buffers. */
const maxLiveEntries = 100;
/** What an answer's object and strings hold beside its body, bytes, roughly. */
const liveOverheadBytes = 1000;
/** An answer does not change: memory goes on answering however long nobody hears from Redis. */
const trustMs = Number.POSITIVE_INFINITY;

type StoreOptions = Pick<TieredCacheOptions<CachedAnswer>, 'disk' | 'shared'>;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The store's error says itself what cannot be opened: what it was caused by is all that is new. */
const unavailable = (path: string, error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return `${messageOf(error)} Until then answers are kept in memory alone.`;
  return `The cache file ${path} cannot be opened (${messageOf(cause)}): answers are kept in memory alone. Set cache.path to another file, in a folder that you may write to.`;
};

export type DamagePolicy = SqliteStoreOptions['damagePolicy'];

/** What the stores that outlive a process are opened with: the file, unless a plugin's store is to be in its place, and Redis. */
export const storeOptions = (settings: ResolvedConfig['cache'], damagePolicy?: DamagePolicy): StoreOptions => {
  const { path, diskBytes, ttlMs, compressFromBytes, encryption, redis, store } = settings;
  const sealed = { compressFromBytes, encryption };
  return {
    ...(store === undefined && { disk: { path, maxBytes: diskBytes, ttlMs, damagePolicy, ...sealed } }),
    ...(redis !== undefined && { shared: { ...redis, trustMs, ...sealed } }),
  };
};

/** A store that cannot be used at all becomes a warning: a cache never fails its caller. */
export const warningOf = (path: string, error: unknown, tier: 'disk' | 'store' | 'shared'): Warning => ({
  code: 'CACHE_UNAVAILABLE',
  message:
    tier === 'disk'
      ? unavailable(path, error)
      : tier === 'store'
        ? `The store that cache.store names cannot be opened (${messageOf(error)}): answers are kept in memory alone. See "hotpath plugins doctor".`
        : messageOf(error),
});

export interface OpenCacheOptions extends OpenStoreOptions {
  /** What becomes of a damaged file. */
  readonly damagePolicy?: DamagePolicy;
}

/**
 * Opens the answer cache: live values, then exact-length buffers, then the SQLite file or a plugin's store, then Redis where
 * one is configured. What cannot be opened becomes a warning, and the cache does without it.
 */
export const openCache = async (
  settings: ResolvedConfig['cache'],
  options: OpenCacheOptions = {},
): Promise<{ readonly cache: Cache<CachedAnswer> | undefined; readonly warnings: readonly Warning[] }> => {
  if (!settings.enabled) return { cache: undefined, warnings: [] };
  const { memoryEntries, memoryBytes, path, ttlMs, evictionPolicy } = settings;
  const warnings: Warning[] = [];
  const cache = await createTieredCache<CachedAnswer>({
    preset: 'answers',
    hot: {
      maxEntries: Math.min(maxLiveEntries, memoryEntries),
      maxBytes: memoryBytes,
      sizeOf: (value) => liveOverheadBytes + (value as CachedAnswer).body.byteLength,
      ttlMs,
    },
    warm: { maxEntries: memoryEntries, maxBytes: memoryBytes, evictionPolicy, ttlMs },
    ...storeOptions(settings, options.damagePolicy),
    ...(settings.store !== undefined && { store: { open: () => openPluginStore(settings, options), ttlMs } }),
    onUnavailable: (error, tier) => warnings.push(warningOf(path, error, tier)),
    codec: answerCodec,
    ttlMs,
    now: options.now,
  });
  if (settings.store === undefined) return { cache, warnings };
  const close = (): Promise<void> => closeInTime(cache.close(), options, undefined);
  return { cache: { ...cache, close, [Symbol.asyncDispose]: close }, warnings };
};
