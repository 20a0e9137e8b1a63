import type { Command, FlagSpec } from './command.ts';
import { styleText } from './node-util.ts';

const flagTerm = (name: string, flag: FlagSpec): string => {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value = flag.type === 'boolean' ? '' : ` <${flag.value ?? (flag.type === 'number' ? 'number' : 'text')}>`;
  return `${short}--${name}${value}`;
};

/** The help of one command. `bold` marks headings where the terminal can. */
export const renderHelp = (command: Command, bold = (text: string): string => styleText('bold', text)): string => {
  const { name, summary, argument, description, flags, examples } = command;
  const all: Readonly<Record<string, FlagSpec>> = {
    ...flags,
    help: { type: 'boolean', short: 'h', description: 'Show this help' },
  };
  const terms = Object.entries(all).map(([flag, spec]) => [flagTerm(flag, spec), spec.description] as const);
  const width = Math.max(...terms.map(([term]) => term.length)) + 2;
  const sections = [
    `hotpath ${name}: ${summary}`,
    ...(description === undefined ? [] : [description]),
    `${bold('Usage')}\n  hotpath ${name} [options]${argument === undefined ? '' : ` ${argument}`}`,
    `${bold('Options')}\n${terms.map(([term, text]) => `  ${term.padEnd(width)}${text}`).join('\n')}`,
    `${bold('Examples')}\n${examples.map((example) => `  ${example}`).join('\n')}`,
  ];
  return `${sections.join('\n\n')}\n`;
};
