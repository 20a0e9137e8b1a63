import type { CacheSettings } from './cache-settings.ts';
import type { AnswerStores } from './open-answer-stores.ts';
import { openCache } from './open-cache.ts';

/** What a start would bring into memory. */
export interface WarmUp {
  /** The keys worth it, the most used first; some may have no answer any more. */
  readonly keys: readonly string[];
  /** Answers brought into memory. */
  readonly entries: number;
  /** Bytes of memory that they take. */
  readonly bytes: number;
  readonly durationMs: number;
  /** Whether the budget was enough. */
  readonly complete: boolean;
}

/**
 * Warms memory of its own from the `stores` as a start would, measures it, and lets it go again. A damaged file stays as it
 * is: rejects with `CACHE_FILE_DAMAGED` where the keys cannot be read, and what else cannot be is a fault of the store.
 */
export const measureWarmUp = async (
  settings: CacheSettings,
  stores: Pick<AnswerStores, 'disk'>,
  options: { readonly top: number; readonly budgetMs: number; readonly signal?: AbortSignal | undefined },
): Promise<WarmUp> => {
  // Without a file there is nothing to warm from, and opening the cache would make one.
  const { plugins } = settings;
  const { cache } = await openCache(
    { ...settings, enabled: stores.disk !== undefined },
    { damagePolicy: 'fail', plugins },
  );
  try {
    const keys = (await stores.disk?.popularity?.top(options.top)) ?? [];
    const result = await cache?.warm(options);
    const stats = await cache?.stats();
    const memory = stats?.tiers.filter(({ name }) => name !== stores.disk?.name && name !== 'redis') ?? [];
    return {
      keys,
      entries: result?.entries ?? 0,
      bytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
      durationMs: result?.durationMs ?? 0,
      complete: result?.complete ?? true,
    };
  } finally {
    await cache?.close();
  }
};
