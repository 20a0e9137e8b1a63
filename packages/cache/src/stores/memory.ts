import { LRUCache } from 'lru-cache';
import { turnNow } from '../clock.ts';
import { entryTooLarge, optionInvalid } from '../errors.ts';
import { channels } from '../events.ts';
import type { CacheEntry, CacheStore } from '../store.ts';
import { freezeDeep } from './freeze.ts';
import { createLruBytes, leastLruBytes, reservedLruBytes } from './lru-bytes.ts';
import { createSizer, envelopeBytes, stringBytes } from './size.ts';

export { type BufferStoreOptions, bufferStore, type EvictionPolicy } from './buffer.ts';

export interface MemoryStoreOptions {
  /** @default 100; none with `maxBytes`, though hits are faster with one */
  readonly maxEntries?: number | undefined;
  /**
   * Bound on what the entries retain, keys and bookkeeping included, bytes. Without it sizes are not measured, which makes
   * writes faster. @default none
   */
  readonly maxBytes?: number | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /**
   * Bytes that a value retains, its key and the bookkeeping not counted; asked only with `maxBytes`. Give one for values
   * whose weight plain JavaScript cannot see: private fields, closures, handles. @default walks the value
   */
  readonly sizeOf?: ((value: unknown, key: string) => number) | undefined;
}

/** An empty text under an empty key. */
const leastEntryBytes = 160;

/**
 * The hottest tier: live values in memory, least recently used out first. Values are kept as they are and frozen in
 * place (plain objects and arrays, deeply), since every caller gets the same object. With `maxBytes`, an entry that alone
 * is larger is refused and reported on `hotpath:cache:entry-dropped`.
 */
export const memoryStore = (options: MemoryStoreOptions = {}): CacheStore => {
  const { maxBytes, sizeOf = createSizer() } = options;
  const maxEntries = options.maxEntries ?? (maxBytes === undefined ? 100 : Number.POSITIVE_INFINITY);
  const now = options.now ?? turnNow;
  if (options.maxEntries !== undefined && !(Number.isInteger(maxEntries) && maxEntries > 0)) {
    throw optionInvalid('maxEntries', maxEntries, 'a whole number above 0');
  }
  if (maxBytes !== undefined && !(Number.isInteger(maxBytes) && maxBytes > 0)) {
    throw optionInvalid('maxBytes', maxBytes, 'a whole number of bytes above 0');
  }
  let evictions = 0;
  let refused = 0;
  let expired = 0;

  // Expiry is our own comparison: lru-cache's ttl costs a third of a hit, and counts from when an entry is set. It reserves
  // 30 bytes for each entry of its `max`, whether they come or not. Without one it uses another kind of array, and a process
  // that has both kinds pays for it with hits that are four times as slow.
  const isReserved = Number.isFinite(maxEntries);
  const most = Math.max(1, Math.min(maxEntries, Math.floor((maxBytes ?? Number.POSITIVE_INFINITY) / leastEntryBytes)));
  const dispose = (_entry: CacheEntry<unknown>, _key: string, reason: LRUCache.DisposeReason): void => {
    if (reason === 'evict') evictions += 1;
  };
  const create = (): LRUCache<string, CacheEntry<unknown>> => {
    if (maxBytes === undefined) return new LRUCache({ max: most, dispose });
    return isReserved
      ? new LRUCache({ max: most, maxSize: maxBytes, dispose })
      : new LRUCache({ maxSize: maxBytes, dispose });
  };
  let entries = create();
  let lru = isReserved ? reservedLruBytes(most) : createLruBytes();

  const remove = (key: string): void => {
    entries.delete(key);
    lru.removed(entries.size);
  };

  const reset = (): void => {
    entries = create();
    lru = isReserved ? reservedLruBytes(most) : createLruBytes();
  };

  /** Moves the entries to a new lru-cache without the room that many smaller ones once took. */
  const compact = (): void => {
    const kept = entries.dump();
    reset();
    for (const [key, { value, size = 0 }] of kept) {
      entries.set(key, value, { size });
      lru.added(entries.size);
    }
  };

  /** Makes room for the newest entry, which alone would fit. */
  const evict = (): void => {
    const tooMuch = (): boolean =>
      entries.size > maxEntries || (maxBytes !== undefined && entries.calculatedSize + lru.bytes > maxBytes);
    while (entries.size > 1 && tooMuch()) {
      if (lru.sparse(entries.size)) compact();
      else {
        entries.pop();
        lru.removed(entries.size);
      }
    }
  };

  const sizeOfEntry = (key: string, entry: CacheEntry<unknown>): number => {
    const bytes = sizeOf(entry.value, key);
    if (!(bytes >= 0)) throw optionInvalid('sizeOf()', bytes, 'a number of bytes, 0 or more');
    return Math.ceil(bytes) + stringBytes(key) + envelopeBytes(entry);
  };

  return {
    name: 'memory',
    capabilities: { sync: true, memory: true, persistent: false, shared: false, holds: 'values' },
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || entry.expiresAt === Number.POSITIVE_INFINITY || entry.expiresAt > now()) return entry;
      remove(key);
      expired += 1;
      return undefined;
    },
    set: (key, entry) => {
      freezeDeep(entry.value);
      if (maxBytes === undefined) {
        entries.set(key, entry);
        return;
      }
      const size = sizeOfEntry(key, entry);
      if (size + leastLruBytes > maxBytes) {
        refused += 1;
        remove(key);
        const { entryDropped } = channels;
        if (!entryDropped.hasSubscribers) return;
        const error = entryTooLarge('memory', size, maxBytes);
        entryDropped.publish({ store: 'memory', reason: 'too-large', entries: 1, error });
        return;
      }
      const before = entries.size + evictions;
      entries.set(key, entry, { size });
      const after = entries.size + evictions;
      if (after > before) lru.added(entries.size);
      lru.removed(entries.size);
      evict();
    },
    delete: (key) => {
      const entry = entries.peek(key);
      if (entry === undefined) return false;
      remove(key);
      if (entry.expiresAt > now()) return true;
      expired += 1;
      return false;
    },
    clear: reset,
    usage: () => ({
      entries: entries.size,
      bytes: maxBytes === undefined ? 0 : entries.calculatedSize + lru.bytes,
      evictions,
      ...(maxBytes !== undefined && { maxBytes }),
      ...(maxEntries !== Number.POSITIVE_INFINITY && { maxEntries }),
      refused,
      expired,
    }),
    keys: () => entries.keys(),
    close: reset,
  };
};
