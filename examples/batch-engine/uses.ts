// What the engine is used for, one by one: the documents show these.
import { writeFileSync } from 'node:fs';
import {
  applyFixes,
  type Batch,
  checkDrift,
  compileWorkflow,
  createBatch,
  createPlan,
  type Drift,
  loadWorkflow,
  localDispatcher,
  memoryJournal,
  nodeWorld,
  type Plan,
  planToText,
  type RunOutcome,
  runSteps,
  type StepFunction,
  type UndoReport,
  type Workflow,
} from '@hotpath/batch';
import { type CorrectionMemory, correctFailures, createCorrector, createWorld } from '@hotpath/batch/correct';
import { filesWorkspace } from '@hotpath/batch/files';

export const build = async (compile: () => Promise<string>, lint: () => Promise<string>): Promise<unknown> => {
  // #region steps
  const { isSuccess, steps } = await runSteps([
    { id: 'compile', run: compile, retries: 2 },
    { id: 'lint', run: lint },
    { id: 'pack', run: (step) => `packed ${step.output('compile')}`, dependencies: ['compile', 'lint'] },
  ]);
  // #endregion steps
  return { isSuccess, output: steps.at(-1)?.output };
};

export const bump = async (root: string): Promise<Pick<RunOutcome, 'state' | 'error'>> => {
  // #region functions
  const functions: Record<string, StepFunction> = {
    bump: async ({ files }) => files.write('VERSION', `${Number(await files.readText('VERSION')) + 1}\n`),
  };
  await using batch = createBatch({
    root,
    journal: memoryJournal(), // nothing survives the process
    workspaces: [filesWorkspace({ root })],
    dispatcher: localDispatcher({ functions }),
  });
  const { state, error } = await batch.run({ name: 'release', steps: [{ id: 'bump', call: 'bump' }] }).outcome;
  // #endregion functions
  return { state, error };
};

export const watch = async (batch: Batch, file: string, signal: AbortSignal): Promise<object> => {
  // #region run
  const { workflow } = await loadWorkflow(file);
  const run = batch.run(workflow, { inputs: { who: 'Ada' }, signal });
  for await (const event of run) if (event.type === 'step-end') console.log(event.step, event.state, event.durationMs);
  const { state, outputs, error, costUsd } = await run.outcome;
  // #endregion run
  return { state, outputs, error, costUsd };
};

export const plan = async (root: string, file: string): Promise<{ plan: Plan; drift: readonly Drift[] }> => {
  // #region plan
  const { workflow, text } = await loadWorkflow(file);
  const world = nodeWorld({ root });
  const plan = await createPlan(await compileWorkflow(workflow), { world, agents: ['greeter'] });
  console.log(planToText(plan)); // planToMermaid and planToDot draw it, and JSON.stringify keeps it

  const { text: mended } = await applyFixes(text ?? '', plan.findings); // safe ones alone, the rest of the text as it was
  if (mended !== text) writeFileSync(file, mended);

  const drift = await checkDrift(plan, world); // later: what is no longer as it was planned for
  // #endregion plan
  return { plan, drift };
};

export const goOn = async (batch: Batch): Promise<void> => {
  // #region recover
  for (const { run, to, conflicts } of await batch.recover()) console.log(`${run.name} ${run.id}: ${to}`, conflicts);

  const [stopped] = batch.history({ states: ['paused', 'kept'], limit: 1 });
  if (stopped !== undefined) await batch.resume(stopped.id, { approve: ['publish'] }).outcome;
  // #endregion recover
};

export const undo = async (batch: Batch): Promise<UndoReport | undefined> => {
  // #region undo
  const [last] = batch.history({ states: ['committed', 'kept'], limit: 1 });
  const report = last && (await batch.undo(last.id)); // all of it, or BATCH_UNDO_CONFLICT and nothing
  // #endregion undo
  return report;
};

export const correct = async (batch: Batch, workflow: Workflow, memory: CorrectionMemory): Promise<RunOutcome> => {
  // #region correct
  const onFailure = correctFailures({
    corrector: createCorrector({ world: createWorld(), memory }), // memory: what fixed earlier failures is tried first
    onCorrections: ({ step }, [best], applied) => console.log(step, best?.reason, applied ? 'applied' : 'suggested'),
  });
  const outcome = await batch.run(workflow, { onFailure }).outcome;
  // #endregion correct
  return outcome;
};
