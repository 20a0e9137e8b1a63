import type { Command, FlagSpec } from '../command.ts';
import { commonFlags } from '../common-flags.ts';
import { withoutOwn } from '../help.ts';

/** What completion scripts are made from. */
export interface Material {
  readonly commands: readonly Command[];
  /** A file that names the models there are, one a line; it may be missing. */
  readonly modelsFile: string;
}

export const shells: readonly string[] = ['bash', 'zsh', 'fish', 'powershell'];

export const flagsOf = (command: Command): readonly (readonly [string, FlagSpec])[] => [
  ...Object.entries(command.flags),
  ...Object.entries(withoutOwn(commonFlags, command.flags)),
];

export const wordsOf = (command: Command): readonly string[] => flagsOf(command).map(([name]) => `--${name}`);

export const firstWords = (commands: readonly Command[]): readonly string[] =>
  [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name))].concat('help');

/** What may follow the first word of a command of two. */
export const secondWords = (commands: readonly Command[]): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [group = '', word] = name.split(' ');
    if (word !== undefined) groups.set(group, [...(groups.get(group) ?? []), word]);
  }
  return groups;
};

/** What the value of a flag can be completed with. */
export type ValueKind = 'models' | 'files' | 'anything' | readonly string[];

export const valueKindOf = ({ type, value = '' }: FlagSpec): ValueKind | undefined => {
  if (type === 'boolean') return undefined;
  if (value === 'provider/model') return 'models';
  if (value === 'file' || value === 'folder') return 'files';
  return /^\w+(\|\w+)+$/.test(value) ? value.split('|') : 'anything';
};

/** The spellings of the flags of a command, with what their values can be. */
export const valuedFlags = (command: Command): readonly (readonly [spellings: readonly string[], kind: ValueKind])[] =>
  flagsOf(command).flatMap(([name, spec]) => {
    const kind = valueKindOf(spec);
    const spellings = [`--${name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])];
    return kind === undefined ? [] : [[spellings, kind] as const];
  });
