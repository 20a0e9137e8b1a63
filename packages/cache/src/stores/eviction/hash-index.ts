/** A 32-bit hash of a key (FNV-1a over its UTF-16 units, mixed at the end): a chance match costs a hit, never a wrong value. */
export const hashOf = (key: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
};

/** Finds slots by the hashes of their keys. */
export interface HashIndex {
  add(slot: number, hash: number): void;
  /** Takes out and returns a slot of that hash; 0 for none. */
  take(hash: number): number;
  remove(slot: number, hash: number): void;
}

const smallestLength = 64;

/** An open-addressed table of slots above 0 that grows when half full; `hashOfSlot` is asked when it does. */
export const createHashIndex = (hashOfSlot: (slot: number) => number): HashIndex => {
  let table = new Int32Array(smallestLength);
  let size = 0;

  const put = (slot: number, hash: number): void => {
    const mask = table.length - 1;
    let at = hash & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = slot;
  };
  /** Closes the gap at `gap`, so that every slot stays reachable from where its hash points. */
  const close = (gap: number): void => {
    const mask = table.length - 1;
    let hole = gap;
    for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const slot = table[at] as number;
      const home = hashOfSlot(slot) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = slot;
      hole = at;
    }
    table[hole] = 0;
    size -= 1;
  };

  return {
    add: (slot, hash) => {
      if (2 * size >= table.length) {
        const old = table;
        table = new Int32Array(2 * old.length);
        for (const other of old) if (other !== 0) put(other, hashOfSlot(other));
      }
      put(slot, hash);
      size += 1;
    },
    take: (hash) => {
      const mask = table.length - 1;
      for (let at = hash & mask; table[at] !== 0; at = (at + 1) & mask) {
        const slot = table[at] as number;
        if (hashOfSlot(slot) !== hash) continue;
        close(at);
        return slot;
      }
      return 0;
    },
    remove: (slot, hash) => {
      const mask = table.length - 1;
      let at = hash & mask;
      while (table[at] !== slot) at = (at + 1) & mask;
      close(at);
    },
  };
};
