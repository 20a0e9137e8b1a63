import { type Channel, channel } from 'node:diagnostics_channel';
import type { Conflict } from './workspace/workspace.ts';

interface OfRun {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}
interface OfStep extends OfRun {
  /** With the names of what it is within, as `review[3]/fix`. */
  readonly step: string;
  readonly attempt: number;
}

export interface RunStartEvent extends OfRun {
  readonly type: 'run-start';
  readonly name: string;
  /** Steps that are known before anything has run. */
  readonly steps: number;
  readonly isResumed: boolean;
}
export interface StepStartEvent extends OfStep {
  readonly type: 'step-start';
  /** How long it could have begun and had no room: from the end of all that it comes after, or from when it was to be tried again, milliseconds. */
  readonly waitedMs: number;
}
/** The step says what it is doing. */
export interface StepProgressEvent extends OfStep {
  readonly type: 'step-progress';
  readonly text: string;
}
/** An attempt failed, and there is another. */
export interface StepRetryEvent extends OfStep {
  readonly type: 'step-retry';
  readonly error: unknown;
  readonly retryAtMs: number;
}
/** The step was replaced by `steps` others, named after it. */
export interface StepExpandEvent extends OfStep {
  readonly type: 'step-expand';
  readonly steps: number;
}
/** The step waits until somebody says yes. */
export interface ApprovalWantEvent extends OfStep {
  readonly type: 'approval-want';
  readonly question: string;
}
/** Something was written that the step did not declare. */
export interface WriteUndeclaredEvent extends OfStep {
  readonly type: 'write-undeclared';
  readonly paths: readonly string[];
}
export interface StepEndEvent extends OfStep {
  readonly type: 'step-end';
  /** `blocked`: what it needs has failed. `cancelled`: the run was stopped before. Neither has begun, or gone on. */
  readonly state: 'succeeded' | 'skipped' | 'failed' | 'blocked' | 'cancelled';
  readonly durationMs: number;
  readonly costUsd: number | undefined;
  /** An earlier run of the same steps had done it, or an earlier process of this run. */
  readonly isReused: boolean;
  readonly error?: unknown;
}
/** An earlier run whose process had ended was put in order, by `run`, or by no run where that is its own id. */
export interface RecoveryEndEvent extends OfRun {
  readonly type: 'recovery-end';
  readonly recovered: string;
  /** The name of its workflow. */
  readonly name: string;
  readonly to: 'undone' | 'kept';
  readonly steps: readonly string[];
  readonly conflicts: readonly Conflict[];
}
export interface UndoEndEvent extends OfRun {
  readonly type: 'undo-end';
  /** The name of the workflow. */
  readonly name: string;
  /** Somebody had a run taken back whose end was told before. Else it has failed, and its `run-end` follows. */
  readonly isAsked: boolean;
  /** Steps whose changes were taken back, the last first. */
  readonly steps: readonly string[];
  /** What somebody else has changed since, and that was left therefore. */
  readonly conflicts: readonly Conflict[];
}
export interface RunEndEvent extends OfRun {
  readonly type: 'run-end';
  readonly state: string;
  readonly durationMs: number;
  readonly costUsd: number;
}

export type RunEvent =
  | RunStartEvent
  | StepStartEvent
  | StepProgressEvent
  | StepRetryEvent
  | StepExpandEvent
  | ApprovalWantEvent
  | WriteUndeclaredEvent
  | StepEndEvent
  | RecoveryEndEvent
  | UndoEndEvent
  | RunEndEvent;

/** The database of a journal was asked, or written to, with whatever it had to wait for; it may have failed. */
export interface QueryEndEvent {
  readonly operation: 'read' | 'write';
  readonly durationMs: number;
}

/** The channels of `node:diagnostics_channel` on which runs and journals speak. Publishing costs nothing unheard. */
export const channels = {
  run: channel('hotpath:batch:run') as Channel<RunEvent>,
  queryEnd: channel('hotpath:batch:query-end') as Channel<QueryEndEvent>,
} as const;
