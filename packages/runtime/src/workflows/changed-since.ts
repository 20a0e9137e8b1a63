import {
  compareWorkflows,
  compileWorkflow,
  finishedAmong,
  type Journal,
  loadWorkflow,
  type StepDifference,
  type Workflow,
} from '@hotpath/batch';

/** How the file that a run was begun from differs from what the run goes by. */
export interface WorkflowChange {
  /** Absolute. */
  readonly file: string;
  /** Steps that would do something else by it; empty where only what is said of the whole workflow, or how steps are run, differs. */
  readonly steps: readonly StepDifference[];
  /** Of these, those that the run has finished: it cannot go on by the file as it is. */
  readonly finished: readonly StepDifference[];
}

/** What the command line may say for one run. */
const ofOneRun = new Set(['recovery', 'maxCostUsd']);
const textOf = (workflow: Workflow): string =>
  JSON.stringify(
    Object.entries(workflow)
      .filter(([field]) => !ofOneRun.has(field))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value) => (typeof value === 'function' ? value.name || 'anonymous' : value),
  );

/** `undefined` where it is the same, and where nobody can tell: the file is gone, or no workflow any more. */
export const findChange = async (
  journal: Pick<Journal, 'load'>,
  run: string,
  workflowNow?: Workflow,
): Promise<WorkflowChange | undefined> => {
  const history = journal.load(run);
  const file = history?.run.file;
  if (history === undefined || file === undefined) return undefined;
  try {
    const now = workflowNow ?? (await loadWorkflow(file)).workflow;
    const before = JSON.parse(history.run.definition) as Workflow;
    if (textOf(before) === textOf(now)) return undefined;
    const inputs = JSON.parse(history.run.inputs) as Readonly<Record<string, unknown>>;
    const steps = compareWorkflows(await compileWorkflow(before), await compileWorkflow(now), inputs);
    const succeeded = history.attempts.flatMap(({ step, end }) => (end === 'succeeded' ? [step] : []));
    return { file, steps, finished: finishedAmong(steps, succeeded) };
  } catch {
    return undefined;
  }
};
