import { statSync } from 'node:fs';
import { answerCodec, type CachedAnswer } from '@hotpath/ai-router';
import { type Cache, CacheError, type CacheStore, channels, createCache, type StoreFaultEvent } from '@hotpath/cache';
import type { CacheSettings } from './cache-settings.ts';
import { inspectCacheFile } from './check-cache-file.ts';
import { type DamagePolicy, storeOptions, warningOf } from './open-cache.ts';
import { closeInTime, openPluginStore } from './plugins/open-store.ts';
import type { Warning } from './warning.ts';

/** The stores behind the answer cache that outlive a process, for whoever looks after them. */
export interface AnswerStores {
  /** The file, or the store of a plugin in its place. Absent where there is no file, or where it cannot be opened. */
  readonly disk: CacheStore<Uint8Array> | undefined;
  /** Absent where no Redis is configured. */
  readonly shared: CacheStore<Uint8Array> | undefined;
  /** Both without memory in front. What it invalidates, others that use the same file or Redis hear of. */
  readonly cache: Cache<CachedAnswer>;
  readonly warnings: readonly Warning[];
  /** What went wrong in the stores so far: the cache itself fails nobody because of it. */
  readonly faults: readonly StoreFaultEvent[];
  /** Resolves to whether everything written is durable, and releases the stores; safe to call twice. */
  close(): Promise<boolean>;
}

export interface AnswerStoresOptions {
  /** Whether to make the file where there is none. @default false */
  readonly creates?: boolean | undefined;
  /**
   * What becomes of a damaged file. `"fail"`, for those who only look: it stays as it is, and who meets the damage gets a
   * `CACHE_FILE_DAMAGED`. `"move-aside"`: a new one is begun. @default "move-aside"
   */
  readonly damagePolicy?: DamagePolicy;
  /** Told of damaged entries and files and of writes given up. */
  readonly onError?: ((error: CacheError) => void) | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What cannot be looked at is no reason to say that there is none. */
const isThere = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
};

/** What keeps the file from being opened. A look at it finds better words than SQLite has for a folder, for example. */
const explain = async (path: string, error: unknown): Promise<string> => {
  try {
    await inspectCacheFile({ path }, { figures: false });
  } catch (found) {
    return messageOf(found);
  }
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return messageOf(error);
  return `The cache file ${path} cannot be opened (${messageOf(cause)}). Set cache.path to a file that you may write to, or run this as the user it belongs to.`;
};

/**
 * Opens the file and Redis as `createHotpath` would. One that cannot be used at all becomes a warning, except that a damaged
 * file which is to stay rejects with `CACHE_FILE_DAMAGED`.
 */
export const openAnswerStores = async (
  settings: CacheSettings,
  { creates = false, damagePolicy, onError, now = Date.now }: AnswerStoresOptions = {},
): Promise<AnswerStores> => {
  const options = storeOptions(settings, damagePolicy);
  const warnings: Warning[] = [];
  const faults: StoreFaultEvent[] = [];
  const onFault = (event: unknown): void => void faults.push(event as StoreFaultEvent);
  channels.storeFault.subscribe(onFault);
  const attempt = async (
    tier: 'disk' | 'store' | 'shared',
    open: () => Promise<CacheStore<Uint8Array>>,
  ): Promise<CacheStore<Uint8Array> | undefined> => {
    try {
      return await open();
    } catch (error) {
      if (CacheError.isInstance(error) && error.code === 'CACHE_FILE_DAMAGED') {
        channels.storeFault.unsubscribe(onFault);
        throw error;
      }
      warnings.push(
        tier === 'disk'
          ? { code: 'CACHE_UNAVAILABLE', message: await explain(settings.path, error) }
          : warningOf(settings.path, error, tier),
      );
      return undefined;
    }
  };
  const { disk: diskOptions, shared: sharedOptions } = options;
  const { plugins } = settings;
  const file =
    diskOptions === undefined || !(creates || isThere(settings.path))
      ? undefined
      : await attempt('disk', async () => {
          const { sqliteStore } = await import('@hotpath/cache/stores/sqlite');
          return sqliteStore({ ...diskOptions, onError, now });
        });
  const disk =
    settings.store === undefined ? file : await attempt('store', () => openPluginStore(settings, { plugins, now }));
  const shared =
    sharedOptions === undefined
      ? undefined
      : await attempt('shared', async () => {
          const { redisStore } = await import('@hotpath/cache/stores/redis');
          return redisStore({ ...sharedOptions, now });
        });
  const tiers = [disk, shared].flatMap((store) => (store === undefined ? [] : [{ store, ttlMs: settings.ttlMs }]));
  const cache = createCache<CachedAnswer>({ tiers, codec: answerCodec, ttlMs: settings.ttlMs, now });
  let closing: Promise<boolean> | undefined;
  const close = async (): Promise<boolean> => {
    const closeCache = async (): Promise<boolean> => {
      const isFlushed = await cache.flush();
      await cache.close();
      return isFlushed;
    };
    const isDurable = await closeInTime(closeCache(), { plugins }, false);
    channels.storeFault.unsubscribe(onFault);
    await plugins?.close();
    return isDurable;
  };
  return {
    disk,
    shared,
    cache,
    warnings,
    faults,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
};
