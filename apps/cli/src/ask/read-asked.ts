import type { JsonObject } from '@hotpath/runtime';
import { usageError } from '../errors.ts';
import { readStandardInput, readStandardInputBytes } from '../standard-input.ts';
import type { Attachment } from './attachments.ts';
import type { AskFlagValues } from './flags.ts';

/** The arguments and then what was piped in, which may be long and belongs below the instruction. */
const joinPrompt = (positionals: readonly string[], piped: string): string =>
  [positionals.join(' '), piped.trimEnd()].filter((text) => text.trim() !== '').join('\n\n');

/** What is asked, before it is known who answers. */
export interface Asked {
  readonly prompt: string;
  readonly system: string | undefined;
  readonly model: string | undefined;
  readonly attachments: readonly Attachment[];
  readonly schema: JsonObject | undefined;
}

/** Throws `CLI_USAGE` for options that do not go together. */
export const checkFlags = (flags: AskFlagValues, fallbacks: readonly string[]): void => {
  const refuse = (problem: string): never => {
    throw usageError(problem, 'ask');
  };
  if (flags.json && flags['stream-json']) refuse('--json and --stream-json exclude each other.');
  if (flags.continue && flags.conversation !== undefined) refuse('-c and --conversation exclude each other.');
  if (flags.race && fallbacks.length === 0) refuse('--race needs others to ask: name them with --fallback.');
  if (flags.param.length > 0 && flags.template === undefined) refuse('--param needs a template: name it with -t.');
  if (flags.attach.filter((name) => name === '-').length > 1) refuse('--attach - can stand there once.');
};

const readTemplateOf = async (flags: AskFlagValues, input: string): Promise<Omit<Asked, 'attachments'>> => {
  const [{ findTemplate, readTemplate, templateFolders }, { fillTemplate, readParameters }] = await Promise.all([
    import('../templates/find.ts'),
    import('../templates/fill.ts'),
  ]);
  const template = await readTemplate(findTemplate(await templateFolders(), flags.template ?? ''));
  const { prompt, system } = fillTemplate(template, readParameters(flags.param), input);
  const schema = flags.schema ?? template.schema;
  return {
    prompt,
    system: flags.system ?? system,
    model: flags.model ?? template.model,
    schema: typeof schema === 'string' ? (await import('./answer-schema.ts')).readSchema(schema) : schema,
  };
};

/** What the arguments, standard input, attachments and the template say. Undefined where the wait for standard input was interrupted. */
export const readAsked = async (
  flags: AskFlagValues,
  positionals: readonly string[],
  signal: AbortSignal,
): Promise<Asked | undefined> => {
  const attachments =
    flags.attach.length === 0
      ? []
      : await (await import('./attachments.ts')).readAttachments(flags.attach, {
          signal,
          standardInput: () => readStandardInputBytes(signal),
        });
  const piped = flags.attach.includes('-') ? '' : await readStandardInput(signal);
  if (signal.aborted) return undefined;
  const input = joinPrompt(positionals, piped);
  const asked: Omit<Asked, 'attachments'> =
    flags.template === undefined
      ? {
          prompt: input,
          system: flags.system,
          model: flags.model,
          schema:
            flags.schema === undefined ? undefined : (await import('./answer-schema.ts')).readSchema(flags.schema),
        }
      : await readTemplateOf(flags, input);
  if (asked.prompt === '' && attachments.length === 0)
    throw usageError('There is nothing to ask. Give a prompt, or pipe one in.', 'ask');
  return { ...asked, attachments };
};
