import type { Directory, DirectoryHost } from './directory.ts';
import { createLinkedLists } from './linked-lists.ts';
import { firstSlot } from './slots.ts';

// Where a slot is. `outlivedGhost` and `ghost` came from the small queue and enter the main one when used again.
const nowhere = 0;
const small = 1;
const main = 2;
const outlived = 3;
const outlivedGhost = 4;
const ghost = 5;

const smallList = 0;
const mainList = 1;
const outlivedList = 2;
const ghostList = 3;

// As published: Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023.
const smallShare = 0.1;
const ghostShare = 1 - smallShare;
const mostUses = 3;
const usesForMain = 2;

/**
 * What S3-FIFO would hold. New keys pass through a small queue; those used twice there, or again soon after they left it,
 * enter the main one. A use only raises a counter: queues move when something new comes.
 */
export const createS3FifoDirectory = (host: DirectoryHost): Directory => {
  const { maxEntries, maxBytes } = host.bounds;
  const lists = createLinkedLists(firstSlot, firstSlot);
  let places = new Uint8Array(firstSlot);
  let uses = new Uint8Array(firstSlot);
  let entries = 0;
  let bytes = 0;
  let smallEntries = 0;
  let smallBytes = 0;
  let ghostEntries = 0;
  let ghostBytes = 0;

  const forget = (slot: number): void => {
    places[slot] = nowhere;
    host.forgotten(slot);
  };
  const dropGhost = (slot: number): void => {
    lists.remove(slot);
    ghostEntries -= 1;
    ghostBytes -= host.size(slot);
  };
  const addGhost = (slot: number): void => {
    places[slot] = ghost;
    lists.append(ghostList, slot);
    ghostEntries += 1;
    ghostBytes += host.size(slot);
    while (ghostEntries > 1 && (ghostEntries > ghostShare * maxEntries || ghostBytes > ghostShare * maxBytes)) {
      const oldest = lists.oldest(ghostList);
      dropGhost(oldest);
      forget(oldest);
    }
  };
  const letGo = (slot: number, isGhost: boolean): void => {
    entries -= 1;
    bytes -= host.size(slot);
    if (host.isResident(slot)) {
      places[slot] = isGhost ? outlivedGhost : outlived;
      lists.append(outlivedList, slot);
    } else if (isGhost) addGhost(slot);
    else forget(slot);
  };
  const enterMain = (slot: number): void => {
    places[slot] = main;
    uses[slot] = 0;
    lists.append(mainList, slot);
  };
  const leaveSmall = (slot: number): void => {
    lists.remove(slot);
    smallEntries -= 1;
    smallBytes -= host.size(slot);
  };

  /** Moves one slot a step on: out, from small to main, or to the end of main. */
  const advance = (): void => {
    const oldest = lists.oldest(mainList);
    if (smallEntries >= smallShare * maxEntries || smallBytes >= smallShare * maxBytes || oldest < firstSlot) {
      const slot = lists.oldest(smallList);
      leaveSmall(slot);
      if ((uses[slot] as number) >= usesForMain) enterMain(slot);
      else letGo(slot, true);
      return;
    }
    const left = uses[oldest] as number;
    if (left > 0) {
      uses[oldest] = left - 1;
      lists.renew(mainList, oldest);
    } else {
      lists.remove(oldest);
      letGo(oldest, false);
    }
  };
  const makeRoom = (newEntries: number, newBytes: number): void => {
    while (entries > 0 && (entries + newEntries > maxEntries || bytes + newBytes > maxBytes)) advance();
  };

  const remove = (slot: number): void => {
    const place = places[slot];
    if (place === nowhere) return;
    if (place === ghost) dropGhost(slot);
    else if (place === small) leaveSmall(slot);
    else lists.remove(slot);
    if (place === small || place === main) {
      entries -= 1;
      bytes -= host.size(slot);
    }
    places[slot] = nowhere;
  };

  return {
    use: (slot) => {
      const place = places[slot];
      if (place === small || place === main) {
        const before = uses[slot] as number;
        if (before < mostUses) uses[slot] = before + 1;
        return true;
      }
      remove(slot);
      const size = host.size(slot);
      makeRoom(1, size);
      entries += 1;
      bytes += size;
      if (place === ghost || place === outlivedGhost) enterMain(slot);
      else {
        places[slot] = small;
        uses[slot] = 0;
        lists.append(smallList, slot);
        smallEntries += 1;
        smallBytes += size;
      }
      return false;
    },
    knows: (slot) => places[slot] !== nowhere,
    resize: (slot, by) => {
      const place = places[slot];
      if (place === small || place === main) bytes += by;
      if (place === small) smallBytes += by;
      if (place === ghost) ghostBytes += by;
    },
    shrink: () => makeRoom(0, 0),
    oldestOutlived: () => lists.oldest(outlivedList),
    evicted: (slot) => {
      const place = places[slot];
      if (place !== outlived && place !== outlivedGhost) return;
      lists.remove(slot);
      places[slot] = nowhere;
      if (place === outlivedGhost) addGhost(slot);
    },
    remove,
    grow: (capacity) => {
      const [oldPlaces, oldUses] = [places, uses];
      places = new Uint8Array(capacity);
      uses = new Uint8Array(capacity);
      places.set(oldPlaces);
      uses.set(oldUses);
      lists.grow(capacity);
    },
  };
};
