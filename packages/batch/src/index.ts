export type { Clock } from './clock.ts';
export type {
  Batch,
  BatchOptions,
  BatchRun,
  PruneBounds,
  ResumeOptions,
  RunOptions,
} from './engine/batch.ts';
export { createBatch } from './engine/batch.ts';
export type { StepDifference } from './engine/compare-workflows.ts';
export { compareWorkflows, finishedAmong } from './engine/compare-workflows.ts';
export type { MemoCache, MemoOptions } from './engine/memo.ts';
export type { RunOutcome, StepOutcome } from './engine/outcome.ts';
export type { Recovery } from './engine/recovery.ts';
export type { DecideFailedRun } from './engine/settle.ts';
export type { DecideFailure, FailureDecision, StepFailure } from './engine/step-work.ts';
export type { Changes, Dispatcher, Task, TaskOptions, TaskResult } from './engine/task.ts';
export type { UndoReport } from './engine/transaction.ts';
export type { BatchErrorCode, BatchErrorFields } from './errors.ts';
export { BatchError } from './errors.ts';
export type { RunEvent } from './events.ts';
export { channels } from './events.ts';
export type { Agent, AgentAnswer, AgentRequest, Agents } from './execute/agent-step.ts';
export type { Executor, LocalDispatcherOptions } from './execute/local.ts';
export { localDispatcher } from './execute/local.ts';
export type { FileChange } from './files/file-change.ts';
export type { GoOutput, ItemRunDefinition } from './items/run-record.ts';
export { itemRunOf, lastGoOf, refuseItemRun } from './items/run-record.ts';
export type {
  AttemptEnd,
  AttemptRecord,
  Durability,
  EffectRecord,
  Journal,
  JournalEntry,
  RunFilter,
  RunHistory,
  RunRecord,
  RunState,
} from './journal/journal.ts';
export { memoryJournal } from './journal/memory.ts';
export type { DocumentFiles } from './json/document-files.ts';
export { changedDocuments } from './json/intent.ts';
export type { JsonChange } from './json/json-change.ts';
export { jsonExecutor } from './json/json-executor.ts';
export type { Documents, JsonWorkspace, JsonWorkspaceOptions, OpenDocument } from './json/json-workspace.ts';
export { jsonWorkspace } from './json/json-workspace.ts';
export type { FixedDocument, FixOptions } from './plan/apply-fixes.ts';
export { applyFixes } from './plan/apply-fixes.ts';
export type { KnownNames } from './plan/check-names.ts';
export type { Edit, Finding, FindingCode, Fix } from './plan/finding.ts';
export type { NodeWorldOptions } from './plan/node-world.ts';
export { nodeWorld } from './plan/node-world.ts';
export type { Plan, PlannedDependency, PlannedStep, PlanOptions } from './plan/plan.ts';
export { checkDrift, createPlan } from './plan/plan.ts';
export { planToDot, planToMermaid } from './plan/render-graph.ts';
export { planToText } from './plan/render-text.ts';
export type { Drift, TouchedFiles } from './plan/touched-files.ts';
export type { ValidateOptions } from './plan/validate.ts';
export { validate } from './plan/validate.ts';
export type { World } from './plan/world.ts';
export type { ResourceLimits } from './run/pools.ts';
export type { RetryClass, RetryPolicy } from './run/retry.ts';
export type { FunctionStep, RunStepsOptions, StepResult, StepRun, StepsOutcome } from './run/run-steps.ts';
export { runSteps } from './run/run-steps.ts';
export type { StepState } from './run/schedule.ts';
export type { Compensation, CompensationsOptions } from './shell/compensations.ts';
export { compensations } from './shell/compensations.ts';
export type { ShellExecutorOptions } from './shell/shell-executor.ts';
export { shellExecutor } from './shell/shell-executor.ts';
export type { CompiledStep, CompiledWorkflow, Dependency } from './workflow/compile.ts';
export { compileWorkflow } from './workflow/compile.ts';
export type { LoadedWorkflow, LoadOptions } from './workflow/load.ts';
export { loadWorkflow } from './workflow/load.ts';
export type { WorkflowProblem } from './workflow/problem.ts';
export type { ReadOptions } from './workflow/read.ts';
export { readWorkflow } from './workflow/read.ts';
export type {
  AgentSettings,
  AgentStep,
  ApprovalStep,
  CallStep,
  FileStep,
  InputField,
  JsonStep,
  ShellStep,
  Step,
  StepContext,
  StepDocument,
  StepFields,
  StepFiles,
  StepFunction,
  StepKind,
  Workflow,
  WorkflowStep,
} from './workflow/step.ts';
export { defineWorkflow } from './workflow/step.ts';
export type { Conflict, PrepareOptions, Workspace } from './workspace/workspace.ts';
