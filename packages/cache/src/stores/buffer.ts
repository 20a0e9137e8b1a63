import { turnNow } from '../clock.ts';
import { entryTooLarge, optionInvalid } from '../errors.ts';
import { channels } from '../events.ts';
import type { CacheEntry, CacheStore } from '../store.ts';
import { createLruMap } from './eviction/lru-map.ts';
import { createS3FifoMap, historyBytes } from './eviction/s3-fifo-map.ts';
import { exactBytes } from './exact-bytes.ts';
import { bufferEntryOverheadBytes, stringBytes } from './size.ts';

/**
 * What goes out to make room: the least recently used entry (`lru`), or what S3-FIFO chooses for as long as that makes fewer
 * misses than LRU would (`s3-fifo`), so that a scan of keys used once does not push out the others.
 */
export type EvictionPolicy = 'lru' | 's3-fifo';

export interface BufferStoreOptions {
  /** @default 1,000 */
  readonly maxEntries?: number | undefined;
  /** Bound on what the entries retain, keys and bookkeeping included, bytes. @default 67,108,864 (64 MiB) */
  readonly maxBytes?: number | undefined;
  /** `s3-fifo` suits a working set larger than the store; a hit costs about the same, an entry some 120 bytes more. @default 'lru' */
  readonly evictionPolicy?: EvictionPolicy | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const name = 'buffer';

const tagSlotBytes = 8;

const tagBytes = (tags: readonly string[]): number =>
  tags.reduce((sum, tag) => sum + stringBytes(tag) + tagSlotBytes, 0);

/**
 * The warm tier: encoded values in memory, each in a buffer of exactly its length. An entry that alone is larger than
 * `maxBytes` is refused.
 */
export const bufferStore = (options: BufferStoreOptions = {}): CacheStore<Uint8Array> => {
  const { maxEntries = 1_000, maxBytes = 64 * 1024 * 1024, evictionPolicy = 'lru' } = options;
  const now = options.now ?? turnNow;
  if (!(Number.isInteger(maxEntries) && maxEntries > 0)) {
    throw optionInvalid('maxEntries', maxEntries, 'a whole number above 0');
  }
  if (!(Number.isInteger(maxBytes) && maxBytes > 0)) {
    throw optionInvalid('maxBytes', maxBytes, 'a whole number of bytes above 0');
  }
  if (evictionPolicy !== 'lru' && evictionPolicy !== 's3-fifo') {
    throw optionInvalid('evictionPolicy', evictionPolicy, "'lru' or 's3-fifo'");
  }
  let evictions = 0;
  let refused = 0;
  let expired = 0;
  const onEvict = (): void => {
    evictions += 1;
  };
  const bounds = { maxEntries, maxBytes };
  const s3Fifo = evictionPolicy === 's3-fifo' ? createS3FifoMap<CacheEntry<Uint8Array>>(bounds, onEvict) : undefined;
  const entries = s3Fifo ?? createLruMap<CacheEntry<Uint8Array>>(bounds, bufferEntryOverheadBytes, onEvict);
  const overheadBytes = bufferEntryOverheadBytes + (s3Fifo === undefined ? 0 : historyBytes);

  const refuse = (key: string, bytes: number): void => {
    refused += 1;
    entries.delete(key);
    const { entryDropped } = channels;
    if (!entryDropped.hasSubscribers) return;
    entryDropped.publish({ store: name, reason: 'too-large', entries: 1, error: entryTooLarge(name, bytes, maxBytes) });
  };

  return {
    name,
    capabilities: { sync: true, memory: true, persistent: false, shared: false, holds: 'bytes' },
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || entry.expiresAt === Number.POSITIVE_INFINITY || entry.expiresAt > now()) return entry;
      entries.delete(key);
      expired += 1;
      return undefined;
    },
    set: (key, entry) => {
      const value = exactBytes(entry.value);
      let size = value.buffer.byteLength + stringBytes(key) + overheadBytes;
      if (entry.tags !== undefined) size += tagBytes(entry.tags);
      if (size > maxBytes) {
        refuse(key, size);
        return;
      }
      entries.set(key, value === entry.value ? entry : { ...entry, value }, size);
    },
    delete: (key) => {
      const entry = entries.peek(key);
      if (entry === undefined) return false;
      entries.delete(key);
      if (entry.expiresAt > now()) return true;
      expired += 1;
      return false;
    },
    clear: () => entries.clear(),
    usage: () => ({
      entries: entries.size,
      bytes: entries.bytes,
      evictions,
      maxBytes,
      maxEntries,
      refused,
      expired,
    }),
    keys: () => entries.keys(),
    ...(s3Fifo !== undefined && { forgetHistory: s3Fifo.forgetHistory }),
    close: () => entries.clear(),
  };
};
