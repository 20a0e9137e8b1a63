/** Steps that may start, the most urgent first: higher priority, then more left to do after it, then the one declared first. */
export interface ReadyHeap {
  readonly size: number;
  push(step: number): void;
  /** The most urgent, or -1. */
  peek(): number;
  pop(): number;
}

export interface Urgency {
  readonly priority: Float64Array;
  readonly level: Float64Array;
}

/** Whether `a` goes before `b`. The arrays are read through their owner: they are replaced when steps are added. */
export const isBefore = ({ priority, level }: Urgency, a: number, b: number): boolean => {
  const byPriority = (priority[a] as number) - (priority[b] as number);
  if (byPriority !== 0) return byPriority > 0;
  const byLevel = (level[a] as number) - (level[b] as number);
  return byLevel === 0 ? a < b : byLevel > 0;
};

export const createReadyHeap = (urgency: Urgency): ReadyHeap => {
  let heap = new Int32Array(16);
  let length = 0;
  return {
    get size() {
      return length;
    },
    push(step) {
      if (length === heap.length) {
        const larger = new Int32Array(length * 2);
        larger.set(heap);
        heap = larger;
      }
      let at = length;
      length += 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        const above = heap[parent] as number;
        if (isBefore(urgency, above, step)) break;
        heap[at] = above;
        at = parent;
      }
      heap[at] = step;
    },
    peek: () => (length === 0 ? -1 : (heap[0] as number)),
    pop() {
      if (length === 0) return -1;
      const top = heap[0] as number;
      length -= 1;
      if (length === 0) return top;
      const last = heap[length] as number;
      let at = 0;
      for (let child = 1; child < length; child = 2 * at + 1) {
        if (child + 1 < length && isBefore(urgency, heap[child + 1] as number, heap[child] as number)) child += 1;
        const below = heap[child] as number;
        if (isBefore(urgency, last, below)) break;
        heap[at] = below;
        at = child;
      }
      heap[at] = last;
      return top;
    },
  };
};
