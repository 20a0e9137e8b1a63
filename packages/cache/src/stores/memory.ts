import { LRUCache } from 'lru-cache';
import { optionInvalid } from '../errors.ts';
import type { CacheEntry, CacheStore } from '../store.ts';
import { freezeDeep } from './freeze.ts';
import { keyBytes, valueBytes } from './size.ts';

export { type BufferStoreOptions, bufferStore } from './buffer.ts';

export interface MemoryStoreOptions {
  /** @default 100 */
  readonly maxEntries?: number | undefined;
  /**
   * Bound on what the entries retain, bytes, by the estimate of `sizeOf`. Without it sizes are not measured, which makes
   * writes faster. @default none
   */
  readonly maxBytes?: number | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Bytes that a value retains, its key not counted; asked only with `maxBytes`. @default an estimate that walks the value */
  readonly sizeOf?: ((value: unknown, key: string) => number) | undefined;
}

const entryOverheadBytes = 120;

/**
 * The hottest tier: live values in memory, least recently used out first. Values are kept as they are and frozen in
 * place (plain objects and arrays, deeply), since every caller gets the same object. With `maxBytes`, an entry that alone is larger is
 * refused.
 */
export const memoryStore = (options: MemoryStoreOptions = {}): CacheStore => {
  const { maxEntries = 100, maxBytes, sizeOf = valueBytes } = options;
  const now = options.now ?? (() => Date.now());
  if (!(Number.isInteger(maxEntries) && maxEntries > 0)) {
    throw optionInvalid('maxEntries', maxEntries, 'a whole number above 0');
  }
  if (maxBytes !== undefined && !(Number.isInteger(maxBytes) && maxBytes > 0)) {
    throw optionInvalid('maxBytes', maxBytes, 'a whole number of bytes above 0');
  }
  let evictions = 0;
  let refused = 0;
  // Expiry is our own comparison: lru-cache's ttl costs a third of a hit, and counts from when an entry is set.
  const entries = new LRUCache<string, CacheEntry<unknown>>({
    max: maxEntries,
    ...(maxBytes !== undefined && { maxSize: maxBytes }),
    dispose: (_entry, _key, reason) => {
      if (reason === 'evict') evictions += 1;
    },
  });

  return {
    name: 'memory',
    capabilities: { sync: true, memory: true, persistent: false, shared: false, holds: 'values' },
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || entry.expiresAt === Number.POSITIVE_INFINITY || entry.expiresAt > now()) return entry;
      entries.delete(key);
      return undefined;
    },
    set: (key, entry) => {
      freezeDeep(entry.value);
      if (maxBytes === undefined) {
        entries.set(key, entry);
        return;
      }
      const size = Math.ceil(sizeOf(entry.value, key)) + keyBytes(key) + entryOverheadBytes;
      if (size > maxBytes) {
        refused += 1;
        entries.delete(key);
      } else entries.set(key, entry, { size });
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
