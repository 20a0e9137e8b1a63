import { LRUCache } from 'lru-cache';
import { optionInvalid } from '../errors.ts';
import type { CacheEntry, CacheStore } from '../store.ts';
import { exactBytes } from './exact-bytes.ts';
import { bufferEntryOverheadBytes, keyBytes } from './size.ts';

export interface BufferStoreOptions {
  /** @default 1,000 */
  readonly maxEntries?: number | undefined;
  /** Bound on what the entries retain, keys and bookkeeping included, bytes. @default 67,108,864 (64 MiB) */
  readonly maxBytes?: number | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/**
 * The warm tier: encoded values in memory, each in a buffer of exactly its length, least recently used out first. An
 * entry that alone is larger than `maxBytes` is refused.
 */
export const bufferStore = (options: BufferStoreOptions = {}): CacheStore<Uint8Array> => {
  const { maxEntries = 1_000, maxBytes = 64 * 1024 * 1024 } = options;
  const now = options.now ?? (() => Date.now());
  if (!(Number.isInteger(maxEntries) && maxEntries > 0)) {
    throw optionInvalid('maxEntries', maxEntries, 'a whole number above 0');
  }
  if (!(Number.isInteger(maxBytes) && maxBytes > 0)) {
    throw optionInvalid('maxBytes', maxBytes, 'a whole number of bytes above 0');
  }
  let evictions = 0;
  let refused = 0;
  const entries = new LRUCache<string, CacheEntry<Uint8Array>>({
    max: maxEntries,
    maxSize: maxBytes,
    dispose: (_entry, _key, reason) => {
      if (reason === 'evict') evictions += 1;
    },
  });

  return {
    name: 'buffer',
    capabilities: { sync: true, memory: true, persistent: false, shared: false, holds: 'bytes' },
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || entry.expiresAt === Number.POSITIVE_INFINITY || entry.expiresAt > now()) return entry;
      entries.delete(key);
      return undefined;
    },
    set: (key, entry) => {
      const size = entry.value.byteLength + keyBytes(key) + bufferEntryOverheadBytes;
      if (size > maxBytes) {
        refused += 1;
        entries.delete(key);
        return;
      }
      const value = exactBytes(entry.value);
      entries.set(key, value === entry.value ? entry : { ...entry, value }, { size });
    },
    delete: (key) => {
      const entry = entries.peek(key);
      return entries.delete(key) && entry !== undefined && entry.expiresAt > now();
    },
    clear: () => entries.clear(),
    usage: () => ({ entries: entries.size, bytes: entries.calculatedSize, evictions, refused }),
    close: () => entries.clear(),
  };
};
