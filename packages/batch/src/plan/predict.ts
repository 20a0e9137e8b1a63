import { bottomLevels } from '../graph/analysis.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { createSchedule } from '../run/schedule.ts';
import type { CompiledStep, CompiledWorkflow } from '../workflow/compile.ts';

export interface Prediction {
  /** When each step of the workflow starts and ends, milliseconds from the start of the run. */
  readonly startsAtMs: readonly number[];
  readonly endsAtMs: readonly number[];
  readonly makespanMs: number;
  /** No schedule is shorter: the longest path, or all work shared out evenly. */
  readonly boundMs: number;
  /** What all steps take together. */
  readonly workMs: number;
  /** Steps of the longest path. */
  readonly criticalPath: readonly number[];
}

export interface PredictOptions {
  readonly concurrency: number;
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  /** Of one step, or of one item of a list. */
  readonly durationOf: (step: CompiledStep) => number;
}

/** One step alone, for each item of a list. */
const single: Graph = createGraph(1, [], () => '');

/** How many items a step runs for, as far as that is written down. */
export const itemsOf = ({ map }: CompiledStep): number => (Array.isArray(map) ? map.length : 1);

const workOf = (step: CompiledStep, durationOf: PredictOptions['durationOf']): number =>
  itemsOf(step) *
  (step.inner === undefined
    ? durationOf(step)
    : step.inner.steps.reduce((sum, each) => sum + workOf(each, durationOf), 0));

/** With no limit to what runs at once. */
const lengthOf = (step: CompiledStep, durationOf: PredictOptions['durationOf']): number => {
  if (itemsOf(step) === 0) return 0;
  if (step.inner === undefined) return durationOf(step);
  const { graph, steps } = step.inner;
  return bottomLevels(graph, (at) => lengthOf(steps[at] as CompiledStep, durationOf)).reduce(
    (a, b) => Math.max(a, b),
    0,
  );
};

const longestPath = ({ size, firstEdge, target }: Graph, levels: Float64Array): number[] => {
  if (size === 0) return [];
  let step = levels.indexOf(levels.reduce((a, b) => Math.max(a, b), 0));
  const path = [step];
  for (;;) {
    let next = -1;
    for (let edge = firstEdge[step] as number; edge < (firstEdge[step + 1] as number); edge += 1) {
      const to = target[edge] as number;
      if (next < 0 || (levels[to] as number) > (levels[next] as number)) next = to;
    }
    if (next < 0) return path;
    path.push(next);
    step = next;
  }
};

interface Node {
  readonly compiled: CompiledStep;
  readonly isItem: boolean;
  /** What it takes for the workflows it is within. */
  readonly within: readonly string[];
}

/** Plays a run through with the scheduler that runs it, where every step succeeds and takes what it is expected to. */
export const predictRun = ({ graph, steps }: CompiledWorkflow, options: PredictOptions): Prediction => {
  const { concurrency, durationOf } = options;
  const limits: Record<string, ResourceLimits> = { ...options.limits };
  const levels = bottomLevels(graph, (step) => lengthOf(steps[step] as CompiledStep, durationOf));
  const nodes: Node[] = steps.map((compiled) => ({ compiled, isItem: false, within: [] }));
  const nodeAt = (step: number): Node => nodes[step] as Node;
  const startsAtMs = Array<number>(steps.length).fill(0);
  const endsAtMs = Array<number>(steps.length).fill(0);
  let nowMs = 0;
  const end = (step: number): void => {
    if (step < steps.length) endsAtMs[step] = nowMs;
    schedule.succeed(step);
  };
  const schedule = createSchedule(graph, {
    concurrency,
    limits,
    levels,
    resourcesOf: (step) => {
      const { compiled, within } = nodeAt(step);
      return within.length === 0 ? compiled.step.resources : [...(compiled.step.resources ?? []), ...within];
    },
    priorityOf: (step) => nodeAt(step).compiled.step.priority ?? 0,
    onExpansionEnd: end,
  });
  const expand = (step: number, inner: Graph, copies: number, made: readonly Node[]): void => {
    for (let copy = 0; copy < copies; copy += 1) nodes.push(...made);
    schedule.expand(step, inner, copies);
  };
  /** Steps that run, the one that ends first at the end. */
  const running: { readonly step: number; readonly atMs: number }[] = [];

  for (;;) {
    for (let step = schedule.take(nowMs); step >= 0; step = schedule.take(nowMs)) {
      if (step < steps.length) startsAtMs[step] = nowMs;
      const { compiled, isItem, within } = nodeAt(step);
      const items = itemsOf(compiled);
      if (compiled.map !== undefined && !isItem && items !== 1) {
        if (items === 0) end(step);
        else expand(step, single, items, [{ compiled, isItem: true, within }]);
      } else if (compiled.inner !== undefined && compiled.inner.steps.length > 0) {
        const { graph: own, steps: those, workflow } = compiled.inner;
        const slots = workflow.concurrency ?? concurrency;
        const bound = slots < concurrency ? [`\0${step}`] : [];
        for (const name of bound) limits[name] = { slots };
        const made = those.map((each) => ({ compiled: each, isItem: false, within: [...within, ...bound] }));
        expand(step, own, 1, made);
      } else {
        const atMs = nowMs + durationOf(compiled);
        let at = running.length;
        while (at > 0 && (running[at - 1] as { atMs: number }).atMs < atMs) at -= 1;
        running.splice(at, 0, { step, atMs });
      }
    }
    const next = running.at(-1);
    // Limits by time may let a step start before another one ends.
    const wakeAtMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, schedule.wakeAtMs);
    if (wakeAtMs === Number.POSITIVE_INFINITY) break;
    nowMs = wakeAtMs;
    if (next !== undefined && next.atMs <= nowMs) {
      running.pop();
      end(next.step);
    }
  }
  const workMs = steps.reduce((sum, step) => sum + workOf(step, durationOf), 0);
  const longestMs = levels.reduce((a, b) => Math.max(a, b), 0);
  return {
    startsAtMs,
    endsAtMs,
    makespanMs: nowMs,
    boundMs: Math.max(longestMs, workMs / concurrency),
    workMs,
    criticalPath: longestPath(graph, levels),
  };
};
