import type { WorkflowProblem } from './workflow/problem.ts';

/** Stable codes of everything that `@hotpath/batch` throws or reports. */
export type BatchErrorCode =
  | 'BATCH_CYCLE'
  | 'BATCH_STEP_DUPLICATE'
  | 'BATCH_STEP_UNKNOWN'
  | 'BATCH_RESOURCE_INVALID'
  | 'BATCH_RESOURCE_TOO_MUCH'
  | 'BATCH_OPTION_INVALID'
  | 'BATCH_STEP_KIND'
  | 'BATCH_EXPRESSION_INVALID'
  | 'BATCH_MAP_INVALID'
  | 'BATCH_BUDGET'
  | 'BATCH_WRITE_UNDECLARED'
  | 'BATCH_WRITE_CONFLICT'
  | 'BATCH_WORKSPACE_UNKNOWN'
  | 'BATCH_RUN_UNKNOWN'
  | 'BATCH_RUN_STATE'
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
  | 'BATCH_OVERLAY_FAILED'
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

const listed = (names: readonly string[], most = 20): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ', ...' : ''}`;

export const cycleFound = (via: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_CYCLE',
    `The steps wait for each other in a circle: ${[...via, via[0]].join(' -> ')}. Take one of these dependencies out.`,
    { step: via[0], field: 'dependencies', via },
  );

export const stepDuplicate = (step: string): BatchError =>
  new BatchError('BATCH_STEP_DUPLICATE', `Two steps have the id "${step}". Rename one of them.`, { step, field: 'id' });

export const stepUnknown = (step: string, missing: string, known: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_STEP_UNKNOWN',
    `The step "${step}" depends on "${missing}", which there is not. There are: ${listed(known)}.`,
    { step, field: 'dependencies' },
  );

export const resourceInvalid = (text: string): BatchError =>
  new BatchError(
    'BATCH_RESOURCE_INVALID',
    `"${text}" is no resource: write a name, or a name and how much of it, as "gpu" or "memory:4".`,
    { field: 'resources' },
  );

export const resourceTooMuch = (text: string, slots: number): BatchError =>
  new BatchError(
    'BATCH_RESOURCE_TOO_MUCH',
    `A step takes ${text}, and there are ${slots} in all: it could never start. Take less, or raise the limit.`,
    { field: 'resources' },
  );

export const optionInvalid = (field: string, value: unknown, wanted: string): BatchError =>
  new BatchError('BATCH_OPTION_INVALID', `${field} is ${String(value)}: it must be ${wanted}.`, { field });

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

export const kindUnclear = (step: string, named: readonly string[], known: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_STEP_KIND',
    named.length === 0
      ? `The step "${step}" does not say what it does. Give it one of: ${listed(known)}.`
      : `The step "${step}" says ${listed(named)}: a step does one thing. Split it.`,
    { step },
  );

export const expressionInvalid = (text: string, reason: string): BatchError =>
  new BatchError('BATCH_EXPRESSION_INVALID', `The expression "${text}" cannot be evaluated: ${reason}.`, {});

export const templateUnclosed = (text: string): BatchError =>
  new BatchError(
    'BATCH_EXPRESSION_INVALID',
    `An expression in "${text.slice(0, 80)}" has no end. Close it with }}.`,
    {},
  );

export const mapInvalid = (step: string, value: unknown): BatchError =>
  new BatchError(
    'BATCH_MAP_INVALID',
    `The step "${step}" runs once for each item of a list, and "map" is ${value === null ? 'null' : typeof value}. Give it a list.`,
    { step, field: 'map' },
  );

export const expansionFailed = (step: string, count: number, of: number): BatchError =>
  new BatchError('BATCH_STEP_FAILED', `${count} of the ${of} steps within "${step}" did not succeed.`, { step });

export const budgetSpent = (step: string, spentUsd: number, maxUsd: number): BatchError =>
  new BatchError(
    'BATCH_BUDGET',
    `The step "${step}" was not started: the run has cost $${spentUsd.toFixed(4)} of $${maxUsd}. Raise maxCostUsd.`,
    { step, field: 'maxCostUsd' },
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

export const undoConflict = (run: string, conflicts: readonly { path: string; reason: string }[]): BatchError =>
  new BatchError(
    'BATCH_UNDO_CONFLICT',
    `The run ${run} cannot be undone, nothing was touched: ${conflicts
      .slice(0, 5)
      .map(({ path, reason }) => `${path} ${reason}`)
      .join(', ')}. Put these back as the run left them, or undo by hand.`,
    { run, path: conflicts[0]?.path },
  );

export const fieldsInvalid = (step: string, field: string, what: string): BatchError =>
  new BatchError('BATCH_FIELD_INVALID', `The step "${step}" cannot be run: ${what}. Mend its "${field}".`, {
    step,
    field,
  });

export const fileMissing = (step: string, path: string): BatchError =>
  new BatchError('BATCH_FILE_MISSING', `The step "${step}" reads ${path}, which there is not. Check the path.`, {
    step,
    path,
  });

export const fileUnreadable = (step: string, path: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_FILE_UNREADABLE',
    `The step "${step}" cannot read ${path} (${reasonOf(cause)}). Check what it is, and who may read it.`,
    { step, path, cause },
  );

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

export const editNotFound = (step: string, path: string, find: string): BatchError =>
  new BatchError(
    'BATCH_EDIT_NOT_FOUND',
    `${path} does not have the text ${quoted(find)} that the step "${step}" replaces. Copy it from the file.`,
    {
      step,
      path,
      field: 'find',
    },
  );

export const editAmbiguous = (step: string, path: string, find: string, lines: readonly number[]): BatchError =>
  new BatchError(
    'BATCH_EDIT_AMBIGUOUS',
    `${path} has the text ${quoted(find)} in ${lines.length} places (lines ${listed(lines.map(String), 5)}). Give more of the text around it, or set "all".`,
    { step, path, field: 'find' },
  );

export const agentUnknown = (step: string, agent: string, known: readonly string[]): BatchError =>
  Object.assign(
    new BatchError(
      'BATCH_AGENT_UNKNOWN',
      `The step "${step}" asks the agent "${agent}", which there is not. ${known.length === 0 ? 'Hand one in' : `There are: ${listed(known)}`}.`,
      { step, field: 'agent' },
    ),
    { known },
  );

export const functionUnknown = (step: string, name: string, known: readonly string[]): BatchError =>
  Object.assign(
    new BatchError(
      'BATCH_FUNCTION_UNKNOWN',
      `The step "${step}" calls "${name}", which there is not. ${known.length === 0 ? 'Hand it in under functions' : `There are: ${listed(known)}`}.`,
      { step, field: 'call' },
    ),
    { known },
  );

export const kindUnknown = (step: string, kind: string): BatchError =>
  new BatchError(
    'BATCH_STEP_KIND',
    `The step "${step}" is of kind ${kind}, which this dispatcher does not do. Hand in an executor for it.`,
    { step },
  );

export const answerNoJson = (step: string, answer: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_ANSWER_NO_JSON',
    `The agent of the step "${step}" was to answer with JSON, and said ${quoted(answer)}. Ask again, or take another model.`,
    {
      step,
      field: 'schema',
      isRetryable: true,
      cause,
    },
  );

export const answerInvalid = (step: string, answer: string, why: string): BatchError =>
  new BatchError(
    'BATCH_ANSWER_INVALID',
    `The answer of the agent of the step "${step}" does not fit its schema (${why}): ${quoted(answer)}. Ask again, or take another model.`,
    {
      step,
      field: 'schema',
      isRetryable: true,
    },
  );

/** What a command came to, for whoever is to say what went wrong. */
export interface CommandFailure {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last line that says something. */
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)?.trim() ?? '';

export const commandFailed = (step: string, result: CommandFailure): BatchError => {
  const { exitCode, signal, stdout, stderr } = result;
  const said = lastLine(stderr) || lastLine(stdout);
  return Object.assign(
    new BatchError(
      'BATCH_COMMAND_FAILED',
      `The command of the step "${step}" ended with ${exitCode === undefined ? signal : `exit code ${exitCode}`}${said === '' ? '' : `: ${said.slice(0, 200).replace(/\.$/, '')}`}. Run it by hand to see more.`,
      { step, field: 'run' },
    ),
    { result },
  );
};

export const outputNoJson = (step: string, output: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_OUTPUT_NO_JSON',
    `The command of the step "${step}" was to write JSON, and wrote ${quoted(output)}. Mend the command, or its "output".`,
    {
      step,
      field: 'output',
      cause,
    },
  );

export const overlayFailed = (step: string, said: string): BatchError =>
  new BatchError(
    'BATCH_OVERLAY_FAILED',
    `The command of the step "${step}" could not be given an overlay (${lastLine(said)}). Set isolation to "copy".`,
    { step },
  );

/** `advice` says what to do about it. */
export const journalUnusable = (path: string, cause: unknown, advice: string, isRetryable = false): BatchError =>
  new BatchError('BATCH_JOURNAL_UNUSABLE', `The journal ${path} cannot be used: ${reasonOf(cause)}. ${advice}`, {
    path,
    cause,
    isRetryable,
  });

export const locked = (path: string, held: string, holder: { run: string; pid: number } | undefined): BatchError =>
  new BatchError(
    'BATCH_LOCKED',
    holder === undefined
      ? `Another process is changing ${path}. Wait until it has ended.`
      : `The run ${holder.run} of process ${holder.pid} is changing ${held}${held === path ? '' : `, which overlaps with ${path}`}. Wait until it has ended, or end that process: what it holds is free at once.`,
    { path, run: holder?.run, isRetryable: true },
  );

export const lockUnusable = (path: string, cause: unknown, advice: string, isRetryable = false): BatchError =>
  new BatchError('BATCH_LOCK_UNUSABLE', `The locks in ${path} cannot be used: ${reasonOf(cause)}. ${advice}`, {
    path,
    cause,
    isRetryable,
  });

export const recoveryNeeded = (run: string, root: string): BatchError =>
  new BatchError(
    'BATCH_RECOVERY_NEEDED',
    `The run ${run} ended with its process in the middle of changing ${root}. Recover or resume it there first.`,
    { run, path: root },
  );
export const pathInvalid = (path: string, reason: string): BatchError =>
  new BatchError('BATCH_PATH_INVALID', `"${path}" cannot be changed: ${reason}. Name a path below the root.`, { path });

export const changeMissing = (path: string, wanted: string): BatchError =>
  new BatchError('BATCH_FILE_MISSING', `${path} cannot be ${wanted}: it is not there. Correct its path.`, { path });

export const fileKind = (path: string, wanted: string): BatchError =>
  new BatchError('BATCH_FILE_KIND', `${path} ${wanted}. Remove it first, or name another path.`, { path });

export const fileChanged = (path: string): BatchError =>
  new BatchError(
    'BATCH_FILE_CHANGED',
    `Somebody else has changed ${path} while it was to be changed, and it is left as it is. Run the step again.`,
    { path, isRetryable: true },
  );

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room on its disk, and run it again',
  EDQUOT: 'Make room within the quota, and run it again',
  EACCES: 'Give this user the right to change it, and its folder',
  EPERM: 'Give this user the right to change it, and its folder',
  EROFS: 'Its file system can only be read: mount it for writing, or name another root',
  EMFILE: 'Raise the limit of open files (ulimit -n)',
};

export const fileFailed = (path: string, cause: unknown): BatchError => {
  const { code = '' } = cause as { code?: string };
  const remedy = remedies[code] ?? 'See to its disk, and run it again';
  return new BatchError('BATCH_FILE_FAILED', `${path} could not be changed: ${reasonOf(cause)}. ${remedy}.`, {
    path,
    cause,
  });
};

const placeOf = ({ line, column }: { line?: number | undefined; column?: number | undefined }): string =>
  line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;

export const workflowInvalid = (problems: readonly WorkflowProblem[], file?: string): BatchError => {
  const most = 50;
  const lines = problems.slice(0, most).map((problem) => {
    const place = `${file ?? ''}${placeOf(problem)}`;
    const where = [place, problem.path, problem.step === undefined ? '' : `(step "${problem.step}")`];
    return `  ${where.filter((part) => part !== '').join(' ')}: ${problem.message}`;
  });
  const more = problems.length > most ? [`  and ${problems.length - most} more`] : [];
  return new BatchError('BATCH_WORKFLOW_INVALID', [`The workflow is not in order:`, ...lines, ...more].join('\n'), {
    path: file,
    step: problems[0]?.step,
    field: problems[0]?.path,
    line: problems[0]?.line,
    column: problems[0]?.column,
    problems,
  });
};

export const workflowUnreadable = (
  file: string,
  reason: string,
  fields: { line?: number | undefined; column?: number | undefined; cause?: unknown } = {},
): BatchError =>
  new BatchError('BATCH_WORKFLOW_UNREADABLE', `${file}${placeOf(fields)} cannot be read: ${reason}`, {
    path: file,
    ...fields,
  });

export const workflowCycle = (files: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_WORKFLOW_CYCLE',
    `These workflows run each other in a circle: ${files.join(' -> ')}. Take one of these steps out.`,
    { path: files[0], via: files },
  );

export const workflowNotLoaded = (step: string, file: string): BatchError =>
  new BatchError(
    'BATCH_WORKFLOW_UNREADABLE',
    `The step "${step}" names the workflow ${file}, which was not read. Read the workflow with loadWorkflow, which reads those within it.`,
    { step, path: file, field: 'workflow' },
  );

const meantInstead = (meant: string | undefined): string =>
  meant === undefined ? 'Look at the file for what is there' : `Did you mean "${meant}"?`;

export const pointerInvalid = (path: string, pointer: string): BatchError =>
  new BatchError(
    'BATCH_JSON_POINTER',
    pointer === ''
      ? `The whole of ${path} cannot be removed. Set it ("") to another value, or delete the file.`
      : `"${pointer}" is no JSON Pointer. Did you mean "/${pointer.replace(/^#?\/?/, '').replaceAll('.', '/')}"?`,
    { path, field: pointer },
  );

export const pointerMissing = (path: string, pointer: string, why: string, meant?: string): BatchError =>
  new BatchError('BATCH_JSON_POINTER', `${path} has no place "${pointer}": ${why}. ${meantInstead(meant)}`, {
    path,
    field: pointer,
  });

export const jsonInvalid = (path: string, line: number, column: number, wanted: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_JSON_INVALID',
    `${path} is no JSON: line ${line}, column ${column} must have ${wanted}. Mend the file.`,
    { path, cause },
  );

export const textInvalid = (path: string, cause: unknown): BatchError =>
  new BatchError('BATCH_JSON_INVALID', `${path} is no JSON: it is not UTF-8. Save it as UTF-8.`, { path, cause });

export const documentMissing = (path: string): BatchError =>
  new BatchError(
    'BATCH_FILE_MISSING',
    `There is no file ${path} to change. Check the path, or set the whole of it ("") to make one.`,
    { path },
  );

export const documentOutside = (path: string): BatchError =>
  new BatchError('BATCH_DOCUMENT_OUTSIDE', `${path} is not below the root. Name a file within it.`, { path });

export const documentChanged = (path: string): BatchError =>
  new BatchError(
    'BATCH_DOCUMENT_CHANGED',
    `${path} was changed by someone else since the run has read it, and was left alone. Put it back as it was, or run again.`,
    { path },
  );

export const valueNoJson = (path: string, pointer: string): BatchError =>
  new BatchError('BATCH_FIELD_INVALID', `The value for "${pointer}" of ${path} is no JSON. Give it another.`, {
    path,
    field: pointer,
  });

export const documentUnreadable = (path: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_FILE_UNREADABLE',
    `${path} cannot be read (${reasonOf(cause)}). Check what it is, and who may read it.`,
    { path, cause },
  );

export const documentsUnknown = (step: string, path: string): BatchError =>
  new BatchError(
    'BATCH_WORKSPACE_UNKNOWN',
    `The step "${step}" changes ${path}, and there is no workspace of documents here. Hand it in under documents.`,
    { step, path },
  );

export const commandUnquotable = (line: string, expression: string, where: string, remedy: string): BatchError =>
  new BatchError(
    'BATCH_EXPRESSION_INVALID',
    `The value of "${expression}" stands within ${where} in ${quoted(line)}, where it could become a command. ${remedy}, or raw(...) if it is meant to.`,
    { field: 'run' },
  );

export const stepFailed = (step: string): BatchError =>
  new BatchError('BATCH_STEP_FAILED', `The step "${step}" failed and did not say why. Have it throw an Error.`, {
    step,
  });

export const outputUnfit = (step: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_OUTPUT_NO_JSON',
    `What the step "${step}" returned cannot be written down as JSON (${reasonOf(cause)}). Return texts, numbers, lists and plain objects.`,
    { step, cause },
  );

export const fileNoText = (step: string, path: string): BatchError =>
  new BatchError(
    'BATCH_FILE_UNREADABLE',
    `The step "${step}" cannot edit ${path} as text: it is not UTF-8. Change it by a command or a function.`,
    { step, path },
  );
