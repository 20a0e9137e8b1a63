import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// As apps/cli/src/command.ts has them: what the reference shows of a command.
interface Flag {
  readonly type: string;
  readonly short?: string;
  readonly value?: string;
  readonly description: string;
}

interface Command {
  readonly name: string;
  readonly summary: string;
  readonly argument?: string;
  readonly description?: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
}

interface Entry {
  readonly name: string;
  load(): Promise<Command>;
}

const table = 'apps/cli/src/catalogue.ts';
const common = 'apps/cli/src/common-flags.ts';

// In a table of Markdown, a bar ends the cell.
const cell = (text: string): string =>
  text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;').replaceAll('\n', ' ');
const code = (text: string): string => `\`${text.replaceAll('|', String.raw`\|`)}\``;

const placeholderOf = ({ type, value }: Flag): string =>
  type === 'boolean' ? '' : ` <${value ?? (type === 'number' ? 'number' : 'text')}>`;

const flagRow = ([name, flag]: readonly [string, Flag]): string => {
  const short = flag.short === undefined ? '' : `${code(`-${flag.short}`)}, `;
  const often = flag.type === 'strings' && !/repeat/.test(flag.description) ? '; may be repeated' : '';
  return `| ${short}${code(`--${name}${placeholderOf(flag)}`)} | ${cell(flag.description)}${often} |`;
};

const flagTable = (flags: Readonly<Record<string, Flag>>): readonly string[] =>
  Object.keys(flags).length === 0
    ? []
    : [['| option | |', '|---|---|', ...Object.entries(flags).map(flagRow)].join('\n')];

const section = ({ name, summary, argument, description, flags, examples }: Command): string =>
  [
    `## hotpath ${name}`,
    `${summary}.`,
    `\`\`\`sh\nhotpath ${name} [options]${argument === undefined ? '' : ` ${argument}`}\n\`\`\``,
    ...(description === undefined ? [] : [`\`\`\`text\n${description}\n\`\`\``]),
    ...flagTable(flags),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
  ].join('\n\n');

/**
 * Reads the table of commands and gives what renders it, for a marker `commands: apps/cli/src/catalogue.ts`: a section for
 * each command, with the flags of all of them at the top. Where there is no such table, the marker is a mistake.
 */
export const readCommands = async (root: string): Promise<(root: string, path: string) => string> => {
  const load = (path: string) => import(pathToFileURL(join(root, path)).href);
  if (!existsSync(join(root, table))) {
    return (_, path) => {
      throw new Error(`${path} is missing: correct the marker, or add the file.`);
    };
  }
  const { catalogue } = (await load(table)) as { readonly catalogue: readonly Entry[] };
  const { allFlags } = (await load(common)) as {
    readonly allFlags: (own: Readonly<Record<string, Flag>>) => Readonly<Record<string, Flag>>;
  };
  const commands = await Promise.all(catalogue.map((entry) => entry.load()));
  return (_, path) => {
    if (path !== table) throw new Error(`${path} is no table of commands: write ${table}.`);
    return [`Every command takes:`, ...flagTable(allFlags({})), ...commands.map(section)].join('\n\n');
  };
};
