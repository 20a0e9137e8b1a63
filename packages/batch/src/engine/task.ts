import type { StepFunction, StepKind } from '../workflow/step.ts';

/** What a step is to do, templates filled in: plain data, fit to be sent to another process. */
export interface Task {
  readonly run: string;
  /** With the names of what it is within, as `review[3]/fix`. */
  readonly step: string;
  readonly attempt: number;
  readonly kind: StepKind;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The same for all attempts of a step. */
  readonly idempotencyKey: string;
  readonly item?: unknown;
  readonly index?: number | undefined;
  /** The folder it works in. */
  readonly root: string;
}

/** What a step changed, for one workspace to carry out. */
export interface Changes {
  readonly workspace: string;
  readonly changes: readonly unknown[];
  /** Paths and names it touches, as steps declare them. A folder that is made, and that others may make and fill as well, ends with `/`. */
  readonly touched: readonly string[];
}

export interface TaskResult {
  readonly output?: unknown;
  /** Nothing of it has happened yet: the engine carries it out. */
  readonly changes?: readonly Changes[] | undefined;
  readonly costUsd?: number | undefined;
  /** It was not done again: an earlier run had done the same. */
  readonly isRecalled?: boolean | undefined;
  /** Lets go of what the changes are made from, once they are written down or not wanted. */
  readonly release?: (() => void | Promise<void>) | undefined;
}

export interface TaskOptions {
  readonly signal: AbortSignal;
  /** What steps before it have come to. */
  readonly output: (id: string) => unknown;
  /** A function that stands in the workflow itself. Only who works in the same process can call it. */
  readonly call?: StepFunction | undefined;
  /** To be called before a file is read: brings to it what steps before have made of it. */
  readonly reveal?: ((path: string) => Promise<void>) | undefined;
  /** Whether somebody goes on with what it comes to: if not, it may be shortened, as long as that is said. @default true */
  readonly isOutputUsed?: boolean | undefined;
  /** Says what the step is doing. */
  readonly onProgress: (text: string) => void;
}

/**
 * Does the work of steps, here or elsewhere. It changes nothing that others see: what a step wants changed is in the result. A task
 * may be given to it again with the same key after a crash.
 */
export interface Dispatcher {
  dispatch(task: Task, options: TaskOptions): Promise<TaskResult>;
  /**
   * What an attempt of an agent step may cost at most, US dollars; `undefined` where that is not known. Asked where there is a
   * `maxCostUsd`: as much is set aside while the step is under way. @default what the dearest one has cost so far
   */
  estimateCostUsd?(task: Task): number | undefined;
  close?(): Promise<void>;
}
