// Apart from the index: no command that runs no workflow reads the engine.
export type {
  AttemptRecord,
  BatchRun,
  Conflict,
  DecideFailure,
  Drift,
  Finding,
  GoOutput,
  ItemRunDefinition,
  LoadedWorkflow,
  Plan,
  RunEvent,
  RunHistory,
  RunOptions,
  RunOutcome,
  RunRecord,
  RunState,
  Step,
  StepDifference,
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
export type { ChangedPath, RunChanges, UndoPreview } from './workflows/changed-paths.ts';
export type { WorkflowChange } from './workflows/changed-since.ts';
export type { Mending } from './workflows/mend-failures.ts';
export type { PlanWorkflowOptions, PruneReport, Workflows, WorkflowsOptions } from './workflows/open-workflows.ts';
export { openWorkflows } from './workflows/open-workflows.ts';
export type { RunControl, RunControlOptions } from './workflows/run-control.ts';
export { callsFunctions, createRunControl } from './workflows/run-control.ts';
