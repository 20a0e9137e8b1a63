import { cycleFound } from '../errors.ts';

/**
 * Why a step comes after another. `needs`: it uses what the other leaves, and cannot run where that failed. `order`: it only must
 * not come first, as one that overwrites what the other reads.
 */
export const edgeKinds = { order: 0, needs: 1 } as const;
export type EdgeKind = keyof typeof edgeKinds;

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
}

/** Steps are numbers from 0, in the order they were declared. Edges stand by the step they lead from (compressed sparse rows). */
export interface Graph {
  readonly size: number;
  /** Edges of step `i` are those from `firstEdge[i]` to before `firstEdge[i + 1]`. */
  readonly firstEdge: Uint32Array;
  readonly target: Uint32Array;
  readonly kind: Uint8Array;
  /** How many edges lead to each step. */
  readonly indegree: Uint32Array;
  /** An order that holds every edge: of steps that could come next, the one declared first. It is what a run is equal to. */
  readonly order: Uint32Array;
}

/** Which of two edges between the same steps says more. */
const merge = (edges: readonly Edge[], size: number): Map<number, number> => {
  const kinds = new Map<number, number>();
  for (const { from, to, kind } of edges) {
    const key = from * size + to;
    const known = kinds.get(key);
    if (known === undefined || known < edgeKinds[kind]) kinds.set(key, edgeKinds[kind]);
  }
  return kinds;
};

/** One circle among the steps that no order could place, each step once. */
const findCycle = (graph: Pick<Graph, 'size' | 'firstEdge' | 'target'>, isPlaced: Uint8Array): number[] => {
  const { size, firstEdge, target } = graph;
  const cameFrom = new Int32Array(size).fill(-1);
  for (let from = 0; from < size; from += 1) {
    if (isPlaced[from]) continue;
    for (let edge = firstEdge[from] as number; edge < (firstEdge[from + 1] as number); edge += 1)
      if (!isPlaced[target[edge] as number]) cameFrom[target[edge] as number] = from;
  }
  // Each step left has one before it that is left too: going back must come round.
  const met = new Uint8Array(size);
  let step = isPlaced.indexOf(0);
  while (!met[step]) {
    met[step] = 1;
    step = cameFrom[step] as number;
  }
  const cycle = [step];
  for (let before = cameFrom[step] as number; before !== step; before = cameFrom[before] as number)
    cycle.unshift(before);
  return cycle;
};

/** Kahn's algorithm, the ready steps in a heap by number, so that equal graphs have one order. */
const sort = (graph: Omit<Graph, 'order'>): { order: Uint32Array; placed: number; isPlaced: Uint8Array } => {
  const { size, firstEdge, target, indegree } = graph;
  const missing = indegree.slice();
  const order = new Uint32Array(size);
  const isPlaced = new Uint8Array(size);
  const heap: number[] = [];
  const push = (step: number): void => {
    let at = heap.length;
    heap.push(step);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as number) <= step) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = step;
  };
  const pop = (): number => {
    const top = heap[0] as number;
    const last = heap.pop() as number;
    const { length } = heap;
    if (length === 0) return top;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
      if ((heap[child] as number) >= last) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = last;
    return top;
  };
  for (let step = 0; step < size; step += 1) if (missing[step] === 0) push(step);
  let placed = 0;
  while (heap.length > 0) {
    const step = pop();
    order[placed] = step;
    placed += 1;
    isPlaced[step] = 1;
    for (let edge = firstEdge[step] as number; edge < (firstEdge[step + 1] as number); edge += 1) {
      const next = target[edge] as number;
      missing[next] = (missing[next] as number) - 1;
      if (missing[next] === 0) push(next);
    }
  }
  return { order, placed, isPlaced };
};

/** Throws `BATCH_CYCLE`, which names the circle by `nameOf`. */
export const createGraph = (size: number, edges: readonly Edge[], nameOf: (step: number) => string): Graph => {
  const kinds = merge(edges, size);
  const firstEdge = new Uint32Array(size + 1);
  const indegree = new Uint32Array(size);
  for (const key of kinds.keys()) {
    const from = Math.floor(key / size);
    firstEdge[from + 1] = (firstEdge[from + 1] as number) + 1;
    indegree[key - from * size] = (indegree[key - from * size] as number) + 1;
  }
  for (let step = 0; step < size; step += 1)
    firstEdge[step + 1] = (firstEdge[step + 1] as number) + (firstEdge[step] as number);
  const target = new Uint32Array(kinds.size);
  const kind = new Uint8Array(kinds.size);
  const next = firstEdge.slice();
  for (const [key, value] of kinds) {
    const from = Math.floor(key / size);
    const edge = next[from] as number;
    next[from] = edge + 1;
    target[edge] = key - from * size;
    kind[edge] = value;
  }
  const unsorted = { size, firstEdge, target, kind, indegree };
  const { order, placed, isPlaced } = sort(unsorted);
  if (placed < size) throw cycleFound(findCycle(unsorted, isPlaced).map(nameOf));
  return { ...unsorted, order };
};
