import { confidenceOf, nearest } from '../names/distance.ts';
import type { SimpleCommand, Word } from './command-line.ts';
import { dialects } from './dialects.ts';
import type { Draft } from './failure.ts';
import { askHelp } from './help.ts';
import { insertBefore, mentions, operands, remove, rewrite, type Scene, type ShellRule, swap } from './scene.ts';
import { flagsIn, hintsFor, unknownOptions } from './tool-words.ts';
import { flagsOf, withSubcommands } from './vocabulary.ts';

const bare = (flag: string): string => flag.replace(/^-+/, '').replace(/=.*$/s, '');

/** The flag as typed, without its value. */
const flagOf = (word: Word): string => /^[^=]+/.exec(word.value)?.[0] ?? word.value;

const refused = (word: Word, unknown: readonly string[]): boolean => {
  if (!word.value.startsWith('-') || word.value.length < 2) return false;
  // `unknown shorthand flag: 'e' in -ersion`: what stands before was read as a flag of its own.
  const rest = (said: string): boolean =>
    /^-[^-]{3}/.test(said) && /^-[^-]/.test(word.value) && word.value.endsWith(said.slice(1));
  return unknown.some(
    (said) =>
      rest(said) ||
      bare(said) === bare(word.value) ||
      (said.startsWith('-') && word.value.replace(/^-/, '') === said.slice(1)),
  );
};

const knownFlags = async (scene: Scene, command: SimpleCommand, refusedFlag: string): Promise<readonly string[]> => {
  const own = withSubcommands[command.name.value] ? operands(command).slice(0, 2) : operands(command).slice(0, 1);
  const isScript = /^(?:python\d?|ruby|perl|php|node)$/.test(command.name.value);
  const prior = withSubcommands[command.name.value] ? own.slice(0, 2).map(({ value }) => value) : [];
  // An interpreter's own flags are not those of the program that it runs.
  const itself = new RegExp(`^(?:\\S*/)?${command.name.value}: `, 'm').test(scene.said);
  const help = isScript && own.length > 0 && !itself ? '' : await askHelp(scene, command, prior);
  // The tool repeats what it refuses: that is no flag of its own.
  const said = flagsIn(scene.said).filter((flag) => flag !== refusedFlag);
  return [...said, ...flagsIn(help), ...(flagsOf[command.name.value] ?? [])];
};

