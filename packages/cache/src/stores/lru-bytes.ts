/** What lru-cache keeps for its entries as such. It grows in steps, and its arrays never give room back. */
export interface LruBytes {
  /** Bytes retained now. */
  readonly bytes: number;
  /** Most of that was grown for entries that are gone: a new lru-cache would retain much less. */
  sparse(entries: number): boolean;
  /** An entry was added; `entries` are held now. */
  added(entries: number): void;
  /** Some were removed; `entries` are held now. */
  removed(entries: number): void;
}

// keyList, valList, next, prev and sizes, a word each; V8's Map takes three words an entry and half a one for its bucket.
const arraySlotBytes = 40;
const mapSlotBytes = 28;

const firstArrayRoom = 17;
const firstMapRoom = 4;

/** What the smallest lru-cache retains for its entries. */
export const leastLruBytes = arraySlotBytes * firstArrayRoom + mapSlotBytes * firstMapRoom;

// The same without the sizes' and the links' whole words: typed arrays of two bytes, or four, an entry.
const reservedSlotBytes = 30;

/** What an lru-cache with this `max` retains. */
export const reservedLruBytes = (maxEntries: number): LruBytes => {
  let held = 0;
  const follow = (entries: number): void => {
    held = entries;
  };
  return {
    get bytes() {
      return reservedSlotBytes * maxEntries + mapSlotBytes * held;
    },
    sparse: () => false,
    added: follow,
    removed: follow,
  };
};

/** Follows how V8 grows the arrays and the Map of an lru-cache that was made without `max` (with it, all is reserved). */
export const createLruBytes = (): LruBytes => {
  let arrayRoom = firstArrayRoom;
  let mapRoom = firstMapRoom;
  // A deleted entry keeps its place in the Map until that is full.
  let mapUsed = 0;

  return {
    get bytes() {
      return arraySlotBytes * arrayRoom + mapSlotBytes * mapRoom;
    },
    sparse: (entries) => arrayRoom > 4 * entries + firstArrayRoom,
    added: (entries) => {
      if (entries > arrayRoom) arrayRoom = entries + (entries >> 1) + 16;
      mapUsed += 1;
      if (mapUsed <= mapRoom) return;
      if (mapUsed - entries < mapRoom / 2) mapRoom *= 2;
      mapUsed = entries;
    },
    removed: (entries) => {
      while (mapRoom > firstMapRoom && entries < mapRoom / 4) {
        mapRoom /= 2;
        mapUsed = entries;
      }
    },
  };
};
