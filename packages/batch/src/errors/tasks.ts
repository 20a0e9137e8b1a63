import { BatchError, listed, quoted, reasonOf } from '../errors.ts';

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

/** `folder`: where what it writes is kept until it is carried out. */
export const commandFailed = (step: string, result: CommandFailure, folder: string): BatchError => {
  const { exitCode, signal, stdout, stderr } = result;
  const said = lastLine(stderr) || lastLine(stdout);
  const next = /No space left on device|Disk quota exceeded/.test(stderr)
    ? `What it writes in the folder of the run is kept on the disk of ${folder} first: make room there, and run it again. Nothing of it was changed.`
    : 'Run it by hand to see more.';
  return Object.assign(
    new BatchError(
      'BATCH_COMMAND_FAILED',
      `The command of the step "${step}" ended with ${exitCode === undefined ? signal : `exit code ${exitCode}`}${said === '' ? '' : `: ${said.slice(0, 200).replace(/\.$/, '')}`}. ${next}`,
      { step, field: 'run' },
    ),
    { result },
  );
};

const startRemedies: Readonly<Record<string, string>> = {
  E2BIG: 'Its line, or its environment, is too long: hand over what is much by "stdin", or in a file',
  ENOENT: 'See to the PATH of its "env"',
};

export const commandNotStarted = (step: string, cause: unknown): BatchError => {
  const remedy = startRemedies[String((cause as { code?: unknown }).code)] ?? 'See to its "run", "env" and "stdin"';
  return new BatchError(
    'BATCH_COMMAND_FAILED',
    `The command of the step "${step}" could not be started: ${reasonOf(cause)}. ${remedy}.`,
    { step, field: 'run', cause },
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

export const copyFailed = (step: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_COPY_FAILED',
    `The root could not be copied for the command of the step "${step}": ${reasonOf(cause)}. Let this user read all of it, and see to the room on the disk.`,
    { step, cause },
  );

export const outputTooLong = (step: string, maxBytes: number): BatchError =>
  new BatchError(
    'BATCH_OUTPUT_TOO_LONG',
    `The command of the step "${step}" wrote more than the ${maxBytes / 2 ** 20} MiB that can be its output. Have it write to a file, or to stderr.`,
    { step, field: 'output' },
  );
