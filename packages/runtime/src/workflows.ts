// Apart from the index: no command that runs no workflow reads the engine.
export type {
  BatchRun,
  Conflict,
  DecideFailure,
  Drift,
  Finding,
  GoOutput,
  LoadedWorkflow,
  Plan,
  RunEvent,
  RunHistory,
  RunOptions,
  RunOutcome,
  RunRecord,
  RunState,
  Step,
  StepFunction,
  StepOutcome,
  Workflow,
} from '@hotpath/batch';
export {
  applyFixes,
  BatchError,
  compileWorkflow,
  itemRunOf,
  lastGoOf,
  loadWorkflow,
  planToDot,
  planToMermaid,
  planToText,
  refuseItemRun,
} from '@hotpath/batch';
export type { ChangedPath, UndoPreview } from './workflows/changed-paths.ts';
export type { Mending } from './workflows/mend-failures.ts';
export type { PlanWorkflowOptions, Workflows, WorkflowsOptions } from './workflows/open-workflows.ts';
export { openWorkflows } from './workflows/open-workflows.ts';
