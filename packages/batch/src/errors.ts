import type { WorkflowProblem } from './workflow/problem.ts';

/** Stable codes of everything that `@hotpath/batch` throws or reports. */
export type BatchErrorCode =
  | 'BATCH_CYCLE'
  | 'BATCH_STEP_DUPLICATE'
  | 'BATCH_STEP_UNKNOWN'
  | 'BATCH_RESOURCE_INVALID'
  | 'BATCH_RESOURCE_TOO_MUCH'
  | 'BATCH_OPTION_INVALID'
  | 'BATCH_INPUT_INVALID'
  | 'BATCH_STEP_KIND'
  | 'BATCH_EXPRESSION_INVALID'
  | 'BATCH_MAP_INVALID'
  | 'BATCH_BUDGET'
  | 'BATCH_WRITE_UNDECLARED'
  | 'BATCH_WRITE_CONFLICT'
  | 'BATCH_WORKSPACE_UNKNOWN'
  | 'BATCH_RUN_UNKNOWN'
  | 'BATCH_RUN_STATE'
  | 'BATCH_RESUME_CHANGED'
  | 'BATCH_RUN_KIND'
  | 'BATCH_UNDO_CONFLICT'
  | 'BATCH_FIELD_INVALID'
  | 'BATCH_FILE_MISSING'
  | 'BATCH_FILE_UNREADABLE'
  | 'BATCH_EDIT_NOT_FOUND'
  | 'BATCH_EDIT_AMBIGUOUS'
  | 'BATCH_AGENT_UNKNOWN'
  | 'BATCH_FUNCTION_UNKNOWN'
  | 'BATCH_ANSWER_NO_JSON'
  | 'BATCH_ANSWER_INVALID'
  | 'BATCH_COMMAND_FAILED'
  | 'BATCH_OUTPUT_NO_JSON'
  | 'BATCH_OUTPUT_TOO_LONG'
  | 'BATCH_OVERLAY_FAILED'
  | 'BATCH_COPY_FAILED'
  | 'BATCH_RECOVERY_NEEDED'
  | 'BATCH_STEP_FAILED'
  | 'BATCH_STEP_TIMEOUT'
  | 'BATCH_RUN_TIMEOUT'
  | 'BATCH_CANCELLED'
  | 'BATCH_JOURNAL_UNUSABLE'
  | 'BATCH_LOCKED'
  | 'BATCH_LOCK_UNUSABLE'
  | 'BATCH_PATH_INVALID'
  | 'BATCH_FILE_KIND'
  | 'BATCH_FILE_CHANGED'
  | 'BATCH_FILE_FAILED'
  | 'BATCH_WORKFLOW_INVALID'
  | 'BATCH_WORKFLOW_UNREADABLE'
  | 'BATCH_WORKFLOW_CYCLE'
  | 'BATCH_JSON_INVALID'
  | 'BATCH_JSON_POINTER'
  | 'BATCH_DOCUMENT_OUTSIDE'
  | 'BATCH_DOCUMENT_CHANGED';

export interface BatchErrorFields {
  /** The step concerned. */
  readonly step?: string | undefined;
  /** The run concerned. */
  readonly run?: string | undefined;
  /** The file or folder concerned. */
  readonly path?: string | undefined;
  /** The field of the workflow, or the option, at fault. */
  readonly field?: string | undefined;
  /** Ids of steps from the first to the one that is met again. */
  readonly via?: readonly string[] | undefined;
  /** In the text of the file, from 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** All that is wrong with a workflow. */
  readonly problems?: readonly WorkflowProblem[] | undefined;
  /** Whether the same may succeed at another time. @default false */
  readonly isRetryable?: boolean | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for('hotpath.batch.error');

/** Every failure of the engine. Recognise it by `code`, or by `BatchError.isInstance` across copies of the package. */
export class BatchError extends Error {
  override readonly name: string = 'BatchError';
  readonly code: BatchErrorCode;
  readonly step: string | undefined;
  readonly run: string | undefined;
  readonly path: string | undefined;
  readonly field: string | undefined;
  readonly via: readonly string[] | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly problems: readonly WorkflowProblem[] | undefined;
  readonly isRetryable: boolean;
  readonly [brand] = true;

  constructor(code: BatchErrorCode, message: string, fields: BatchErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.step = fields.step;
    this.run = fields.run;
    this.path = fields.path;
    this.field = fields.field;
    this.via = fields.via;
    this.line = fields.line;
    this.column = fields.column;
    this.problems = fields.problems;
    this.isRetryable = fields.isRetryable === true;
  }

  static isInstance(error: unknown): error is BatchError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

/** A step may throw anything, also what cannot be made a string. */
export const reasonOf = (cause: unknown): string => {
  try {
    return cause instanceof Error ? cause.message : String(cause);
  } catch {
    return 'an error without a message';
  }
};

/** Names in a sentence, no more than a reader wants. */
export const listed = (names: readonly string[], most = 20): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ', ...' : ''}`;

/** A piece of text in a sentence, no more of it than tells it apart. */
export const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
