import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError, usageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { parseTemplate, type Template, templateInvalid } from './template.ts';

/** Where a template is. */
export interface TemplateFile {
  readonly name: string;
  readonly file: string;
  readonly source: 'project' | 'user';
}

export interface TemplateFolders {
  /** `.hotpath/templates` of the working folder. */
  readonly project: string;
  readonly user: string;
}

const fileName = /^(.+)\.(?:yaml|yml|md)$/i;
const nameRule = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

export const templateFolders = async (folder = '.'): Promise<TemplateFolders> => {
  const { findFolders } = await import('@hotpath/runtime');
  return { project: resolve(folder, '.hotpath', 'templates'), user: join(findFolders().config, 'templates') };
};

/** A name is no path: nothing outside of the two folders is reached by it. Throws `CLI_USAGE`. */
export const checkTemplateName = (name: string, command: string): string => {
  if (nameRule.test(name)) return name;
  throw usageError(`"${name}" is no name of a template: use letters, digits, ".", "_" and "-".`, command);
};

const filesIn = (folder: string, source: TemplateFile['source']): readonly TemplateFile[] => {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return [];
  }
  return entries
    .flatMap((entry): readonly TemplateFile[] => {
      const [, name] = fileName.exec(entry) ?? [];
      return name === undefined || !nameRule.test(name) ? [] : [{ name, file: join(folder, entry), source }];
    })
    .sort((one, other) => (one.file < other.file ? -1 : 1));
};

/** All templates by name; the project's go before the user's, and hide those of the same name. */
export const listTemplates = ({ project, user }: TemplateFolders): readonly TemplateFile[] => {
  const byName = new Map<string, TemplateFile>();
  for (const found of [...filesIn(project, 'project'), ...filesIn(user, 'user')]) {
    const known = byName.get(found.name);
    if (known?.source === found.source)
      throw templateInvalid(found.file, `${known.file} has the same name. Keep one of the two.`);
    if (!known) byName.set(found.name, found);
  }
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
};

/** Throws `CLI_TEMPLATE_MISSING` with the nearest name. */
export const findTemplate = (folders: TemplateFolders, name: string): TemplateFile => {
  const all = listTemplates(folders);
  const found = all.find((template) => template.name === name);
  if (found) return found;
  const names = all.map((template) => template.name);
  const meant = nearest(name, names);
  const hint =
    meant === undefined
      ? names.length > 0
        ? `There are ${names.join(', ')}.`
        : `There are none yet: hotpath templates edit ${nameRule.test(name) ? name : '<name>'}`
      : `Did you mean "${meant}"?`;
  throw new CliError('CLI_TEMPLATE_MISSING', `there is no template "${name}". ${hint}`, 2);
};

export const readTemplate = async ({ name, file }: TemplateFile): Promise<Template> => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw templateInvalid(file, `it cannot be read (${(error as Error).message}).`);
  }
  return parseTemplate(name, file, text);
};
