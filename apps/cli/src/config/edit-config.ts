import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, parseDocument, type Scalar, stringify } from 'yaml';
import { CliError } from '../errors.ts';
import { formatPath, type SettingPath } from './setting-path.ts';
import { withValue } from './setting-value.ts';

// What the reader of configurations takes for a date or a yes is quoted, though YAML 1.2 knows neither.
const reading = { compat: 'yaml-1.1' } as const;
const writing = { lineWidth: 0 } as const;

/** Settings as a YAML file has them. */
export const renderYaml = (settings: object): string => stringify(settings, { ...reading, ...writing });

export interface Edit {
  readonly path: SettingPath;
  /** Undefined takes the setting away. */
  readonly value: unknown;
}

const byHand = (path: SettingPath, problem: string): CliError =>
  new CliError('CLI_SETTING_INVALID', `${formatPath(path)} cannot be set: ${problem} Change the file by hand.`);

const settingsOf = (document: Document): unknown => document.toJS() ?? {};

/** Ways to write a value, the plainest first. */
const spellings = (value: unknown): readonly string[] => {
  const plain = stringify(value, { ...reading, ...writing }).trimEnd();
  return /[\n,[\]{}]/.test(plain) ? [JSON.stringify(value)] : [plain, JSON.stringify(value)];
};

/** The text with a value in the place of another, and not one other character changed. */
const replacements = (text: string, { path, value }: Edit, document: Document): readonly string[] => {
  const node = document.getIn(path, true) as Scalar | undefined;
  const [from, to] = node?.range ?? [];
  if (value === undefined || from === undefined || to === undefined || from === to) return [];
  return spellings(value).map((written) => text.slice(0, from) + written + text.slice(to));
};

/** The text with lines for a setting that is not there yet, behind the last one of the group that it belongs to. */
const insertions = (text: string, { path, value }: Edit, document: Document): readonly string[] => {
  const depth = path.findIndex((_, index) => !document.hasIn(path.slice(0, index + 1)));
  const group = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
  if (value === undefined || depth === -1 || !isMap(group) || group.flow === true || !group.range) return [];
  const [first] = group.items;
  if (!isScalar(first?.key) || !first.key.range) return [];
  const start = first.key.range[0];
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (indent.trim() !== '') return [];
  const head = text.slice(0, group.range[1]).trimEnd();
  // A comment behind the last value belongs to it.
  const line = text.indexOf('\n', head.length);
  const at = line === -1 ? text.length : line;
  const rest = path.slice(depth).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const lines = stringify(rest, { ...reading, ...writing })
    .trimEnd()
    .replace(/^(?!$)/gm, indent);
  return [`${text.slice(0, at)}\n${lines}${text.slice(at) || '\n'}`];
};

const editYaml = (text: string, edit: Edit): string => {
  const read = (source: string): Document => parseDocument(source, reading);
  const document = read(text);
  const wanted = withValue(settingsOf(document), edit.path, edit.value);
  const isRight = (changed: string): boolean => {
    const again = read(changed);
    return again.errors.length === 0 && isDeepStrictEqual(settingsOf(again), wanted);
  };
  const least = [...replacements(text, edit, document), ...insertions(text, edit, document)].find(isRight);
  if (least !== undefined) return least;
  try {
    if (edit.value === undefined) document.deleteIn(edit.path);
    else document.setIn(edit.path, document.createNode(edit.value));
  } catch (error) {
    throw byHand(edit.path, `${error instanceof Error ? error.message : String(error)}.`);
  }
  const changed = document.toString(writing);
  // An anchor has its value in other places too.
  if (!isRight(changed)) throw byHand(edit.path, 'other settings would change with it, by an anchor or an alias.');
  return changed;
};

const indentOf = (text: string): string => /^[{[][^\S\n]*\r?\n([ \t]+)/.exec(text.trimStart())?.[1] ?? '  ';

const editJson = (text: string, edit: Edit): string => {
  const wanted = withValue(JSON.parse(text), edit.path, edit.value);
  const isRight = (changed: string): boolean => {
    try {
      return isDeepStrictEqual(JSON.parse(changed), wanted);
    } catch {
      return false;
    }
  };
  const document = parseDocument(text);
  const least = document.errors.length > 0 ? undefined : replacements(text, edit, document).find(isRight);
  return least ?? `${JSON.stringify(wanted, undefined, indentOf(text))}${text.endsWith('\n') ? '\n' : ''}`;
};

/**
 * The text of a configuration file with one setting changed: comments, order and everything else stay. The text must be
 * valid, and a leading byte order mark removed. Throws `CLI_SETTING_INVALID` where the path does not fit what is there.
 */
export const editConfig = (text: string, format: 'yaml' | 'json', edit: Edit): string =>
  format === 'json' ? editJson(text, edit) : editYaml(text, edit);
