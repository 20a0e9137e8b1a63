import type { CatalogueEntry, Command, FlagSpec } from './command.ts';
import type { CommandGroup } from './command-groups.ts';
import { allFlags } from './common-flags.ts';
import { styleText } from './node-util.ts';
import { wrapCommand, wrapLine, wrapProse, wrapTable } from './wrap.ts';

export interface HelpOptions {
  /** How wide a line may be. */
  readonly columns: number;
  /** Marks headings. @default bold where standard output can */
  readonly bold?: (text: string) => string;
}

const flagTerm = (name: string, flag: FlagSpec): string => {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value = flag.type === 'boolean' ? '' : ` <${flag.value ?? (flag.type === 'number' ? 'number' : 'text')}>`;
  return `${short}--${name}${value}`;
};

const inBold = (text: string): string => styleText('bold', text);

const examplesIn = (lines: readonly string[], columns: number): string =>
  lines.map((line) => wrapCommand(line, columns)).join('\n');

/** The help of one command. */
export const renderHelp = (command: Command, { columns, bold = inBold }: HelpOptions): string => {
  const { name, summary, argument, description, flags, examples } = command;
  const terms = Object.entries(allFlags(flags)).map(
    ([flag, spec]) => [flagTerm(flag, spec), spec.description] as const,
  );
  const sections = [
    wrapLine(`hotpath ${name}: ${summary}`, columns),
    ...(description === undefined ? [] : [wrapProse(description, columns)]),
    `${bold('Usage')}\n${wrapLine(`  hotpath ${name} [options]${argument === undefined ? '' : ` ${argument}`}`, columns)}`,
    `${bold('Options')}\n${wrapTable(terms, columns)}`,
    `${bold('Examples')}\n${examplesIn(examples, columns)}`,
  ];
  return `${sections.join('\n\n')}\n`;
};

/** The help of the commands that share a first word: one line each. */
export const renderGroupHelp = (
  { name, summary, examples }: CommandGroup,
  commands: readonly Pick<CatalogueEntry, 'name' | 'summary'>[],
  { columns, bold = inBold }: HelpOptions,
): string => {
  const members = commands.filter((entry) => entry.name.startsWith(`${name} `));
  const rows = members.map((entry) => [entry.name, entry.summary] as const);
  const sections = [
    wrapLine(`hotpath ${name}: ${summary}`, columns),
    `${bold('Usage')}\n  hotpath ${name} <command> [options]`,
    `${bold('Commands')}\n${wrapTable(rows, columns)}`,
    `${bold('Options')}\n${wrapTable([['-h, --help', 'Show this help, or that of a command']], columns)}`,
    `${bold('Examples')}\n${examplesIn(examples, columns)}`,
  ];
  return `${sections.join('\n\n')}\n`;
};
