import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldsInvalid } from '../errors/definition.ts';
import { editAmbiguous, editNotFound, fileMissing, fileNoText, fileUnreadable } from '../errors/files.ts';
import { BatchError } from '../errors.ts';
import type { FileChange } from '../files/file-change.ts';
import type { FileStep } from '../workflow/step.ts';

const isMissing = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === 'ENOENT';

/** As text, or not at all: what is no UTF-8 would not be the same when it is written again. */
const decode = (step: string, path: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fileNoText(step, path);
  }
};

/** Reads a file of the root as it stands; `undefined` where there is none. */
const readIfThere = async (step: string, root: string, path: string): Promise<string | undefined> => {
  try {
    return decode(step, path, await readFile(join(root, path)));
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (BatchError.isInstance(error)) throw error;
    throw fileUnreadable(step, path, error);
  }
};
const read = async (step: string, root: string, path: string): Promise<string> => {
  const text = await readIfThere(step, root, path);
  if (text === undefined) throw fileMissing(step, path);
  return text;
};

/** As Git counts them, so that an error can say where. */
const linesOf = (text: string, find: string): number[] => {
  const lines: number[] = [];
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + Math.max(find.length, 1)))
    lines.push(text.slice(0, at).split('\n').length);
  return lines;
};

const replaceIn = (step: string, text: string, { file, find = '', replace = '', all = false }: FileStep): string => {
  const lines = linesOf(text, find);
  if (find === '' || lines.length === 0) throw editNotFound(step, file, find);
  if (all) return text.replaceAll(find, () => replace);
  if (lines.length > 1) throw editAmbiguous(step, file, find, lines);
  return text.replace(find, () => replace);
};

const modeOf = (step: string, mode: string): number => {
  if (!/^0?[0-7]{3,4}$/.test(mode)) throw fieldsInvalid(step, 'mode', `"${mode}" is no octal mode, as "755"`);
  return Number.parseInt(mode, 8);
};

/** What the workspace of files is to do for a step of kind file. */
export const fileChanges = async (step: string, root: string, fields: FileStep): Promise<readonly FileChange[]> => {
  const { file: path, content, append, find, rename, link, mode } = fields;
  const ways = (['content', 'append', 'find', 'rename', 'delete', 'link', 'folder'] as const).filter(
    (way) => fields[way] !== undefined && fields[way] !== false,
  );
  if (ways.length > 1 || (ways.length === 0 && mode === undefined))
    throw fieldsInvalid(
      step,
      ways[1] ?? 'file',
      `a file is changed in one way, and this has ${ways.join(' and ') || 'none'}`,
    );
  const asMode = mode === undefined ? {} : { mode: modeOf(step, String(mode)) };
  const write = (text: string): FileChange => ({ type: 'write', path, content: text, ...asMode });
  switch (ways[0]) {
    case 'content':
      return [write(String(content))];
    case 'append':
      return [write(`${(await readIfThere(step, root, path)) ?? ''}${append}`)];
    case 'find':
      return [write(replaceIn(step, await read(step, root, path), { ...fields, find: String(find) }))];
    case 'rename':
      return [{ type: 'rename', path, to: String(rename) }];
    case 'delete':
      return [{ type: 'remove', path }];
    case 'link':
      return [{ type: 'link', path, target: String(link) }];
    case 'folder':
      return [{ type: 'folder', path, ...asMode }];
    default:
      return [{ type: 'mode', path, mode: modeOf(step, String(mode)) }];
  }
};
