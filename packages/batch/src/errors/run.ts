import { BatchError, listed, reasonOf } from '../errors.ts';

export const stepFailed = (step: string): BatchError =>
  new BatchError('BATCH_STEP_FAILED', `The step "${step}" failed and did not say why. Have it throw an Error.`, {
    step,
  });

export const stepTimedOut = (step: string, timeoutMs: number): BatchError =>
  new BatchError(
    'BATCH_STEP_TIMEOUT',
    `The step "${step}" took longer than ${timeoutMs} ms. Raise its timeoutMs, or give it less to do.`,
    { step, isRetryable: true },
  );

export const runTimedOut = (timeoutMs: number): BatchError =>
  new BatchError(
    'BATCH_RUN_TIMEOUT',
    `The run took longer than ${timeoutMs} ms. Raise timeoutMs; where its finished steps were kept, resume it.`,
    {},
  );

export const runCancelled = (cause: unknown): BatchError =>
  new BatchError(
    'BATCH_CANCELLED',
    'The run was cancelled. Run it again or, where its finished steps were kept, resume it.',
    { cause },
  );

export const expansionFailed = (step: string, count: number, of: number): BatchError =>
  new BatchError('BATCH_STEP_FAILED', `${count} of the ${of} steps within "${step}" did not succeed.`, { step });

export const budgetSpent = (
  step: string,
  { spentUsd, maxUsd }: { readonly spentUsd: number; readonly maxUsd: number },
  expectedUsd: number | undefined,
): BatchError => {
  const expected = expectedUsd === undefined ? '' : `, and is expected to cost $${expectedUsd.toFixed(4)}`;
  return new BatchError(
    'BATCH_BUDGET',
    `The step "${step}" was not started${expected}: $${spentUsd.toFixed(4)} of $${maxUsd} are spent. Raise maxCostUsd.`,
    { step, field: 'maxCostUsd' },
  );
};

export const costUnknown = (step: string): BatchError =>
  new BatchError(
    'BATCH_BUDGET',
    `What the agent of "${step}" has cost is not known, so that maxCostUsd cannot be held. Give its model a price, have the agent return costUsd (0 where it is free), or take maxCostUsd out.`,
    { step, field: 'maxCostUsd' },
  );

export const outputUnfit = (step: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_OUTPUT_NO_JSON',
    `What the step "${step}" returned cannot be written down as JSON (${reasonOf(cause)}). Return texts, numbers, lists and plain objects.`,
    { step, cause },
  );

export const outputUnknown = (step: string, missing: string, known: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_STEP_UNKNOWN',
    `The step "${step}" asks for the output of "${missing}", which there is not. There are: ${listed(known)}.`,
    { step },
  );

export const writeUndeclared = (step: string, paths: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_WRITE_UNDECLARED',
    `The step "${step}" writes ${listed(paths, 5)}, which it does not declare. Add to its "writes", or set undeclaredWrites to "report".`,
    { step, path: paths[0], field: 'writes' },
  );

export const writeConflict = (step: string, other: string, path: string): BatchError =>
  new BatchError(
    'BATCH_WRITE_CONFLICT',
    `The steps "${other}" and "${step}" both write ${path}, and neither comes after the other. Declare it under "writes" of both, or make one depend on the other.`,
    { step, path, field: 'writes', via: [other, step] },
  );

export const workspaceUnknown = (workspace: string, known: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_WORKSPACE_UNKNOWN',
    `There is no workspace "${workspace}" here. There are: ${listed(known)}. Hand it in as one of the workspaces.`,
  );

export const runUnknown = (run: string): BatchError =>
  new BatchError('BATCH_RUN_UNKNOWN', `There is no run ${run}. See the history for those that are kept.`, { run });

export const runState = (run: string, state: string, wanted: string): BatchError =>
  new BatchError('BATCH_RUN_STATE', `The run ${run} is ${state}: ${wanted}.`, { run });

export const notWaiting = (run: string, step: string): BatchError =>
  new BatchError('BATCH_RUN_STATE', `"${step}" does not wait for a yes.`, { run, step });
const whyLost = {
  changed: 'has changed',
  new: 'is new',
  gone: 'is gone',
  after: 'comes after what has changed',
} as const;

export const resumeChanged = (
  run: string,
  lost: readonly { readonly step: string; readonly why: keyof typeof whyLost }[],
): BatchError =>
  new BatchError(
    'BATCH_RESUME_CHANGED',
    `The run ${run} cannot go on by this definition, nothing was touched: of what it has finished, ${listed(
      lost.map(({ step, why }) => `"${step}" ${whyLost[why]}`),
      10,
    )}. Make these as they were, resume it by the definition it began with, or undo it and run anew.`,
    { run, step: lost[0]?.step, via: lost.map(({ step }) => step) },
  );

export const resumeOther = (run: string, name: string, given: string): BatchError =>
  new BatchError(
    'BATCH_RESUME_CHANGED',
    `The run ${run} is one of the workflow "${name}", and cannot go on by "${given}". Name the workflow it is of.`,
    { run, field: 'name' },
  );

export const undoConflict = (run: string, conflicts: readonly { path: string; reason: string }[]): BatchError =>
  new BatchError(
    'BATCH_UNDO_CONFLICT',
    `The run ${run} cannot be undone, nothing was touched: ${conflicts
      .slice(0, 5)
      .map(({ path, reason }) => `${path} ${reason}`)
      .join(', ')}. Put these back as the run left them, or undo by hand.`,
    { run, path: conflicts[0]?.path },
  );

export const recoveryNeeded = (run: string, root: string): BatchError =>
  new BatchError(
    'BATCH_RECOVERY_NEEDED',
    `The run ${run} ended with its process in the middle of changing ${root}. Recover or resume it there first.`,
    { run, path: root },
  );

const ofItems = {
  resume: (command: string) => `are not steps. Run ${command} again: it goes on where it was stopped.`,
  undo: (command: string) =>
    `have changed nothing that can be taken back. To do them anew, run ${command} from the beginning (restart).`,
  graph: (command: string) => `do not depend on each other: there is nothing to draw. ${command} does them.`,
} as const;

/** `again` is the command that goes on with it, where there is one. */
export const runOfItems = (run: string, wanted: keyof typeof ofItems, again: string | undefined): BatchError => {
  const command = again === undefined ? 'what has begun it' : `"${again}" with the same options`;
  return new BatchError('BATCH_RUN_KIND', `The run ${run} is of items, which ${ofItems[wanted](command)}`, { run });
};
