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

/** Follows how V8 grows a Map. A deleted entry keeps its place until the Map is full. */
const createMapBytes = (): Pick<LruBytes, 'bytes' | 'added' | 'removed'> => {
  let room = firstMapRoom;
  let used = 0;
  return {
    get bytes() {
      return mapSlotBytes * room;
    },
    added: (entries) => {
      used += 1;
      if (used <= room) return;
      if (used - entries < room / 2) room *= 2;
      used = entries;
    },
    removed: (entries) => {
      while (room > firstMapRoom && entries < room / 4) {
        room /= 2;
        used = entries;
      }
    },
  };
};

/** What an lru-cache with this `max` retains. */
export const reservedLruBytes = (maxEntries: number): LruBytes => {
  const map = createMapBytes();
  return {
    get bytes() {
      return reservedSlotBytes * maxEntries + map.bytes;
    },
    sparse: () => false,
    added: map.added,
    removed: map.removed,
  };
};

/** Follows how V8 grows the arrays of an lru-cache that was made without `max` (with it, all is reserved). */
export const createLruBytes = (): LruBytes => {
  const map = createMapBytes();
  let arrayRoom = firstArrayRoom;
  return {
    get bytes() {
      return arraySlotBytes * arrayRoom + map.bytes;
    },
    sparse: (entries) => arrayRoom > 4 * entries + firstArrayRoom,
    added: (entries) => {
      if (entries > arrayRoom) arrayRoom = entries + (entries >> 1) + 16;
      map.added(entries);
    },
    removed: map.removed,
  };
};