const flagDrafts = async (scene: Scene, command: SimpleCommand, word: Word): Promise<readonly Draft[]> => {
  const flag = flagOf(word);
  const rest = word.text.slice(flag.length);
  const name = bare(flag);
  const make = (text: string, reason: string, confidence: number): Draft =>
    rewrite(scene, 'flag', [swap(word, text)], reason, confidence);
  const drafts: Draft[] = [];
  for (const hint of hintsFor(scene.said, word.value)
    .filter((hint) => hint.startsWith('-') || !/did you mean `?-/.test(scene.said))
    .slice(0, 2))
    if (bare(hint) !== name || rest !== '')
      drafts.push(
        make(
          hint.startsWith('-')
            ? hint + (hint.includes('=') ? '' : rest)
            : flag.slice(0, flag.length - name.length) + hint + rest,
          'the tool proposes it',
          0.96,
        ),
      );
  const known = (await knownFlags(scene, command, flag)).filter((other) => other !== word.value);
  const exact = known.filter((other) => bare(other) === name && bare(other).length > 1);
  if (rest.startsWith('=') && exact.includes(flag))
    drafts.push(make(`${flag} ${rest.slice(1)}`, `${flag} takes its value as a word of its own`, 0.9));
  const dashes = exact.find((other) => other !== flag);
  if (dashes) drafts.push(make(dashes + rest, `the flag is ${dashes}`, 0.93));
  if (name.length < 3) return drafts;
  const byName = new Map<string, string>();
  for (const other of known)
    if (other !== flag && bare(other).length > 2 && (!byName.has(bare(other)) || other.startsWith('--')))
      byName.set(bare(other), other);
  for (const near of nearest(name, byName.keys()).slice(0, 3))
    drafts.push(
      make(
        `${byName.get(near.value)}${rest}`,
        `${flag} is unknown, ${byName.get(near.value)} is not`,
        confidenceOf(0.92, near),
      ),
    );
  return drafts;
};

/** Flags that a tool refuses: its own hint, then the flags in its usage and help. */
export const flags: ShellRule = async (scene) => {
  // `did you mean --amend (with two dashes?)`: what it is to be instead of is not said.
  const hinted = /did you mean/i.test(scene.said) ? flagsIn(scene.said).map((flag) => flag.replace(/^-+/, '-')) : [];
  const unknown = [...unknownOptions(scene.said), ...hinted];
  if (/is ambiguous/.test(scene.said)) return [];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands)
    for (const word of command.arguments) {
      // Some tools refuse with no more than their usage.
      const silent = word.value.startsWith('--') && /incorrect param|usage:/i.test(scene.said) && unknown.length === 0;
      if (refused(word, unknown) || silent) drafts.push(...(await flagDrafts(scene, command, word)));
    }
  return drafts;
};

/** `–l`, `—lines`: dashes that a word processor made. */
export const typographicDashes: ShellRule = async (scene) => {
  const pieces = scene.line.commands.flatMap((command) =>
    command.arguments
      .filter((word) => /^[–—−]/.test(word.text))
      .map((word) => swap(word, word.text.replace(/^[–—−]+/, /^[–—−]+\w(?!\w)/.test(word.text) ? '-' : '--'))),
  );
  return pieces.length === 0 ? [] : [rewrite(scene, 'flag-form', pieces, 'flags begin with a hyphen', 0.94)];
};

/** `wc - l`, `head -n=1`, `tar -cfz out.tgz`, `find -name x .`: the right flags, written wrongly. */
export const flagForms: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands)
    for (const [index, word] of command.arguments.entries()) {
      const next = command.arguments[index + 1];
      if (word.value === '-' && next && /^[A-Za-z]{1,4}$/.test(next.value) && mentions(scene.said, next.value))
        drafts.push(
          rewrite(
            scene,
            'flag-form',
            [{ start: word.start, end: next.end, text: `-${next.text}` }],
            'a blank too many',
            0.9,
          ),
        );
      const value = /^(-[A-Za-z])=(.+)$/.exec(word.text);
      if (value && mentions(scene.said, `=${value[2]}`))
        drafts.push(
          rewrite(scene, 'flag-form', [swap(word, `${value[1]} ${value[2]}`)], 'a short flag takes no =', 0.92),
        );
      if (/used after filename|must come before non-option/.test(scene.said) && mentions(scene.said, word.value)) {
        const first = operands(command)[command.name.value in withSubcommands ? 1 : 0];
        if (word.value.startsWith('-') && first && first.start < word.start)
          drafts.push(
            rewrite(
              scene,
              'flag-form',
              [remove(scene.line, word), insertBefore(first, word.text)],
              'flags come before the rest',
              0.94,
            ),
          );
      }
      const bundle = /^-?([A-Za-z]*)f([A-Za-z]+)$/.exec(word.value);
      if (command.name.value === 'tar' && index === 0 && bundle && next)
        drafts.push(
          rewrite(scene, 'flag-form', [swap(word, `-${bundle[1]}${bundle[2]}f`)], 'f takes the word that follows', 0.9),
        );
      if (
        command.name.value === 'find' &&
        index > 0 &&
        /paths must precede/.test(scene.said) &&
        !word.value.startsWith('-') &&
        mentions(scene.said, word.value) &&
        command.arguments[index - 2]?.value.startsWith('-')
      )
        drafts.push(
          rewrite(
            scene,
            'flag-form',
            [remove(scene.line, word), { start: command.name.end, end: command.name.end, text: ` ${word.text}` }],
            'find wants the folder first',
            0.9,
          ),
        );
    }
  return drafts;
};

/** Flags of BSD and macOS tools on a system with GNU tools. */
export const flagDialects: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands)
    for (const dialect of dialects) {
      if (dialect.tool !== command.name.value) continue;
      const text = scene.line.text.slice(command.name.start, command.end);
      if (!dialect.written.test(text) || !mentions(scene.said, dialect.tool)) continue;
      drafts.push(
        rewrite(
          scene,
          'dialect',
          [{ start: command.name.start, end: command.end, text: text.replace(dialect.written, dialect.meant) }],
          `that is how ${dialect.tool} is called on another system`,
          0.93,
        ),
      );
    }
  return drafts;
};
