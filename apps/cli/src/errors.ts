/** Codes of what the command line itself reports. */
export type CliErrorCode =
  | 'CLI_USAGE'
  // Told of by hotpath.ts, before anything is imported.
  | 'CLI_NODE_TOO_OLD'
  | 'CLI_MODEL_MISSING'
  | 'CLI_NO_MODELS'
  | 'CLI_PORT_TAKEN'
  | 'CLI_ADDRESS_UNUSABLE'
  | 'CLI_UNFINISHED'
  | 'CLI_CACHE_UNAVAILABLE'
  | 'CLI_CACHE_ENTRY_MISSING'
  | 'CLI_CACHE_STORE_LIMITED'
  | 'CLI_CONFIRMATION_MISSING'
  | 'CLI_IMPORT_INVALID'
  | 'CLI_FILE_UNUSABLE'
  | 'CLI_INPUT_INVALID'
  | 'CLI_BATCH_RUNNING'
  | 'CLI_BATCH_JOURNAL_UNUSABLE'
  | 'CLI_BATCH_OUTPUT_TAKEN'
  | 'CLI_BATCH_HALTED'
  | 'CLI_ANSWER_UNFIT'
  | 'CLI_COST_UNKNOWN'
  | 'CLI_FILE_CHANGED'
  | 'CLI_CONFIG_MISSING'
  | 'CLI_CONFIG_INVALID'
  | 'CLI_CONFIG_EXISTS'
  | 'CLI_CONFIG_NOT_EDITABLE'
  | 'CLI_SETTING_MISSING'
  | 'CLI_SETTING_INVALID'
  | 'CLI_ATTACHMENT_UNUSABLE'
  | 'CLI_MODEL_INCAPABLE'
  | 'CLI_COST_EXCEEDED'
  | 'CLI_SCHEMA_INVALID'
  | 'CLI_CONTENT_MISSING'
  | 'CLI_CONVERSATION_MISSING'
  | 'CLI_CONVERSATIONS_UNUSABLE'
  | 'CLI_TEMPLATE_MISSING'
  | 'CLI_TEMPLATE_INVALID'
  | 'CLI_EDITOR_FAILED'
  | 'CLI_PLUGIN_MISSING'
  | 'CLI_PLUGIN_UNUSED'
  | 'CLI_PLUGIN_FAILED'
  | 'CLI_PLUGIN_LINK_REFUSED'
  | 'CLI_GATEWAY_UNREACHABLE'
  | 'CLI_PLUGIN_EXISTS'
  | 'CLI_WORKFLOW_UNFIT'
  | 'CLI_RUN_MISSING'
  | 'CLI_PLAN_INVALID'
  | 'CLI_PLAN_OUTDATED'
  | 'CLI_PROGRAM_NOT_FOUND'
  | 'CLI_PROGRAM_NOT_EXECUTABLE';

/** 2 is wrong usage, 126 and 127 are a shell's codes for a program that cannot be run or found, 1 is anything else. */
type FailureCode = 1 | 2 | 126 | 127;

/** A failure with its own words for the user. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly code: CliErrorCode;
  readonly exitCode: FailureCode;
  /** What people are shown below the message. */
  readonly more: string | undefined;

  constructor(code: CliErrorCode, message: string, exitCode: FailureCode = 1, more?: string) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.more = more;
  }
}

/** The words of whatever was thrown: code of others throws anything, also what cannot be made a string. */
const reasonOf = (error: unknown): string => {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'an error without a message';
  }
};

/** Wrong usage. `command` is the one whose help tells more. */
export const usageError = (message: string, command?: string): CliError =>
  new CliError(
    'CLI_USAGE',
    `${message}\nRun "hotpath ${command === undefined ? '' : `${command} `}--help" for usage.`,
    2,
  );

/** The first word alone of a command of two. `help` lists them. */
export const secondWordMissing = (group: string, help: string): CliError =>
  new CliError('CLI_USAGE', `"hotpath ${group}" needs a second word.`, 2, `\n${help.trimEnd()}`);

/** For a command that waits for what can never come. */
export const unfinished = (): CliError =>
  new CliError(
    'CLI_UNFINISHED',
    'the command could not finish: something it waits for never comes. Look for a promise that nothing settles, in a configuration file of TypeScript first.',
  );

export const cacheUnavailable = (message: string): CliError => new CliError('CLI_CACHE_UNAVAILABLE', message);

