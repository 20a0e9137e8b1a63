import { edgeKinds, type Graph } from '../graph/graph.ts';
import { createPools, type Pools, type ResourceLimits } from './pools.ts';
import { createReadyHeap, isBefore, type ReadyHeap, type Urgency } from './ready-heap.ts';

/** Where a step is. Those from `succeeded` on are its end. */
export const stepStates = [
  'waiting',
  'ready',
  'delayed',
  'running',
  'expanded',
  'succeeded',
  'skipped',
  'failed',
  'blocked',
  'cancelled',
] as const;
export type StepState = (typeof stepStates)[number];
const [ready, delayed, running, expanded] = [1, 2, 3, 4];
const [succeeded, skipped, failed, blocked, cancelled] = [5, 6, 7, 8, 9] as const;

export interface ScheduleOptions {
  /** How many steps run at once. */
  readonly concurrency: number;
  /** What there is of each resource that steps name. */
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  /** What a step takes of the resources while it runs; steps of one kind share one list. */
  readonly resourcesOf?: ((step: number) => readonly string[] | undefined) | undefined;
  /** Those of higher priority start first, whatever else waits. @default that of the step it was expanded from, else 0 */
  readonly priorityOf?: ((step: number) => number | undefined) | undefined;
  /** What is left to do after a step, in any unit: `bottomLevels`. */
  readonly levels?: Float64Array | undefined;
  /** All steps that `step` was expanded to have ended. */
  readonly onExpansionEnd?: ((step: number) => void) | undefined;
  /** A step ended without having been started, or gone on, by what became of others. */
  readonly onUnrun?: ((step: number, state: 'skipped' | 'blocked' | 'cancelled') => void) | undefined;
}

/**
 * Decides what starts next. It knows neither clock nor IO: whoever drives it says what time it is and what became of steps. Equal
 * calls give equal answers.
 */
export interface Schedule {
  /** Steps so far, with those that others were expanded to. */
  readonly size: number;
  /** Steps that have not ended. */
  readonly open: number;
  readonly running: number;
  /** When `take` may have an answer though nothing ended, in the time of `take`; `Infinity`: not by waiting. */
  readonly wakeAtMs: number;
  /** Whether `take` needs to know what time it is. */
  readonly isTimed: boolean;
  stateOf(step: number): StepState;
  /** Starts a step: the most urgent of those that may start now, or -1. */
  take(nowMs: number): number;
  /** Ends a step, whether it was started or an earlier run has done it. */
  succeed(step: number): void;
  /** Counts as done; what declares no other dependency is skipped with it. */
  skip(step: number): void;
  /** What needs it can no longer run. */
  fail(step: number): void;
  /** The step goes back in line at that time. */
  delay(step: number, atMs: number): void;
  /** Puts copies of a graph in the place of a running step, which ends when `succeed` or `fail` is called on it after `onExpansionEnd`. Returns the number of the first new step. */
  expand(step: number, graph: Graph, copies: number): number;
  /** Ends a step that does not run; what comes after it is to be cancelled as well. */
  cancel(step: number): void;
  /** Nothing more starts: what has not begun is cancelled. */
  stop(): void;
}

const grow = <Column extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
  column: Column,
  size: number,
): Column => {
  const larger = new (column.constructor as new (size: number) => Column)(size);
  larger.set(column);
  return larger;
};

