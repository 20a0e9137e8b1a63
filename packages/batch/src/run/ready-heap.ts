/** Steps that may start, the most urgent first: higher priority, then more left to do after it, then the one declared first. */
export interface ReadyHeap {
  readonly size: number;
  push(step: number): void;
  /** Takes in many, before `loaded` says that these were all: sorted at once, they cost less than one by one. */
  load(step: number): void;
  loaded(): void;
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

const grown = (steps: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(steps.length * 2);
  larger.set(steps);
  return larger;
};

export const createReadyHeap = (urgency: Urgency): ReadyHeap => {
  let heap = new Int32Array(16);
  let length = 0;
  /** Those that were loaded, in order; those before `next` have been taken. */
  let sorted = new Int32Array(16);
  let next = 0;
  let end = 0;

  const push = (step: number): void => {
    if (length === heap.length) heap = grown(heap);
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
  };
  const popHeap = (): number => {
    const top = heap[0] as number;
    length -= 1;
    if (length === 0) return top;
    const last = heap[length] as number;
    // What was last is mostly among the least urgent: the gap goes down to the end first, and it comes up from there.
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && isBefore(urgency, heap[child + 1] as number, heap[child] as number)) child += 1;
      heap[at] = heap[child] as number;
      at = child;
    }
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as number;
      if (isBefore(urgency, above, last)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = last;
    return top;
  };
  const isSortedFirst = (): boolean =>
    next < end && (length === 0 || isBefore(urgency, sorted[next] as number, heap[0] as number));

  return {
    get size() {
      return length + end - next;
    },
    push,
    load(step) {
      if (end === sorted.length) sorted = grown(sorted);
      sorted[end] = step;
      end += 1;
    },
    loaded() {
      const before = (a: number, b: number): number => (isBefore(urgency, a, b) ? -1 : 1);
      for (let at = next + 1; at < end; at += 1) {
        if (isBefore(urgency, sorted[at - 1] as number, sorted[at] as number)) continue;
        sorted.subarray(next, end).sort(before);
        return;
      }
    },
    peek: () => {
      if (isSortedFirst()) return sorted[next] as number;
      return length === 0 ? -1 : (heap[0] as number);
    },
    pop() {
      if (!isSortedFirst()) return length === 0 ? -1 : popHeap();
      next += 1;
      return sorted[next - 1] as number;
    },
  };
};
