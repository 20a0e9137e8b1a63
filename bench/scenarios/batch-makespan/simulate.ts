import { runSteps } from '@hotpath/batch';
import type { GraphStep, WorkflowGraph } from './graphs.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** How long `runSteps` takes by a clock that goes from one end of a step to the next; it may be told durations, or not. */
export const engineMakespan = async ({ steps }: WorkflowGraph, workers: number, isTold: boolean): Promise<number> => {
  const timers = new Set<Timer>();
  let nowMs = 0;
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { atMs: nowMs + ms, run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  let isOver = false;
  const outcome = runSteps(
    steps.map(({ id, dependencies, durationMs }) => ({
      id,
      dependencies,
      ...(isTold && { durationMs }),
      run: () => new Promise<void>((resolve) => after(durationMs, resolve)),
    })),
    { concurrency: workers, clock: { now: () => nowMs, after } },
  ).finally(() => {
    isOver = true;
  });
  for (;;) {
    await turn();
    if (isOver) break;
    let next: Timer | undefined;
    for (const timer of timers) if (next === undefined || timer.atMs < next.atMs) next = timer;
    if (next === undefined) throw new Error('The run waits for nothing.');
    timers.delete(next);
    nowMs = next.atMs;
    next.run();
  }
  if (!(await outcome).isSuccess) throw new Error('A step did not succeed.');
  return nowMs;
};

/** Takes a list of steps that are ready in turn to whoever of the workers is free first. Says when each step has ended. */
const listSchedule = (steps: readonly GraphStep[], workers: number): number => {
  const missing = new Map(steps.map(({ id, dependencies }) => [id, new Set(dependencies).size]));
  const after = new Map<string, GraphStep[]>(steps.map(({ id }) => [id, []]));
  for (const step of steps) for (const before of new Set(step.dependencies)) after.get(before)?.push(step);
  const ready = steps.filter(({ id }) => missing.get(id) === 0);
  const running: { readonly step: GraphStep; readonly endMs: number }[] = [];
  let nowMs = 0;
  while (ready.length > 0 || running.length > 0) {
    while (ready.length > 0 && running.length < workers) {
      const step = ready.shift() as GraphStep;
      running.push({ step, endMs: nowMs + step.durationMs });
    }
    running.sort((a, b) => a.endMs - b.endMs);
    const { step, endMs } = running.shift() as { step: GraphStep; endMs: number };
    nowMs = endMs;
    for (const next of after.get(step.id) ?? []) {
      const left = (missing.get(next.id) as number) - 1;
      missing.set(next.id, left);
      if (left === 0) ready.push(next);
    }
  }
  return nowMs;
};

/** Steps start in the order in which they became ready. */
export const fifoMakespan = ({ steps }: WorkflowGraph, workers: number): number => listSchedule(steps, workers);

const depthsOf = (steps: readonly GraphStep[]): ReadonlyMap<string, number> => {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const depths = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const depth = 1 + Math.max(-1, ...(byId.get(id)?.dependencies ?? []).map(depthOf));
    depths.set(id, depth);
    return depth;
  };
  for (const { id } of steps) depthOf(id);
  return depths;
};

/** All that is ready runs to its end before anything else starts, as in supersteps. */
export const wavesMakespan = ({ steps }: WorkflowGraph, workers: number): number => {
  const depths = depthsOf(steps);
  const waves = Map.groupBy(steps, ({ id }) => depths.get(id));
  let sumMs = 0;
  for (const wave of waves.values())
    sumMs += listSchedule(
      wave.map((step) => ({ ...step, dependencies: [] })),
      workers,
    );
  return sumMs;
};

/** No schedule is shorter: neither than the longest chain, nor than all work shared evenly. */
export const lowerBound = ({ steps }: WorkflowGraph, workers: number): number => {
  const work = steps.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return Math.max(listSchedule(steps, Number.POSITIVE_INFINITY), work / workers);
};
