import type { BoundedMap } from './bounded-map.ts';
import type { Bounds, Directory, DirectoryHost } from './directory.ts';
import { createHashIndex, hashOf } from './hash-index.ts';
import { createLruDirectory, type LruDirectory } from './lru-directory.ts';
import { createS3FifoDirectory } from './s3-fifo-directory.ts';
import { createSlots, firstSlot, type Slots } from './slots.ts';

export interface S3FifoMap<Value> extends BoundedMap<Value> {
  /** Starts over with what is held: no ghosts, no use counts, and the least recently used out first until S3-FIFO proves better. */
  forgetHistory(): void;
}

/** The lead that a policy can gather, in hits: a share of the entries held, so that the other may take over soon. */
const leadShare = 0.25;
const smallestLead = 16;

/** What the history of one entry takes beside the entry, hashes and places of the keys remembered included; measured after a collection. */
export const historyBytes = 120;

/**
 * A map that resists scans and never does much worse than LRU. Two directories note what LRU and what S3-FIFO would hold;
 * each key that one has and the other has not, when used, is a point for the one. The values follow the leader: out goes
 * what it has let go. S3-FIFO alone makes up to twice the misses of LRU where recency is all that counts.
 */
export const createS3FifoMap = <Value>(bounds: Bounds, onEvict: () => void): S3FifoMap<Value> => {
  const { maxEntries, maxBytes } = bounds;
  let slotByKey: Map<string, number>;
  let slots: Slots<Value>;
  let lru: LruDirectory;
  let s3Fifo: Directory;
  let remembered: ReturnType<typeof createHashIndex>;
  let bytes: number;
  /** Above 0 S3-FIFO leads, else LRU. */
  let lead: number;

  const releaseIfUnknown = (slot: number): boolean => {
    if (lru.knows(slot) || s3Fifo.knows(slot)) return false;
    slots.release(slot);
    return true;
  };
  const host: DirectoryHost = {
    bounds,
    size: (slot) => slots.sizes[slot] as number,
    isResident: (slot) => slots.keys[slot] !== undefined,
    forgotten: (slot) => {
      if (releaseIfUnknown(slot)) remembered.remove(slot, slots.hashes[slot] as number);
    },
  };
  const reset = (): void => {
    slotByKey = new Map();
    slots = createSlots((capacity) => {
      lru.grow(capacity);
      s3Fifo.grow(capacity);
    });
    lru = createLruDirectory(host);
    s3Fifo = createS3FifoDirectory(host);
    remembered = createHashIndex((slot) => slots.hashes[slot] as number);
    bytes = 0;
    lead = 0;
  };
  reset();

  const use = (slot: number): void => {
    const inLru = lru.use(slot);
    const inS3Fifo = s3Fifo.use(slot);
    if (inLru === inS3Fifo) return;
    const most = Math.max(smallestLead, leadShare * slotByKey.size);
    lead = inS3Fifo ? Math.min(most, lead + 1) : Math.max(-most, lead - 1);
  };
  const empty = (slot: number, key: string): void => {
    slotByKey.delete(key);
    slots.keys[slot] = undefined;
    slots.values[slot] = undefined;
    bytes -= slots.sizes[slot] as number;
  };
  const resize = (slot: number, size: number): void => {
    const by = size - (slots.sizes[slot] as number);
    if (by === 0) return;
    lru.resize(slot, by);
    s3Fifo.resize(slot, by);
    slots.sizes[slot] = size;
  };
  /** What the leader has let go while its value was held: there is some whenever the values exceed the bounds, since what it holds does not. */
  const evict = (): void => {
    while (slotByKey.size > maxEntries || bytes > maxBytes) {
      const slot = (lead > 0 ? s3Fifo : lru).oldestOutlived();
      empty(slot, slots.keys[slot] as string);
      lru.evicted(slot);
      s3Fifo.evicted(slot);
      if (!releaseIfUnknown(slot)) remembered.add(slot, slots.hashes[slot] as number);
      onEvict();
    }
  };

  const map: S3FifoMap<Value> = {
    get size() {
      return slotByKey.size;
    },
    get bytes() {
      return bytes;
    },
    get: (key) => {
      const slot = slotByKey.get(key);
      if (slot === undefined) return undefined;
      use(slot);
      return slots.values[slot];
    },
    peek: (key) => {
      const slot = slotByKey.get(key);
      return slot === undefined ? undefined : slots.values[slot];
    },
    set: (key, value, size) => {
      let slot = slotByKey.get(key);
      if (slot === undefined) {
        // A miss is noted here and not in `get`, so that a miss that nobody fills costs no hash.
        const hash = hashOf(key);
        slot = remembered.take(hash);
        if (slot < firstSlot) {
          slot = slots.allocate();
          slots.hashes[slot] = hash;
          slots.sizes[slot] = size;
        }
        slots.keys[slot] = key;
        slotByKey.set(key, slot);
      } else bytes -= slots.sizes[slot] as number;
      resize(slot, size);
      bytes += size;
      slots.values[slot] = value;
      use(slot);
      lru.shrink();
      s3Fifo.shrink();
      evict();
    },
    delete: (key) => {
      const slot = slotByKey.get(key);
      if (slot === undefined) return false;
      empty(slot, key);
      lru.remove(slot);
      s3Fifo.remove(slot);
      slots.release(slot);
      return true;
    },
    clear: reset,
    keys: () => slotByKey.keys(),
    forgetHistory: () => {
      const old = slots;
      const order = lru.slots();
      reset();
      for (const slot of order) {
        const key = old.keys[slot];
        if (key !== undefined) map.set(key, old.values[slot] as Value, old.sizes[slot] as number);
      }
    },
  };
  return map;
};
