import { basename, dirname } from 'node:path';
import { quoteLike, type SimpleCommand, type Splice, type Word } from './command-line.ts';
import type { Draft } from './failure.ts';
import { type NearPath, nearPaths } from './near-path.ts';
import { outputs } from './preparations.ts';
import {
  folderOf,
  isOwnFault,
  kindAt,
  mentions,
  operands,
  rewrite,
  type Scene,
  type ShellRule,
  swap,
} from './scene.ts';

/** Ways in which tools say that something is not there. */
const missing =
  /no such file|cannot open|can't open|can't read|could not open|unable to open|cannot access|cannot stat|cannot find|can't find|could not find|cannot load|could not read|couldn't (?:open|read|find)|not found|does not exist|doesn't exist|did not match any|can't cd|no such path|failed to (?:open|load|read)|invalid path|not (?:a|an existing) (?:file|directory)|nonexistent|is not (?:a|an existing) directory|pathspec|cannot (?:be )?(?:read|loaded)/i;

interface Suspect {
  readonly command: SimpleCommand;
  readonly word: Word;
  /** The part of the word that is a path, and what stands around it. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const suspectIn = (command: SimpleCommand, word: Word): Suspect => {
  const { value } = word;
  const option = /^(--?[\w-]+=)(.+)$/s.exec(value) ?? /^(-[IL])(.+)$/s.exec(value);
  const url = /^(file:\/\/(?:\$\{?PWD\}?\/)?)(.+)$/s.exec(value);
  const test = /^()(.+?)(::.+)$/s.exec(value);
  const revision = /^(HEAD:|[\w/]+:)([^/].*)$/s.exec(value);
  const parts = option ?? url ?? test ?? (command.name.value === 'git' ? revision : null);
  return { command, word, before: parts?.[1] ?? '', path: parts?.[2] ?? value, after: parts?.[3] ?? '' };
};

/** Every word that could be a path. */
const suspectsOf = (command: SimpleCommand): Suspect[] => {
  const words = [
    ...command.arguments,
    ...command.redirects
      .filter(({ operator }) => operator.startsWith('<') && operator !== '<<')
      .map(({ target }) => target),
  ];
  if (command.name.value.includes('/')) words.push(command.name);
  return words.flatMap((word) => {
    if (/^-{1,2}[\w-]*$/.test(word.value) || word.value === '') return [];
    return [suspectIn(command, word)];
  });
};

const isMentioned = (scene: Scene, suspect: Suspect): boolean =>
  [suspect.path, suspect.word.value, basename(suspect.path)].some((text) => mentions(scene.said, text));

const absentSuspects = async (scene: Scene): Promise<readonly Suspect[]> => {
  const absent: Suspect[] = [];
  for (const command of scene.line.commands) {
    if (command.nested) continue;
    for (const suspect of suspectsOf(command)) {
      // The shell ate the backslashes: with slashes the file may well be there.
      // Of a program that failed by itself only the program may have been missing.
      if (isOwnFault(scene, command) && suspect.word !== operands(command)[0]) continue;
      if (!isMentioned(scene, suspect) || suspect.word.text.includes('\\')) continue;
      if ((await kindAt(scene, command, suspect.path)) === undefined) absent.push(suspect);
    }
  }
  return absent;
};

/** What a command makes need not be there: only its folder may be called otherwise. */
const nearFor = async (scene: Scene, { command, path }: Suspect): Promise<readonly NearPath[]> => {
  const base = folderOf(scene, command);
  if (!outputs(command).some((output) => output.path === path)) return nearPaths(scene.world, base, path);
  const folder = path.endsWith('/') ? path.slice(0, -1) : dirname(path);
  if (folder === '.' || folder === '/') return nearPaths(scene.world, base, path);
  const near = (await nearPaths(scene.world, base, folder)).filter(({ kind }) => kind === 'folder');
  return near.map((found) => ({
    ...found,
    path: path.endsWith('/') ? `${found.path}/` : `${found.path}/${basename(path)}`,
  }));
};

const write = ({ word, before, after }: Suspect, path: string): Splice => {
  const value = before + path + after;
  return swap(word, quoteLike(word, value));
};

const confidence = (paths: readonly NearPath[], index: number): number => {
  const own = paths[index] as NearPath;
  const tied = paths.some((other, at) => at !== index && Math.abs(other.cost - own.cost) < 0.15) || index > 0;
  return tied ? 0.42 : 0.95 - 0.07 * own.cost;
};

/** `cat my notes.txt`: words that together name a file. */
const unquoted = async (scene: Scene, command: SimpleCommand): Promise<Draft | undefined> => {
  const words = command.arguments;
  for (let size = 2; size <= 4; size++)
    for (let at = 0; at + size <= words.length; at++) {
      const run = words.slice(at, at + size);
      const first = run[0] as Word;
      const last = run.at(-1) as Word;
      if (run.some(({ value }) => value.startsWith('-')) || !run.every(({ value }) => mentions(scene.said, value)))
        continue;
      const name = scene.line.text.slice(first.start, last.end);
      if ((await kindAt(scene, command, name)) === undefined) continue;
      return rewrite(
        scene,
        'path-quotes',
        [{ start: first.start, end: last.end, text: `'${name}'` }],
        `${name} is one file: it needs quotes`,
        0.95,
      );
    }
  return undefined;
};

/** `cat src\index.ts`: separators of another system, which the shell has taken away. */
const backslashes = async (scene: Scene): Promise<readonly Draft[]> => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands)
    for (const { word } of suspectsOf(command)) {
      if (!word.text.includes('\\') || /\s/.test(word.value)) continue;
      const path = word.text.replaceAll(/\\+/g, '/');
      const there = (await kindAt(scene, command, path)) !== undefined;
      const known = there ? path : (await nearPaths(scene.world, folderOf(scene, command), path))[0]?.path;
      if (known !== undefined)
        drafts.push(
          rewrite(scene, 'path-separator', [swap(word, known)], 'a shell reads slashes', there ? 0.95 : 0.75),
        );
    }
  return drafts;
};

/** Paths that are not there, while something near them is. */
export const paths: ShellRule = async (scene) => {
  if (!missing.test(scene.said)) return [];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    const joined = command.nested ? undefined : await unquoted(scene, command);
    if (joined) drafts.push(joined);
  }
  drafts.push(...(await backslashes(scene)));
  if (drafts.length > 0) return drafts;
  const suspects = await absentSuspects(scene);
  const found = await Promise.all(
    suspects.map(async (suspect) => ({
      suspect,
      near: await nearFor(scene, suspect),
    })),
  );
  const mended = found.filter(({ near }) => near.length > 0);
  // All that are missing are mended at once, or the next run fails on the next.
  if (mended.length > 1)
    drafts.push(
      rewrite(
        scene,
        'path',
        mended.map(({ suspect, near }) => write(suspect, near[0]?.path as string)),
        mended.map(({ suspect, near }) => `${suspect.path} is ${near[0]?.path}`).join(', '),
        Math.min(...mended.map(({ near }) => confidence(near, 0))),
      ),
    );
  for (const { suspect, near } of mended)
    for (const [index, option] of near.slice(0, 3).entries())
      drafts.push(
        rewrite(
          scene,
          'path',
          [write(suspect, option.path)],
          `there is no ${suspect.path}, but ${option.path}: ${option.reason}`,
          confidence(near, index) - (mended.length > 1 ? 0.2 : 0),
        ),
      );
  return drafts;
};
