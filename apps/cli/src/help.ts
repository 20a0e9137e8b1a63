import type { CatalogueEntry, Command, FlagSpec } from './command.ts';
import type { CommandGroup } from './command-groups.ts';
import { allFlags } from './common-flags.ts';
import { styleText } from './node-util.ts';

const flagTerm = (name: string, flag: FlagSpec): string => {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value = flag.type === 'boolean' ? '' : ` <${flag.value ?? (flag.type === 'number' ? 'number' : 'text')}>`;
  return `${short}--${name}${value}`;
};

const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([term]) => term.length)) + 2;
  return rows.map(([term, text]) => `  ${term.padEnd(width)}${text}`).join('\n');
};

const indent = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');

const inBold = (text: string): string => styleText('bold', text);

/** The help of one command. `bold` marks headings where the terminal can. */
export const renderHelp = (command: Command, bold = inBold): string => {
  const { name, summary, argument, description, flags, examples } = command;
  const terms = Object.entries(allFlags(flags)).map(
    ([flag, spec]) => [flagTerm(flag, spec), spec.description] as const,
  );
  const sections = [
    `hotpath ${name}: ${summary}`,
    ...(description === undefined ? [] : [description]),
    `${bold('Usage')}\n  hotpath ${name} [options]${argument === undefined ? '' : ` ${argument}`}`,
    `${bold('Options')}\n${table(terms)}`,
    `${bold('Examples')}\n${indent(examples)}`,
  ];
  return `${sections.join('\n\n')}\n`;
};

/** The help of the commands that share a first word: one line each. */
export const renderGroupHelp = (
  { name, summary, examples }: CommandGroup,
  catalogue: readonly CatalogueEntry[],
  bold = inBold,
): string => {
  const members = catalogue.filter((entry) => entry.name.startsWith(`${name} `));
  const sections = [
    `hotpath ${name}: ${summary}`,
    `${bold('Usage')}\n  hotpath ${name} <command> [options]`,
    `${bold('Commands')}\n${table(members.map((entry) => [entry.name, entry.summary]))}`,
    `${bold('Options')}\n${table([['-h, --help', 'Show this help, or that of a command']])}`,
    `${bold('Examples')}\n${indent(examples)}`,
  ];
  return `${sections.join('\n\n')}\n`;
};
