import { type Clock, systemClock } from '../clock.ts';
import { optionInvalid, stepDuplicate, stepUnknown } from '../errors/definition.ts';
import { runCancelled, runTimedOut, stepTimedOut } from '../errors/run.ts';
import { bottomLevels } from '../graph/analysis.ts';
import { createGraphOf, type EdgeColumns, edgeKinds } from '../graph/graph.ts';
import { Attempt } from './attempt.ts';
import { drive } from './drive.ts';
import type { ResourceLimits } from './pools.ts';
import { delayBeforeRetry, type RetryPolicy } from './retry.ts';
import { createSchedule, type StepState } from './schedule.ts';

/** What a function of a step is told. */
export interface StepRun {
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the step takes too long, when the run is cancelled, and when nothing can come of it any more. */
  readonly signal: AbortSignal;
  /** What a step before this one returned. */
  readonly output: (id: string) => unknown;
}

export interface FunctionStep extends RetryPolicy {
  readonly id: string;
  readonly run: (step: StepRun) => unknown;
  /** Ids of the steps that come before, and that must succeed. */
  readonly dependencies?: readonly string[] | undefined;
  /** What it takes while it runs, as `gpu` or `memory:4`. */
  readonly resources?: readonly string[] | undefined;
  /** Steps of higher priority start first. @default 0 */
  readonly priority?: number | undefined;
  /** What it is expected to take, milliseconds: steps that much depends on start first. @default 1 */
  readonly durationMs?: number | undefined;
  /** How long one attempt may take. @default unlimited */
  readonly timeoutMs?: number | undefined;
}

export interface RunStepsOptions {
  /** How many steps run at once. @default 4 */
  readonly concurrency?: number | undefined;
  /** What there is of the resources that steps name. */
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  /** How long all may take. @default unlimited */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The first failure stops what runs, and nothing more starts. @default false */
  readonly stopOnFailure?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** @default Math.random */
  readonly random?: (() => number) | undefined;
}

export interface StepResult {
  readonly id: string;
  readonly state: StepState;
  /** What its function returned. */
  readonly output: unknown;
  /** Why it failed. */
  readonly error: unknown;
  readonly attempts: number;
}

/** What became of all, in the order the steps were declared. */
export interface StepsOutcome {
  readonly isSuccess: boolean;
  readonly steps: readonly StepResult[];
  /** Why the run was stopped before its end. */
  readonly stopped: unknown;
}

/** What all attempts of a run have in common. */
interface RunView {
  idOf(step: number): string;
  readonly outputOf: (id: string) => unknown;
}

class FunctionAttempt extends Attempt implements StepRun {
  readonly #view: RunView;

  constructor(step: number, number: number, view: RunView) {
    super(step, number);
    this.#view = view;
  }

  get id(): string {
    return this.#view.idOf(this.step);
  }

  get attempt(): number {
    return this.number;
  }

  /** Of use without its attempt too, as in `({ output }) => …`. */
  get output(): StepRun['output'] {
    return this.#view.outputOf;
  }
}

const edgesOf = (steps: readonly FunctionStep[], numbers: ReadonlyMap<string, number>): EdgeColumns => {
  const edges = { from: [] as number[], to: [] as number[], kind: [] as number[] };
  for (let to = 0; to < steps.length; to += 1) {
    const { id, dependencies } = steps[to] as FunctionStep;
    if (dependencies === undefined) continue;
    for (const name of dependencies) {
      const from = numbers.get(name);
      if (from === undefined) throw stepUnknown(id, name, [...numbers.keys()]);
      edges.from.push(from);
      edges.to.push(to);
      edges.kind.push(edgeKinds.needs);
    }
  }
  return edges;
};

/**
 * Runs functions in parallel, each after those it depends on, those first that most depends on. Nothing is kept: for runs that
 * survive a crash and undo what they did there is `createBatch`. A step that fails stops nothing but what needs it, and never
 * makes this reject: it is in the outcome. Rejects with `BATCH_CYCLE`, `BATCH_STEP_DUPLICATE`, `BATCH_STEP_UNKNOWN` and
 * `BATCH_OPTION_INVALID` before anything runs.
 */
export const runSteps = async (
  steps: readonly FunctionStep[],
  options: RunStepsOptions = {},
): Promise<StepsOutcome> => {
  const { concurrency = 4, limits, timeoutMs, signal, clock = systemClock, random = Math.random } = options;
  if (!(concurrency >= 1)) throw optionInvalid('concurrency', concurrency, 'a whole number from 1');
  const numbers = new Map<string, number>();
  for (const { id } of steps) {
    const { size } = numbers;
    numbers.set(id, size);
    // To ask first would look each of them up twice.
    if (numbers.size === size) throw stepDuplicate(id);
  }
  const stepAt = (step: number): FunctionStep => steps[step] as FunctionStep;
  const graph = createGraphOf(steps.length, edgesOf(steps, numbers), (step) => stepAt(step).id);
  const schedule = createSchedule(graph, {
    concurrency,
    limits,
    levels: bottomLevels(graph, (step) => stepAt(step).durationMs ?? 1),
    resourcesOf: (step) => stepAt(step).resources,
    priorityOf: (step) => stepAt(step).priority,
  });
  const outputs: unknown[] = new Array(steps.length).fill(undefined);
  const errors: unknown[] = new Array(steps.length).fill(undefined);
  const attempts = new Uint32Array(steps.length);
  const view: RunView = {
    idOf: (step) => stepAt(step).id,
    outputOf: (id) => outputs[numbers.get(id) ?? -1],
  };
  let stopped: unknown;

  const driver = drive({
    schedule,
    clock,
    createAttempt: (step, number) => new FunctionAttempt(step, number, view),
    attempt: (attempt) => {
      const step = stepAt(attempt.step);
      attempts[attempt.step] = attempt.number;
      return step.run(attempt as FunctionAttempt);
    },
    onValue: ({ step }, value) => {
      outputs[step] = value;
      return 'succeeded';
    },
    onError: ({ step }, error, retryAtMs) => {
      if (retryAtMs !== undefined) return;
      errors[step] = error;
      if (options.stopOnFailure === true) stop(error);
    },
    retryDelay: (attempt, error) => delayBeforeRetry(stepAt(attempt.step), attempt.number, error, random),
    timeoutMsOf: (step) => stepAt(step).timeoutMs,
    timeoutError: (step, limitMs) => stepTimedOut(stepAt(step).id, limitMs),
  });
  const stop = (reason: unknown): void => {
    stopped ??= reason;
    driver.stop(reason);
  };
  const onAbort = (): void => stop(runCancelled(signal?.reason));
  const stopTimer = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => stop(runTimedOut(timeoutMs)));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  await driver.end;
  stopTimer?.();
  signal?.removeEventListener('abort', onAbort);

  const results = steps.map(({ id }, step) => ({
    id,
    state: schedule.stateOf(step),
    output: outputs[step],
    error: errors[step],
    attempts: attempts[step] as number,
  }));
  return { isSuccess: results.every(({ state }) => state === 'succeeded'), steps: results, stopped };
};
