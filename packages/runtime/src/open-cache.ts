import { answerCodec, type CachedAnswer } from '@hotpath/ai-router';
import { type Cache, createCache } from '@hotpath/cache';
import { bufferStore, memoryStore } from '@hotpath/cache/stores/memory';
import type { ResolvedConfig } from './config.ts';
import type { Warning } from './warning.ts';

/** Answers kept as live values in front of the buffers. */
const maxLiveEntries = 100;
/** What an answer's object and strings hold beside its body, bytes, roughly. */
const liveOverheadBytes = 1000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The store's error says itself what cannot be opened: what it was caused by is all that is new. */
const unavailable = (path: string, error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return `${messageOf(error)} Until then answers are kept in memory alone.`;
  return `The cache file ${path} cannot be opened (${messageOf(cause)}): answers are kept in memory alone. Set cache.path to another file, in a folder that you may write to.`;
};

/**
 * Opens the answer cache: live values, then exact-length buffers, then the SQLite file. A file that cannot be opened
 * becomes a warning, and memory alone is used: a cache never fails its caller.
 */
export const openCache = async (
  settings: ResolvedConfig['cache'],
  now: () => number = Date.now,
): Promise<{ readonly cache: Cache<CachedAnswer> | undefined; readonly warnings: readonly Warning[] }> => {
  if (!settings.enabled) return { cache: undefined, warnings: [] };
  const { memoryEntries, memoryBytes, diskBytes, path, ttlMs } = settings;
  const maxEntries = Math.min(maxLiveEntries, memoryEntries);
  const sizeOf = (value: unknown): number => liveOverheadBytes + (value as CachedAnswer).body.byteLength;
  const memory = [
    { store: memoryStore({ maxEntries, maxBytes: memoryBytes, sizeOf, now }) },
    { store: bufferStore({ maxEntries: memoryEntries, maxBytes: memoryBytes, now }) },
  ];
  try {
    const { sqliteStore } = await import('@hotpath/cache/stores/sqlite');
    const disk = { store: sqliteStore({ path, maxBytes: diskBytes, now }) };
    return { cache: createCache({ tiers: [...memory, disk], codec: answerCodec, ttlMs, now }), warnings: [] };
  } catch (error) {
    return {
      cache: createCache({ tiers: memory, codec: answerCodec, ttlMs, now }),
      warnings: [{ code: 'CACHE_UNAVAILABLE', message: unavailable(path, error) }],
    };
  }
};
