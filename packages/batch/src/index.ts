export type { Clock } from './clock.ts';
export type { BatchErrorCode, BatchErrorFields } from './errors.ts';
export { BatchError } from './errors.ts';
export type { ResourceLimits } from './run/pools.ts';
export type { RetryClass, RetryPolicy } from './run/retry.ts';
export type { FunctionStep, RunStepsOptions, StepResult, StepRun, StepsOutcome } from './run/run-steps.ts';
export { runSteps } from './run/run-steps.ts';
export type { StepState } from './run/schedule.ts';