export const noCacheFile = (path: string): CliError =>
  new CliError(
    'CLI_CACHE_UNAVAILABLE',
    `there is no cache file ${path} yet: nothing has been stored. Name another configuration with --config if yours is elsewhere.`,
  );

/** `otherwise` is what can be done with it instead, as a whole sentence. */
export const storeCannotList = (place: string, otherwise: string): CliError =>
  new CliError('CLI_CACHE_STORE_LIMITED', `${place} cannot say which keys it holds. ${otherwise}`);

/** `place` is the file or the store. */
export const entryMissing = (key: string, place: string): CliError =>
  new CliError(
    'CLI_CACHE_ENTRY_MISSING',
    `the cache has no entry under "${key}" in ${place}: it was never stored, has expired or was invalidated. "hotpath cache export" lists the keys there are.`,
  );

export const notAnAnswer = (key: string): CliError =>
  new CliError('CLI_CACHE_ENTRY_MISSING', `what the cache holds under "${key}" is not a model's answer.`);

export const confirmationMissing = (what: string, command: string): CliError =>
  new CliError(
    'CLI_CONFIRMATION_MISSING',
    `${what} needs a yes, and nobody can be asked here. Add --yes: hotpath ${command} --yes`,
    2,
  );

export const configMissing = (): CliError =>
  new CliError(
    'CLI_CONFIG_MISSING',
    'there is no configuration file, neither here nor in the user folder. Write one with "hotpath init" ("hotpath init --yes" asks nothing), or name one with --config.',
  );

/** `line` counts from 1. */
export const importInvalid = (line: number, problem: string): CliError =>
  new CliError('CLI_IMPORT_INVALID', `line ${line}: ${problem}`);

export const fileUnusable = (path: string, error: unknown): CliError =>
  new CliError(
    'CLI_FILE_UNUSABLE',
    `${path} cannot be used (${reasonOf(error)}). ${
      isFullDisk(error) ? 'Make room on its disk, or name' : 'Name'
    } another file.`,
  );

/** Of a batch: another file would be another job, which pays for everything anew. */
export const outputUnusable = (path: string, error: unknown): CliError =>
  new CliError(
    'CLI_FILE_UNUSABLE',
    `${path} cannot be written (${reasonOf(error)}). ${
      isFullDisk(error) ? 'Make room on its disk' : 'Make it writable'
    } and run the same command again: it asks only for what has no answer yet, while another --output is another job.`,
  );

/** `isDamaged`: the next question that is kept moves the file aside. */
export const conversationsUnusable = (path: string, error: unknown, isDamaged: boolean): CliError =>
  new CliError(
    'CLI_CONVERSATIONS_UNUSABLE',
    `the conversations in ${path} cannot be used (${reasonOf(error)}). ${isDamaged ? 'The next "hotpath ask" moves the file aside and begins a new one.' : 'Move the file away, or keep nothing with --no-log.'}`,
  );

/** `otherwise` is what else there is to do than to start one. */
export const contentMissing = (id: string): CliError =>
  new CliError(
    'CLI_CONTENT_MISSING',
    `nothing with the id "${id}" was captured, or it is no longer kept. "hotpath content search" lists what there is.`,
  );

export const gatewayUnreachable = (url: string, problem: string, otherwise: string): CliError =>
  new CliError(
    'CLI_GATEWAY_UNREACHABLE',
    `no gateway answers at ${url} (${problem}). Start one with "hotpath serve", or ${otherwise}.`,
  );

export const programNotFound = (program: string, reason: string): CliError =>
  new CliError('CLI_PROGRAM_NOT_FOUND', `${program}: ${reason}`, 127);

export const programNotExecutable = (program: string, reason: string): CliError =>
  new CliError('CLI_PROGRAM_NOT_EXECUTABLE', `${program}: ${reason}`, 126);

/** What a machine may know of any failure. */
export interface ErrorDescription {
  /** As docs/reference/errors.md lists them; a system's own, such as `EACCES`; `UNKNOWN` where there is none. */
  readonly code: string;
  readonly message: string;
}

export const describeError = (error: unknown): ErrorDescription => {
  const message = reasonOf(error);
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message };
  return { code: 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN', message };
};

/** `line` counts from 1. */
export const inputInvalid = (name: string, line: number, problem: string): CliError =>
  new CliError('CLI_INPUT_INVALID', `${name}, line ${line}: ${problem}`);

