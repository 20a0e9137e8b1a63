import { readFile } from 'node:fs/promises';
import type { Workflow } from '@hotpath/runtime/workflows';
import { CliError, fileUnusable, usageError } from '../errors.ts';
import { ownValue } from '../own-value.ts';

type Inputs = Readonly<Record<string, unknown>>;

export interface InputFlagValues {
  readonly input: readonly string[];
  readonly inputs: string | undefined;
}

const readFileOf = async (path: string): Promise<Inputs> => {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fileUnusable(path, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError('CLI_INPUT_INVALID', `${path} is no JSON (${(error as Error).message}). Mend it.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CliError('CLI_INPUT_INVALID', `${path} is no JSON object. Give each input by its name.`);
  return value as Inputs;
};

/** A text as the workflow wants it: what does not fit stays a text, of which the check before the run will say so. */
const typed = (text: string, type: string | undefined): unknown => {
  if (type === undefined || type === 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

/** What a workflow is given on the command line. Throws usage errors, and `CLI_FILE_UNUSABLE` and `CLI_INPUT_INVALID`. */
export const readInputs = async (
  { input, inputs }: InputFlagValues,
  { inputs: declared = {} }: Pick<Workflow, 'inputs'>,
  command: string,
): Promise<Inputs> => {
  const given: Record<string, unknown> = inputs === undefined ? {} : { ...(await readFileOf(inputs)) };
  for (const pair of input) {
    const at = pair.indexOf('=');
    // Not shown: it may be the value alone, and that a secret.
    if (at < 1) throw usageError('--input needs a name and a value, as --input version=1.2.0.', command);
    const name = pair.slice(0, at);
    given[name] = typed(pair.slice(at + 1), ownValue(declared, name)?.type);
  }
  return given;
};
