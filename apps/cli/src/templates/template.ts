import type { JsonObject } from '@hotpath/runtime';
import { CliError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** A question that is written down. */
export interface Template {
  readonly name: string;
  readonly description?: string;
  readonly model?: string;
  readonly system?: string;
  /** With `{{variables}}`. Empty where the input is all of it. */
  readonly prompt: string;
  /** Values of variables that nobody names. */
  readonly defaults: Readonly<Record<string, string>>;
  /** A JSON Schema, or what `--schema` takes. */
  readonly schema?: string | JsonObject;
}

const keys = ['description', 'model', 'system', 'prompt', 'defaults', 'schema'] as const;

export const templateInvalid = (file: string, problem: string): CliError =>
  new CliError('CLI_TEMPLATE_INVALID', `${file}: ${problem}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Front matter and what follows it; no front matter where the first line is not `---`. */
const splitMarkdown = (text: string): { readonly front: string; readonly body: string } => {
  const [head, front = ''] = /^---[ \t]*\r?\n([\s\S]*?)(?:^|\r?\n)---[ \t]*(?:\r?\n|$)/.exec(text) ?? [];
  return head === undefined ? { front: '', body: text } : { front, body: text.slice(head.length) };
};

const textOf = (file: string, key: string, value: unknown): string => {
  if (typeof value === 'string') return value;
  throw templateInvalid(file, `"${key}" must be a text.`);
};

const defaultsOf = (file: string, value: unknown): Readonly<Record<string, string>> => {
  if (!isObject(value)) throw templateInvalid(file, '"defaults" must hold values by the names of variables.');
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (typeof item === 'object' || item === undefined)
        throw templateInvalid(file, `"defaults.${name}" must be a text, a number, true or false.`);
      return [name, String(item)];
    }),
  );
};

/**
 * Reads a template: of YAML with its `prompt`, or of Markdown, with front matter of YAML before it. Throws
 * `CLI_TEMPLATE_INVALID` with the file, and the line where there is one.
 */
export const parseTemplate = async (name: string, file: string, text: string): Promise<Template> => {
  const plain = text.replace(/^\uFEFF/, '');
  const isMarkdown = /\.md$/i.test(file);
  const { front, body } = isMarkdown ? splitMarkdown(plain) : { front: plain, body: '' };
  const { load } = await import('js-yaml');
  let fields: unknown;
  try {
    fields = front.trim() === '' ? {} : load(front);
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number } | null };
    const line = mark ? ` at line ${mark.line + (isMarkdown ? 2 : 1)}` : '';
    throw templateInvalid(file, `it is not valid YAML${line}: ${reason ?? (error as Error).message}.`);
  }
  if (!isObject(fields)) throw templateInvalid(file, `it must hold ${keys.join(', ')}, each as "key: value".`);
  for (const key of Object.keys(fields)) {
    if (keys.some((known) => known === key)) continue;
    const meant = nearest(key, keys);
    throw templateInvalid(
      file,
      `there is no setting "${key}".${meant === undefined ? ` There are ${keys.join(', ')}.` : ` Did you mean "${meant}"?`}`,
    );
  }
  const { description, model, system, prompt, defaults, schema } = fields;
  if (isMarkdown && prompt !== undefined)
    throw templateInvalid(file, 'what follows the front matter is the prompt. Leave out "prompt".');
  if (schema !== undefined && typeof schema !== 'string' && !isObject(schema))
    throw templateInvalid(file, '"schema" must be a JSON Schema, a file with one, or a list of fields.');
  return {
    name,
    prompt: (isMarkdown ? body : prompt === undefined ? '' : textOf(file, 'prompt', prompt)).trim(),
    defaults: defaults === undefined || defaults === null ? {} : defaultsOf(file, defaults),
    ...(description !== undefined && { description: textOf(file, 'description', description) }),
    ...(model !== undefined && { model: textOf(file, 'model', model) }),
    ...(system !== undefined && { system: textOf(file, 'system', system) }),
    ...(schema !== undefined && { schema: schema as string | JsonObject }),
  };
};