export const inputEmpty = (name: string): CliError =>
  new CliError('CLI_INPUT_INVALID', `${name} has no rows. Give a file with something to ask.`);

export const inputChanged = (name: string): CliError =>
  new CliError(
    'CLI_INPUT_INVALID',
    `${name} has changed while it was read. What is answered is kept: run the same command again.`,
  );

const jobRunning = (output: string): CliError =>
  new CliError(
    'CLI_BATCH_RUNNING',
    `another "hotpath batch" is writing ${output}. Wait for it, stop it, or name another --output.`,
  );

const journalUnusable = (path: string, error: unknown, isFull = false): CliError =>
  new CliError(
    'CLI_BATCH_JOURNAL_UNUSABLE',
    `the journal ${path} cannot be used (${reasonOf(error)}). ${
      isFull
        ? 'Make room on the disk and run the same command again: what was answered before is kept.'
        : 'Make it writable, or set HOTPATH_HOME to a folder that is. --restart begins with a new one.'
    }`,
  );

/** What the engine says of the files of a batch, in the words of its command. `journal` is that of the job. */
export const asJobError = (error: unknown, output: string, journal: string | undefined): unknown => {
  const { code, path, cause } = (error ?? {}) as {
    readonly code?: unknown;
    readonly path?: string;
    readonly cause?: unknown;
  };
  if (path === undefined || (code !== 'BATCH_LOCKED' && code !== 'BATCH_JOURNAL_UNUSABLE')) return error;
  if (code === 'BATCH_LOCKED') return jobRunning(output);
  const isFull = isFullDisk(cause);
  return isFull || path === journal ? journalUnusable(path, cause, isFull) : error;
};

/** Of SQLite and of the file system. */
export const isFullDisk = (error: unknown): boolean => {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown };
  // The last is an index that cannot be mapped for want of room.
  return code === 'ENOSPC' || errcode === 13 || errcode === 4874;
};

export const outputTaken = (path: string): CliError =>
  new CliError(
    'CLI_BATCH_OUTPUT_TAKEN',
    `${path} is there already, and no run of this command has left it. Name another --output, or add --restart to replace it.`,
  );

export const costUnknown = (models: readonly string[]): CliError =>
  new CliError(
    'CLI_COST_UNKNOWN',
    `--max-cost needs prices, and there is none for ${models.join(', ')}. Set "prices" in the configuration, or leave --max-cost out.`,
    2,
  );

/** `estimate` says what it may cost, or that nobody knows. */
export const costUnconfirmed = (estimate: string): CliError =>
  new CliError(
    'CLI_CONFIRMATION_MISSING',
    `${estimate}, and nobody can be asked here. Add --yes, or a --max-cost that is not below the estimate.`,
    2,
  );

/** What every other row would fail of as well. */
export const jobHalted = ({ code, message }: ErrorDescription): CliError =>
  new CliError(
    'CLI_BATCH_HALTED',
    `stopped, since every other row would fail as well (${code}): ${message} Then run the same command again: what is answered is kept.`,
  );

/** An answer that is not what a JSON Schema wants. */
export const answerUnfit = (problem: string): CliError =>
  new CliError('CLI_ANSWER_UNFIT', `the answer does not fit: ${problem}. --retry-failed asks again.`);

/** `meant` is the name that is nearest. */
export const pluginMissing = (name: string, meant: string | undefined): CliError =>
  new CliError(
    'CLI_PLUGIN_MISSING',
    `there is no plugin "${name}".${meant === undefined ? '' : ` Did you mean "${meant}"?`} "hotpath plugins list" names those there are.`,
  );

export const pluginCommandFailed = (plugin: string, command: string, error: unknown): CliError => {
  const reason = reasonOf(error).replace(/\.$/, '');
  const failure = new CliError(
    'CLI_PLUGIN_FAILED',
    `"hotpath ${command}" of the plugin ${plugin} failed: ${reason}. Tell its author; --debug shows where.`,
  );
  failure.cause = error;
  return failure;
};

/** What was asked for is done, or needed nothing, and the plugin is left out all the same. */
export const pluginUnused = (name: string, why: string): CliError =>
  new CliError('CLI_PLUGIN_UNUSED', `the plugin ${name} is not used: ${why}`);

export const linkRefused = (problem: string): CliError => new CliError('CLI_PLUGIN_LINK_REFUSED', problem);
