import type { Command, FlagSpec } from '../command.ts';
import { allFlags } from '../common-flags.ts';
import { ownValue } from '../own-value.ts';

/** What completion scripts are made from. */
export interface Material {
  readonly commands: readonly Command[];
  /** A file that names the models there are, one a line; it may be missing. */
  readonly modelsFile: string;
  /** Paths of the settings that a configuration may hold. */
  readonly settings: readonly string[];
}

export const shells: readonly string[] = ['bash', 'zsh', 'fish', 'powershell'];

export const flagsOf = (command: Command): readonly (readonly [string, FlagSpec])[] =>
  Object.entries(allFlags(command.flags));

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

/** What is found out when somebody completes, and not when the script is made. */
export type Source = 'models' | 'settings' | 'templates' | 'conversations' | 'keys' | 'providers';

/**
 * What a word of the command line can be completed with: with what is known then, with models parted by commas, with the names
 * of files, with a command line of its own, with one of these words.
 */
export type ValueKind = Source | 'model-list' | 'files' | 'program' | 'anything' | readonly string[];

/** What a placeholder stands for, by itself or after the name of its flag or group. */
const meanings: Readonly<Record<string, ValueKind>> = {
  'provider/model': 'models',
  models: 'model-list',
  command: 'program',
  'config path': 'settings',
  'template name': 'templates',
  'templates name': 'templates',
  'conversation id': 'conversations',
  'conversations id': 'conversations',
  'providers id': 'providers',
  'keys name|id': 'keys',
};

const kindOf = (placeholder: string, contexts: readonly string[]): ValueKind => {
  for (const key of [...contexts.map((context) => `${context} ${placeholder}`), placeholder]) {
    const kind = ownValue(meanings, key);
    if (kind !== undefined) return kind;
  }
  if (/^(?:file|folder)\b/.test(placeholder)) return 'files';
  return /^\w+(?:\|\w+)+$/.test(placeholder) ? placeholder.split('|') : 'anything';
};

const groupOf = ({ name }: Command): string => name.split(' ')[0] ?? name;

/** The spellings of the flags of a command that want a value, with what their values can be. */
export const valuedFlags = (command: Command): readonly (readonly [spellings: readonly string[], kind: ValueKind])[] =>
  flagsOf(command).flatMap(([name, { type, short, value = '' }]) => {
    const spellings = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
    return type === 'boolean' ? [] : [[spellings, kindOf(value, [name, groupOf(command)])] as const];
  });

/** What the arguments of a command can be; undefined where it takes none. */
export const argumentKind = (command: Command): ValueKind | undefined => {
  const { argument } = command;
  if (argument === undefined) return undefined;
  const [placeholder = ''] = /\w(?:[\w/|]|\.\w)*/.exec(argument) ?? [];
  return kindOf(placeholder, [groupOf(command)]);
};

/** Whether a command takes any number of arguments. */
export const repeatsArgument = ({ argument = '' }: Command): boolean => /\.\.\.|…/.test(argument);
