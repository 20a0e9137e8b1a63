import { LRUCache } from 'lru-cache';
import type { BoundedMap } from './bounded-map.ts';
import type { Bounds } from './directory.ts';

/** lru-cache within both bounds; no entry is smaller than `leastEntryBytes`. */
export const createLruMap = <Value extends object>(
  bounds: Bounds,
  leastEntryBytes: number,
  onEvict: () => void,
): BoundedMap<Value> => {
  const { maxEntries, maxBytes } = bounds;
  const entries = new LRUCache<string, Value>({
    // lru-cache reserves some 30 bytes for each of its `max`, so no more than the bytes allow. To leave `max` out would make it
    // use another kind of array: one such cache makes the hits of every other in the process four times as slow.
    max: Math.max(1, Math.min(maxEntries, Math.floor(maxBytes / leastEntryBytes))),
    maxSize: maxBytes,
    dispose: (_value, _key, reason) => {
      if (reason === 'evict') onEvict();
    },
  });
  return {
    get size() {
      return entries.size;
    },
    get bytes() {
      return entries.calculatedSize;
    },
    get: (key) => entries.get(key),
    peek: (key) => entries.peek(key),
    set: (key, value, size) => {
      entries.set(key, value, { size });
    },
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
    keys: () => entries.keys(),
  };
};
