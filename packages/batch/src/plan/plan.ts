import { createHash } from 'node:crypto';
import { median } from '../engine/median.ts';
import { optionInvalid } from '../errors/definition.ts';
import { findGroups } from '../graph/analysis.ts';
import type { CompiledStep, CompiledWorkflow, Dependency } from '../workflow/compile.ts';
import type { Step, StepKind } from '../workflow/step.ts';
import { estimateCost } from './check-within.ts';
import type { Finding } from './finding.ts';
import { itemsOf, predictRun } from './predict.ts';
import { type Drift, findDrift, readTouchedFiles, type TouchedFiles } from './touched-files.ts';
import { type ValidateOptions, validate } from './validate.ts';
import type { World } from './world.ts';

export interface PlannedStep {
  readonly id: string;
  readonly kind: StepKind;
  /** Steps of one group have to do with each other, those of others have not. From 0. */
  readonly group: number;
  /** Of one item, where it runs for many. */
  readonly durationMs: number;
  /** `guessed`: nothing is known of it, and it is taken to be as others are. */
  readonly durationFrom: 'declared' | 'learnt' | 'guessed';
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly isCritical: boolean;
  /** How often it runs; `null`: that is known when it runs. */
  readonly items: number | null;
  /** Of all items; `null`: not known, or no model is asked. */
  readonly costUsd: number | null;
}

export interface PlannedDependency extends Pick<Dependency, 'kind' | 'why' | 'what'> {
  readonly from: string;
  readonly to: string;
}

/** What a run will do, before it does anything: plain data, to be kept as JSON. */
export interface Plan {
  /** Of this form. */
  readonly version: 1;
  readonly name: string;
  /** SHA-256 of the workflow, its inputs and all it was made from: equal for equal plans. */
  readonly hash: string;
  readonly concurrency: number;
  /** In the order a run is equal to. */
  readonly steps: readonly PlannedStep[];
  readonly dependencies: readonly PlannedDependency[];
  readonly groups: readonly (readonly string[])[];
  readonly criticalPath: readonly string[];
  readonly makespanMs: number;
  /** No schedule is shorter. */
  readonly boundMs: number;
  readonly workMs: number;
  /** Of model steps, as far as it is known. */
  readonly costUsd: number;
  readonly findings: readonly Finding[];
  readonly files: readonly TouchedFiles[];
}

export interface PlanOptions extends ValidateOptions {
  readonly world: World;
  /** What a step took in earlier runs, milliseconds; of a list, one item. @default not known */
  readonly durationOf?: ((step: Step) => number | undefined) | undefined;
  /** How many files are hashed at most. @default 2000 */
  readonly maxFiles?: number | undefined;
}

const defaultDurationMs = 1_000;

/** JSON with keys in order, functions by their text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'function') return String(member);
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const durationsOf = (
  steps: readonly CompiledStep[],
  learnt: (step: Step) => number | undefined,
): ((step: CompiledStep) => Pick<PlannedStep, 'durationMs' | 'durationFrom'>) => {
  const known = (step: Step): Pick<PlannedStep, 'durationMs' | 'durationFrom'> | undefined => {
    if (step.durationMs !== undefined) return { durationMs: step.durationMs, durationFrom: 'declared' };
    const durationMs = learnt(step);
    return durationMs === undefined ? undefined : { durationMs, durationFrom: 'learnt' };
  };
  const guess = median(steps.flatMap(({ step }) => known(step)?.durationMs ?? [])) ?? defaultDurationMs;
  return ({ step, kind }) =>
    // A yes comes when somebody gives it: no plan knows.
    kind === 'approval'
      ? { durationMs: 0, durationFrom: 'declared' }
      : (known(step) ?? { durationMs: guess, durationFrom: 'guessed' });
};

/** Says what a run would do, and when. Nothing is changed. Rejects with `BATCH_OPTION_INVALID`. */
export const createPlan = async (compiled: CompiledWorkflow, options: PlanOptions): Promise<Plan> => {
  const { workflow, graph, steps, dependencies } = compiled;
  const { world, limits, inputs = {}, maxFiles = 2_000, estimateCostUsd } = options;
  const concurrency = options.concurrency ?? workflow.concurrency ?? 4;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw optionInvalid('concurrency', concurrency, 'a whole number from 1');
  const findings = await validate(workflow, world, options);
  const durationOf = durationsOf(steps, options.durationOf ?? (() => undefined));
  const impossible = findings.some(({ code }) => code === 'BATCH_RESOURCE_TOO_MUCH');
  const prediction = predictRun(compiled, {
    concurrency,
    // What can never start is a finding, and no reason to say nothing of the rest.
    limits: impossible ? undefined : limits,
    durationOf: (step) => durationOf(step).durationMs,
  });
  const files = await readTouchedFiles(steps, world, maxFiles);
  const groupOf = findGroups(graph);
  const critical = new Set(prediction.criticalPath);
  const idOf = (step: number): string => (steps[step] as CompiledStep).id;
  const planned = [...graph.order].map((at): PlannedStep => {
    const step = steps[at] as CompiledStep;
    const cost = estimateCostUsd === undefined ? undefined : estimateCost([step], estimateCostUsd);
    return {
      id: step.id,
      kind: step.kind,
      group: groupOf[at] as number,
      ...durationOf(step),
      startsAtMs: prediction.startsAtMs[at] as number,
      endsAtMs: prediction.endsAtMs[at] as number,
      isCritical: critical.has(at),
      items: step.map === undefined || Array.isArray(step.map) ? itemsOf(step) : null,
      costUsd: cost === undefined || cost === 0 ? null : cost,
    };
  });
  const groups: string[][] = [];
  for (const at of graph.order) {
    const group = groupOf[at] as number;
    groups[group] = [...(groups[group] ?? []), idOf(at)];
  }
  const listed = dependencies.map(({ from, to, kind, why, what }) => ({
    from: idOf(from),
    to: idOf(to),
    kind,
    why,
    ...(what !== undefined && { what }),
  }));
  const hash = createHash('sha256')
    .update(canonical({ workflow, inputs, files, order: planned.map(({ id }) => id), dependencies: listed }))
    .digest('hex');
  return {
    version: 1,
    name: workflow.name,
    hash,
    concurrency,
    steps: planned,
    dependencies: listed,
    groups,
    criticalPath: prediction.criticalPath.map(idOf),
    makespanMs: prediction.makespanMs,
    boundMs: prediction.boundMs,
    workMs: prediction.workMs,
    costUsd: estimateCostUsd === undefined ? 0 : estimateCost(steps, estimateCostUsd),
    findings,
    files,
  };
};

/** What has changed in the world since a plan was made, path by path: whoever applies the plan refuses where there is any. */
export const checkDrift = (plan: Pick<Plan, 'files'>, world: World): Promise<readonly Drift[]> =>
  findDrift(plan.files, world);
