/** A heap of positions, the largest on top. */
const createHeap = () => {
  const items: number[] = [];
  return {
    push: (item: number): void => {
      let at = items.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if ((items[parent] as number) >= item) break;
        items[at] = items[parent] as number;
        at = parent;
      }
      items[at] = item;
    },
    pop: (): number => {
      const top = items[0] as number;
      const item = items.pop() as number;
      if (items.length === 0) return top;
      let at = 0;
      for (let child = 1; child < items.length; child = 2 * at + 1) {
        if (child + 1 < items.length && (items[child + 1] as number) > (items[child] as number)) child += 1;
        if ((items[child] as number) <= item) break;
        items[at] = items[child] as number;
        at = child;
      }
      items[at] = item;
      return top;
    },
  };
};

/**
 * Misses of Belady's optimum: out goes the key whose next use is farthest away, the one just used included, so it may also
 * not be kept at all. No policy makes fewer.
 */
export const optimumMisses = (ids: Int32Array, capacity: number): number => {
  // Unique for each position, also where there is no next use: the heap tells outdated positions by them.
  const nextUse = new Float64Array(ids.length);
  const lastSeen = new Map<number, number>();
  for (let at = ids.length - 1; at >= 0; at -= 1) {
    const id = ids[at] as number;
    nextUse[at] = lastSeen.get(id) ?? ids.length + at;
    lastSeen.set(id, at);
  }
  const heldUntil = new Map<number, number>();
  const idOf = (position: number): number => ids[position < ids.length ? position : position - ids.length] as number;
  const heap = createHeap();
  let misses = 0;
  for (let at = 0; at < ids.length; at += 1) {
    const id = ids[at] as number;
    if (!heldUntil.has(id)) misses += 1;
    heldUntil.set(id, nextUse[at] as number);
    heap.push(nextUse[at] as number);
    while (heldUntil.size > capacity) {
      const farthest = heap.pop();
      const candidate = idOf(farthest);
      if (heldUntil.get(candidate) === farthest) heldUntil.delete(candidate);
    }
  }
  return misses;
};
