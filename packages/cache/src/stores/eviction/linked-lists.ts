/** Several doubly linked lists over one set of slots; a slot is in one of them at most. */
export interface LinkedLists {
  /** Puts a slot that is in no list at the newest end. */
  append(list: number, slot: number): void;
  /** Takes a slot out of the list that it is in. */
  remove(slot: number): void;
  /** Makes a slot the newest of the list that it is in. */
  renew(list: number, slot: number): void;
  /** The slot appended first, or `list` itself when empty. */
  oldest(list: number): number;
  /** The slot appended after `slot`, or the list's own number at its end. */
  newer(slot: number): number;
  grow(capacity: number): void;
}

/**
 * Lists number 0 to `count - 1`, their slots from `count` on: each list is a ring that passes through the slot of its own
 * number, so that no operation has a special case for an end.
 */
export const createLinkedLists = (count: number, capacity: number): LinkedLists => {
  let next = new Int32Array(capacity);
  let previous = new Int32Array(capacity);
  for (let list = 0; list < count; list += 1) {
    next[list] = list;
    previous[list] = list;
  }
  const append = (list: number, slot: number): void => {
    const last = previous[list] as number;
    next[last] = slot;
    previous[slot] = last;
    next[slot] = list;
    previous[list] = slot;
  };
  const remove = (slot: number): void => {
    const before = previous[slot] as number;
    const after = next[slot] as number;
    next[before] = after;
    previous[after] = before;
  };
  return {
    append,
    remove,
    renew: (list, slot) => {
      if (previous[list] === slot) return;
      remove(slot);
      append(list, slot);
    },
    oldest: (list) => next[list] as number,
    newer: (slot) => next[slot] as number,
    grow: (larger) => {
      const [oldNext, oldPrevious] = [next, previous];
      next = new Int32Array(larger);
      previous = new Int32Array(larger);
      next.set(oldNext);
      previous.set(oldPrevious);
    },
  };
};
