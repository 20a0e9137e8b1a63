import { isAbsolute, normalize, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type CommandLine, type SimpleCommand, type Splice, splice, type Word } from './command-line.ts';
import type { Draft, ShellFailure } from './failure.ts';
import type { CorrectorWorld } from './world.ts';

/** What the rules for command lines look at. */
export interface Scene {
  readonly failure: ShellFailure;
  readonly line: CommandLine;
  /** What was said, errors first, without colours; the last 64 KB of it. */
  readonly said: string;
  readonly world: CorrectorWorld;
  readonly signal: AbortSignal | undefined;
}

/** One mechanism. It returns nothing when the failure is not of its kind. */
export type ShellRule = (scene: Scene) => Promise<readonly Draft[]>;

const maxSaid = 64 * 1024;
const tail = (text: string | undefined): string => (text ?? '').slice(-maxSaid);

/** The words of a tool, as a rule can search them: terminal codes and carriage returns are gone. */
export const saidBy = (failure: ShellFailure): string =>
  stripVTControlCharacters(`${tail(failure.stderr)}\n${tail(failure.stdout)}`).replaceAll('\r', '');

/** What the exit codes of a tool mean, where its line asks it to say nothing (curl's manual, EXIT CODES). */
const exitCodes: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  curl: {
    1: 'unsupported protocol',
    2: 'unknown option',
    3: 'invalid URL',
    23: 'failure writing output: cannot open',
    26: 'cannot open',
    37: 'could not open file',
  },
};

/** The words that a silent tool's exit code stands for, with those of the line, which are all that it can be about. */
export const saidByExitCode = (failure: ShellFailure, line: CommandLine): string => {
  const last = line.commands.at(-1);
  const meaning = last && failure.exitCode !== undefined ? exitCodes[last.name.value]?.[failure.exitCode] : undefined;
  return meaning && last
    ? `${last.name.value}: ${meaning}: ${last.arguments.map(({ value }) => `'${value}'`).join(' ')}`
    : '';
};

/** An absolute path for what a command calls by this name. */
export const pathOf = (cwd: string, command: SimpleCommand, path: string): string =>
  isAbsolute(path) ? normalize(path) : resolve(cwd, command.folder, path);

/** What stands at a path that a command names; `undefined`: nothing. */
export const kindAt = (scene: Scene, command: SimpleCommand, path: string): Promise<'file' | 'folder' | undefined> =>
  scene.world.kind(pathOf(scene.failure.cwd, command, path));

/** The folder that a command runs in. */
export const folderOf = (scene: Scene, command: SimpleCommand): string => pathOf(scene.failure.cwd, command, '.');

export const rewrite = (
  scene: Scene,
  rule: string,
  pieces: readonly Splice[],
  reason: string,
  confidence: number,
): Draft => ({ rule, change: { line: splice(scene.line.text, pieces).trim() }, reason, confidence });

export const swap = (word: Word, text: string): Splice => ({ start: word.start, end: word.end, text });
export const insertAfter = (word: Word, text: string): Splice => ({ start: word.end, end: word.end, text: ` ${text}` });
export const insertBefore = (place: { start: number }, text: string): Splice => ({
  start: place.start,
  end: place.start,
  text: `${text} `,
});

/** Takes a word away with the blank before it. */
export const remove = (line: CommandLine, word: Word): Splice => {
  let start = word.start;
  while (start > 0 && line.text[start - 1] === ' ') start--;
  return { start, end: word.end, text: '' };
};

const wordCharacter = /[\w-]/;

/** Whether a text holds this token, not as a part of a longer one. */
export const mentions = (text: string, token: string): boolean => {
  if (token === '') return false;
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    const before = text[at - 1];
    const after = text[at + token.length];
    const edge = (character: string | undefined, own: string | undefined): boolean =>
      character === undefined || !wordCharacter.test(character) || !wordCharacter.test(own ?? '');
    if (edge(before, token[0]) && edge(after, token.at(-1))) return true;
  }
  return false;
};

/** Interpreters speak of their programs, not of their arguments: a traceback is the program's own fault. */
export const isOwnFault = (scene: Scene, command: SimpleCommand): boolean =>
  /^(?:python[\d.]*|node|ruby|perl|php|lua[\d.]*|deno|bun)$/.test(command.name.value) &&
  /^Traceback|^\s+at .+:\d+:\d+\)?$|throw new|Uncaught Error|Stack trace|stack traceback/m.test(scene.said) &&
  !/_FailedTest/.test(scene.said) &&
  operands(command).length > 0;

/** Arguments that are no flags, in order. */
export const operands = (command: SimpleCommand): readonly Word[] =>
  command.arguments.filter((word) => !word.value.startsWith('-') || word.value === '-');