export const createSchedule = (graph: Graph, options: ScheduleOptions): Schedule => {
  const { onExpansionEnd, onUnrun, priorityOf, resourcesOf } = options;
  let { size } = graph;
  let capacity = Math.max(size, 1);
  let edges = graph.target.length;
  let { target, kind } = graph;
  let edgeStart = graph.firstEdge.slice(0, capacity);
  let edgeEnd = graph.firstEdge.slice(1, capacity + 1);
  let state = new Uint8Array(capacity);
  /** Edges from steps that have not ended. */
  let missing = graph.indegree.slice(0, capacity);
  /** How many steps it needs, and how many of these were skipped: skipped is what needs none other. */
  let needed = new Uint32Array(capacity);
  let skippedNeeds = new Uint32Array(capacity);
  let pool = new Uint32Array(capacity);
  let parent = new Int32Array(capacity).fill(-1);
  /** Steps it was expanded to that have not ended. */
  let children = new Uint32Array(capacity);
  const urgency: { -readonly [Key in keyof Urgency]: Urgency[Key] } = {
    priority: new Float64Array(capacity),
    level: options.levels?.slice() ?? new Float64Array(capacity),
  };
  const pools: Pools = createPools(options.concurrency, options.limits);
  const heaps: ReadyHeap[] = [];
  /** Steps put off, the earliest last. */
  const delays: { readonly step: number; readonly atMs: number }[] = [];
  let open = 0;
  let runningCount = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let isStopped = false;

  const heapOf = (step: number): ReadyHeap => {
    const own = pool[step] as number;
    heaps[own] ??= createReadyHeap(urgency);
    return heaps[own];
  };
  const makeReady = (step: number): void => {
    state[step] = ready;
    heapOf(step).push(step);
  };
  const admit = (from: number, to: number): void => {
    for (let step = from; step < to; step += 1) {
      for (let edge = edgeStart[step] as number; edge < (edgeEnd[step] as number); edge += 1)
        if (kind[edge] === edgeKinds.needs)
          needed[target[edge] as number] = (needed[target[edge] as number] as number) + 1;
      const resources = resourcesOf?.(step);
      if (resources !== undefined) pool[step] = pools.indexOf(resources);
      const priority = priorityOf?.(step);
      if (priority !== undefined) urgency.priority[step] = priority;
    }
    open += to - from;
    for (let step = from; step < to; step += 1) {
      if (missing[step] !== 0) continue;
      state[step] = ready;
      heapOf(step).load(step);
    }
    for (const heap of heaps) heap?.loaded();
  };

  const isOver = (step: number): boolean => (state[step] as number) >= succeeded;
  /** A step that runs gives back what it holds. */
  const move = (step: number, next: number): void => {
    if (state[step] === running) {
      runningCount -= 1;
      pools.release(pool[step] as number);
    }
    state[step] = next;
  };
  const close = (step: number, end: number): void => {
    move(step, end);
    open -= 1;
    const above = parent[step] as number;
    if (above < 0) return;
    children[above] = (children[above] as number) - 1;
    if (children[above] === 0 && !isOver(above)) onExpansionEnd?.(above);
  };
  const closeUnrun = (step: number, end: typeof skipped | typeof blocked | typeof cancelled): void => {
    onUnrun?.(step, stepStates[end] as 'skipped' | 'blocked' | 'cancelled');
    close(step, end);
  };
  const cancel = (step: number): void => {
    if ((state[step] as number) < running) closeUnrun(step, cancelled);
  };
  /** Ends a step, and all that ends by that. */
  const settle = (first: number, end: number): void => {
    if (isOver(first)) return;
    close(first, end);
    if (edgeStart[first] === edgeEnd[first]) return;
    const ended = [first];
    for (let step = ended.pop(); step !== undefined; step = ended.pop()) {
      const own = state[step] as number;
      const end = edgeEnd[step] as number;
      for (let edge = edgeStart[step] as number; edge < end; edge += 1) {
        const next = target[edge] as number;
        const left = (missing[next] as number) - 1;
        missing[next] = left;
        if (isOver(next)) continue;
        if (kind[edge] !== edgeKinds.order && own > skipped) {
          closeUnrun(next, blocked);
          ended.push(next);
          continue;
        }
        if (kind[edge] === edgeKinds.needs && own === skipped) skippedNeeds[next] = (skippedNeeds[next] as number) + 1;
        if (left > 0) continue;
        if ((needed[next] as number) > 0 && skippedNeeds[next] === needed[next]) {
          closeUnrun(next, skipped);
          ended.push(next);
        } else makeReady(next);
      }
    }
  };

  const reserve = (steps: number, newEdges: number): void => {
    if (size + steps > capacity) {
      capacity = Math.max(size + steps, capacity * 2);
      edgeStart = grow(edgeStart, capacity);
      edgeEnd = grow(edgeEnd, capacity);
      state = grow(state, capacity);
      missing = grow(missing, capacity);
      needed = grow(needed, capacity);
      skippedNeeds = grow(skippedNeeds, capacity);
      pool = grow(pool, capacity);
      parent = grow(parent, capacity).fill(-1, size);
      children = grow(children, capacity);
      urgency.priority = grow(urgency.priority, capacity);
      urgency.level = grow(urgency.level, capacity);
    }
    if (edges + newEdges > target.length) {
      target = grow(target, Math.max(edges + newEdges, target.length * 2));
      kind = grow(kind, target.length);
    }
  };
  const append = (above: number, inner: Graph, copies: number): void => {
    const count = inner.size * copies;
    reserve(count, inner.target.length * copies);
    for (let copy = 0; copy < copies; copy += 1) {
      for (let own = 0; own < inner.size; own += 1) {
        const step = size + own;
        edgeStart[step] = edges + (inner.firstEdge[own] as number);
        edgeEnd[step] = edges + (inner.firstEdge[own + 1] as number);
        missing[step] = inner.indegree[own] as number;
        parent[step] = above;
        urgency.priority[step] = urgency.priority[above] as number;
        urgency.level[step] = urgency.level[above] as number;
      }
      for (let edge = 0; edge < inner.target.length; edge += 1) {
        target[edges + edge] = (inner.target[edge] as number) + size;
        kind[edges + edge] = inner.kind[edge] as number;
      }
      edges += inner.target.length;
      size += inner.size;
    }
    children[above] = count;
  };

  const recall = (nowMs: number): void => {
    for (let last = delays.at(-1); last !== undefined && last.atMs <= nowMs; last = delays.at(-1)) {
      delays.pop();
      if (state[last.step] === delayed) makeReady(last.step);
    }
  };
  /** The next of a pool. What ended while it waited is still in the heap. */
  const headOf = (heap: ReadyHeap | undefined): number => {
    let head = heap?.peek() ?? -1;
    while (head >= 0 && state[head] !== ready) {
      heap?.pop();
      head = heap?.peek() ?? -1;
    }
    return head;
  };

  const start = (step: number, nowMs: number): number => {
    state[step] = running;
    runningCount += 1;
    pools.acquire(pool[step] as number, nowMs);
    return step;
  };
  /** Where no step takes anything, nothing but their number holds them up. */
  const takeFirst = (heap: ReadyHeap): number => {
    if (!pools.hasRoom()) return -1;
    let step = heap.pop();
    while (step >= 0 && state[step] !== ready) step = heap.pop();
    return step < 0 ? -1 : start(step, 0);
  };

  admit(0, size);
  return {
    get size() {
      return size;
    },
    get open() {
      return open;
    },
    get running() {
      return runningCount;
    },
    get wakeAtMs() {
      return wakeAtMs;
    },
    get isTimed() {
      return delays.length > 0 || pools.isRated();
    },
    stateOf: (step) => stepStates[state[step] as number] as StepState,
    take(nowMs) {
      wakeAtMs = Number.POSITIVE_INFINITY;
      if (isStopped) return -1;
      if (delays.length > 0) recall(nowMs);
      else if (heaps.length === 1) return takeFirst(heaps[0] as ReadyHeap);
      let best: ReadyHeap | undefined;
      let bestStep = -1;
      for (let own = 0; own < heaps.length; own += 1) {
        const heap = heaps[own];
        const head = headOf(heap);
        if (head < 0) continue;
        const fitsAtMs = pools.fitsAtMs(own, nowMs);
        if (fitsAtMs > nowMs) wakeAtMs = Math.min(wakeAtMs, fitsAtMs);
        else if (bestStep < 0 || isBefore(urgency, head, bestStep)) {
          best = heap;
          bestStep = head;
        }
      }
      if (best !== undefined) {
        best.pop();
        return start(bestStep, nowMs);
      }
      if (delays.length > 0) wakeAtMs = Math.min(wakeAtMs, (delays.at(-1) as { atMs: number }).atMs);
      return -1;
    },
    succeed: (step) => settle(step, succeeded),
    skip: (step) => settle(step, skipped),
    fail: (step) => settle(step, failed),
    delay(step, atMs) {
      move(step, delayed);
      let at = delays.length;
      while (at > 0 && (delays[at - 1] as { atMs: number }).atMs < atMs) at -= 1;
      delays.splice(at, 0, { step, atMs });
    },
    expand(step, inner, copies) {
      move(step, expanded);
      const first = size;
      append(step, inner, copies);
      admit(first, size);
      return first;
    },
    cancel,
    stop() {
      isStopped = true;
      for (let step = 0; step < size; step += 1) cancel(step);
    },
  };
};
