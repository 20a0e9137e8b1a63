import { resumeChanged, resumeOther } from '../errors/run.ts';
import type { RunHistory } from '../journal/journal.ts';
import { type CompiledWorkflow, compileWorkflow } from '../workflow/compile.ts';
import type { Workflow } from '../workflow/step.ts';
import { compareWorkflows, finishedAmong } from './compare-workflows.ts';

/** Functions cannot be written down: a run with some in its workflow is resumed by who hands in the same functions by name. */
export const definitionOf = (workflow: Workflow): string =>
  JSON.stringify(workflow, (_, value) => (typeof value === 'function' ? value.name || 'anonymous' : value));

/** By what a run goes on. */
export interface GoingOn {
  readonly compiled: CompiledWorkflow;
  /** What the journal is to have of it from now on, where it is another definition. */
  readonly changes?: { readonly definition: string; readonly file: string | undefined };
  /** Steps that are not what they were. */
  readonly differing?: ReadonlySet<string>;
}

export interface GoOnOptions {
  readonly workflow?: Workflow | undefined;
  readonly file?: string | undefined;
}

/**
 * The definition of a run, or another by which all that has succeeded would have been the same. Rejects with `BATCH_RESUME_CHANGED` for
 * one by which it would not.
 */
export const goOnBy = async (
  { run, attempts }: RunHistory,
  inputs: Readonly<Record<string, unknown>>,
  { workflow, file }: GoOnOptions,
): Promise<GoingOn> => {
  const old = JSON.parse(run.definition) as Workflow;
  const before = await compileWorkflow(old);
  if (workflow === undefined) return { compiled: before };
  if (workflow.name !== old.name) throw resumeOther(run.id, old.name, workflow.name);
  const { recovery = old.recovery, maxCostUsd = old.maxCostUsd } = workflow;
  const compiled = await compileWorkflow({ ...workflow, recovery, maxCostUsd });
  const succeeded = attempts.flatMap(({ step, end }) => (end === 'succeeded' ? [step] : []));
  const differences = compareWorkflows(before, compiled, inputs);
  const lost = finishedAmong(differences, succeeded);
  if (lost.length > 0) throw resumeChanged(run.id, lost);
  const differing = new Set(differences.map(({ step }) => step));
  return { compiled, changes: { definition: definitionOf(compiled.workflow), file }, differing };
};
