import type { Directory, DirectoryHost } from './directory.ts';
import { createLinkedLists } from './linked-lists.ts';
import { firstSlot } from './slots.ts';

// Where a slot is. Lists are numbered from 0; `nowhere` is the state of a fresh byte.
const nowhere = 0;
const held = 1;
const outlived = 2;

const heldList = 0;
const outlivedList = 1;

export interface LruDirectory extends Directory {
  /** All that it holds and all that outlived it, least recently used first. */
  slots(): number[];
}

/** What LRU would hold: least recently used out first. */
export const createLruDirectory = (host: DirectoryHost): LruDirectory => {
  const { maxEntries, maxBytes } = host.bounds;
  const lists = createLinkedLists(firstSlot, firstSlot);
  let places = new Uint8Array(firstSlot);
  let entries = 0;
  let bytes = 0;

  const dropOldest = (): void => {
    const slot = lists.oldest(heldList);
    lists.remove(slot);
    entries -= 1;
    bytes -= host.size(slot);
    if (host.isResident(slot)) {
      places[slot] = outlived;
      lists.append(outlivedList, slot);
    } else {
      places[slot] = nowhere;
      host.forgotten(slot);
    }
  };
  const shrink = (): void => {
    while (entries > maxEntries || bytes > maxBytes) dropOldest();
  };
  const remove = (slot: number): void => {
    const place = places[slot];
    if (place === nowhere) return;
    lists.remove(slot);
    places[slot] = nowhere;
    if (place === outlived) return;
    entries -= 1;
    bytes -= host.size(slot);
  };

  return {
    use: (slot) => {
      const place = places[slot];
      if (place === held) {
        lists.renew(heldList, slot);
        return true;
      }
      if (place === outlived) lists.remove(slot);
      places[slot] = held;
      lists.append(heldList, slot);
      entries += 1;
      bytes += host.size(slot);
      shrink();
      return false;
    },
    knows: (slot) => places[slot] !== nowhere,
    resize: (slot, by) => {
      if (places[slot] === held) bytes += by;
    },
    shrink,
    oldestOutlived: () => lists.oldest(outlivedList),
    evicted: (slot) => {
      if (places[slot] === outlived) remove(slot);
    },
    remove,
    slots: () => {
      const found: number[] = [];
      for (const list of [outlivedList, heldList]) {
        for (let slot = lists.oldest(list); slot !== list; slot = lists.newer(slot)) found.push(slot);
      }
      return found;
    },
    grow: (capacity) => {
      const old = places;
      places = new Uint8Array(capacity);
      places.set(old);
      lists.grow(capacity);
    },
  };
};
