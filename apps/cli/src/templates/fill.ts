import { CliError, usageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Template } from './template.ts';

const variable = /\{\{\s*([\p{L}_][\p{L}\p{N}_-]*)\s*\}\}/gu;

const variablesIn = (text: string): readonly string[] => [...text.matchAll(variable)].flatMap(([, name]) => name ?? []);

/** The variables of a template, in their order, without `input`. */
export const variablesOf = ({ system = '', prompt }: Pick<Template, 'system' | 'prompt'>): readonly string[] =>
  [...new Set([...variablesIn(system), ...variablesIn(prompt)])].filter((name) => name !== 'input');

/** `key=value` each, the last one of a key. Throws `CLI_USAGE`. */
export const readParameters = (given: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw usageError(`--param needs a name and a value, such as language=German, not "${text}".`, 'ask');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );

/** Values are put in as they are: what looks like a variable in them is none. */
const fill = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(variable, (whole, name: string) => values.get(name) ?? whole);

/**
 * Puts values for the variables of a template. `input` is what was asked besides: where no `{{input}}` stands, it goes below.
 * Throws `CLI_TEMPLATE_INVALID` for variables without a value, all of them named, and `CLI_USAGE` for parameters that it does not
 * have.
 */
export const fillTemplate = (
  template: Pick<Template, 'name' | 'prompt' | 'system' | 'defaults'>,
  parameters: ReadonlyMap<string, string>,
  input: string,
): { readonly prompt: string; readonly system?: string } => {
  const { name, prompt, system, defaults } = template;
  const wanted = variablesOf(template);
  for (const key of parameters.keys()) {
    if (wanted.includes(key)) continue;
    const meant = nearest(key, wanted);
    const hint =
      meant === undefined ? (wanted.length > 0 ? ` It has ${wanted.join(', ')}.` : '') : ` Did you mean ${meant}?`;
    throw usageError(`The template "${name}" has no variable ${key}.${hint}`, 'ask');
  }
  const asksInput = [...variablesIn(prompt), ...variablesIn(system ?? '')].includes('input');
  const values = new Map([
    ...Object.entries(defaults),
    ...parameters,
    ...(input === '' ? [] : [['input', input] as const]),
  ]);
  const missing = [...wanted, ...(asksInput ? ['input'] : [])].filter((each) => !values.has(each));
  if (missing.length > 0) {
    const named = missing.filter((each) => each !== 'input').map((each) => `-p ${each}=…`);
    const ways = [
      ...(named.length > 0 ? [`Give ${named.join(' ')}.`] : []),
      ...(missing.includes('input') ? ['Its input is what stands behind the options, or is piped in.'] : []),
    ];
    throw new CliError(
      'CLI_TEMPLATE_INVALID',
      `the template "${name}" has no value for ${missing.join(', ')}. ${ways.join(' ')}`,
      2,
    );
  }
  const filled = fill(prompt, values);
  return {
    prompt: asksInput ? filled : [filled, input].filter((text) => text !== '').join('\n\n'),
    ...(system !== undefined && { system: fill(system, values) }),
  };
};
