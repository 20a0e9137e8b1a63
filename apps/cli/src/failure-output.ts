import type { Command, ParsedFlags } from './command.ts';
import { roundUsd } from './figures.ts';
import { explainError, type StepOptions } from './next-step.ts';
import { writeOut } from './terminal.ts';

/** How a machine wants to be told of a failure, on standard output: as one object, or as the last event of a stream. */
export type FailureForm = 'json' | 'stream-json';

const forms: readonly FailureForm[] = ['json', 'stream-json'];

/** By the flags that a command was given. */
export const formOf = (flags: ParsedFlags): FailureForm | undefined => forms.find((form) => flags[form] === true);

/**
 * By a command line that is wrong, so that its flags are not known: what is after `--`, or the command line of another program, is
 * none of ours.
 */
export const formIn = (args: readonly string[], command?: Command): FailureForm | undefined => {
  const isPast = (arg: string): boolean => arg === '--' || (command?.passesThrough === true && !arg.startsWith('-'));
  const end = args.findIndex(isPast);
  const own = end === -1 ? args : args.slice(0, end);
  return forms.find((form) => (command === undefined || form in command.flags) && own.includes(`--${form}`));
};

/** Also what the calls were billed that came to nothing, where that is known. */
export const tellFailure = async (
  form: FailureForm | undefined,
  error: unknown,
  options: StepOptions = {},
): Promise<void> => {
  if (form === undefined) return;
  const { costUsd } = (error ?? {}) as { readonly costUsd?: number };
  const told = { error: explainError(error, options), ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }) };
  await writeOut(`${JSON.stringify(form === 'json' ? told : { type: 'error', ...told })}\n`);
};
