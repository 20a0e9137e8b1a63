import { cycleFound } from '../errors/definition.ts';

/**
 * Why a step comes after another. `needs`: it cannot run where the other failed, and is skipped with it. `uses`: it touches what the
 * other leaves, and cannot run where that failed; where that was skipped, what was there before is still there. `order`: it only
 * must not come first, as one that overwrites what the other reads.
 */
export const edgeKinds = { order: 0, uses: 1, needs: 2 } as const;
export type EdgeKind = keyof typeof edgeKinds;

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
}

/** Edges as columns: for many of them, objects cost more than all that is done with them. */
export interface EdgeColumns {
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Of `edgeKinds`. */
  readonly kind: readonly number[];
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

/** Edges by the step they lead to, each pair of steps once: of two that say different things, the one that says more. */
const distinct = (
  size: number,
  edges: EdgeColumns,
): { from: Uint32Array; to: Uint32Array; kind: Uint8Array; count: number; isInOrder: boolean } => {
  const { length } = edges.to;
  const first = new Uint32Array(size + 1);
  for (const to of edges.to) first[to + 1] = (first[to + 1] as number) + 1;
  for (let step = 0; step < size; step += 1) first[step + 1] = (first[step + 1] as number) + (first[step] as number);
  const next = first.slice();
  const incoming = new Uint32Array(length);
  const incomingKind = new Uint8Array(length);
  for (let edge = 0; edge < length; edge += 1) {
    const to = edges.to[edge] as number;
    const at = next[to] as number;
    next[to] = at + 1;
    incoming[at] = edges.from[edge] as number;
    incomingKind[at] = edges.kind[edge] as number;
  }
  const result = {
    from: new Uint32Array(length),
    to: new Uint32Array(length),
    kind: new Uint8Array(length),
    count: 0,
    isInOrder: true,
  };
  /** By step: one more than the place of the edge from it to the step at hand; those of steps before have lower places. */
  const seen = new Uint32Array(size);
  for (let to = 0; to < size; to += 1) {
    const begin = result.count;
    for (let at = first[to] as number; at < (first[to + 1] as number); at += 1) {
      const from = incoming[at] as number;
      const own = incomingKind[at] as number;
      const place = (seen[from] as number) - 1;
      if (place >= begin) {
        result.kind[place] = Math.max(result.kind[place] as number, own);
        continue;
      }
      if (from >= to) result.isInOrder = false;
      result.from[result.count] = from;
      result.to[result.count] = to;
      result.kind[result.count] = own;
      result.count += 1;
      seen[from] = result.count;
    }
  }
  return result;
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
export const createGraph = (size: number, edges: readonly Edge[], nameOf: (step: number) => string): Graph =>
  createGraphOf(
    size,
    {
      from: edges.map(({ from }) => from),
      to: edges.map(({ to }) => to),
      kind: edges.map(({ kind }) => edgeKinds[kind]),
    },
    nameOf,
  );

/** `createGraph` of columns. */
export const createGraphOf = (size: number, edges: EdgeColumns, nameOf: (step: number) => string): Graph => {
  const found = distinct(size, edges);
  const firstEdge = new Uint32Array(size + 1);
  const indegree = new Uint32Array(size);
  for (let at = 0; at < found.count; at += 1) {
    const [from, to] = [found.from[at] as number, found.to[at] as number];
    firstEdge[from + 1] = (firstEdge[from + 1] as number) + 1;
    indegree[to] = (indegree[to] as number) + 1;
  }
  for (let step = 0; step < size; step += 1)
    firstEdge[step + 1] = (firstEdge[step + 1] as number) + (firstEdge[step] as number);
  const target = new Uint32Array(found.count);
  const kind = new Uint8Array(found.count);
  const next = firstEdge.slice();
  for (let at = 0; at < found.count; at += 1) {
    const from = found.from[at] as number;
    const edge = next[from] as number;
    next[from] = edge + 1;
    target[edge] = found.to[at] as number;
    kind[edge] = found.kind[at] as number;
  }
  const unsorted = { size, firstEdge, target, kind, indegree };
  // Where every step is declared after those it comes after, that is the order.
  if (found.isInOrder) {
    const order = new Uint32Array(size);
    for (let step = 0; step < size; step += 1) order[step] = step;
    return { ...unsorted, order };
  }
  const { order, placed, isPlaced } = sort(unsorted);
  if (placed < size) throw cycleFound(findCycle(unsorted, isPlaced).map(nameOf));
  return { ...unsorted, order };
};
