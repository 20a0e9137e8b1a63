import { dirname, join } from 'node:path';
import { confidenceOf, nearest } from '../names/distance.ts';
import { quoteLike, type SimpleCommand, type Word } from './command-line.ts';
import type { Draft } from './failure.ts';
import { folderOf, mentions, operands, pathOf, rewrite, type Scene, type ShellRule, swap } from './scene.ts';
import type { CorrectorWorld } from './world.ts';

interface Refs {
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  readonly remotes: readonly string[];
  readonly tracking: readonly string[];
}

const below = async (world: CorrectorWorld, folder: string, prefix = '', depth = 0): Promise<string[]> => {
  if (depth > 4) return [];
  const names: string[] = [];
  for (const { name, kind } of await world.list(join(folder, prefix))) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (kind === 'folder') names.push(...(await below(world, folder, path, depth + 1)));
    else names.push(path);
  }
  return names;
};

const gitFolder = async (world: CorrectorWorld, from: string): Promise<string | undefined> => {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, '.git');
    const kind = await world.kind(found);
    if (kind === 'folder') return found;
    // A worktree or a submodule: the file says where the repository is, and a worktree shares the refs of another.
    const link = kind === 'file' ? /^gitdir: (.+)$/m.exec((await world.read(found, 4096)) ?? '')?.[1] : undefined;
    if (link) return join(link.startsWith('/') ? '/' : folder, link).replace(/\/worktrees\/[^/]+$/, '');
    if (dirname(folder) === folder) return undefined;
  }
};

/** Branches, tags and remotes, read from the files of the repository. */
const readRefs = async (world: CorrectorWorld, from: string): Promise<Refs | undefined> => {
  const git = await gitFolder(world, from);
  if (git === undefined) return undefined;
  const packed = [...((await world.read(join(git, 'packed-refs'), 1 << 20)) ?? '').matchAll(/ refs\/(\S+)$/gm)].map(
    (match) => match[1] as string,
  );
  const of = async (kind: string): Promise<string[]> => [
    ...(await below(world, join(git, 'refs', kind))),
    ...packed.filter((ref) => ref.startsWith(`${kind}/`)).map((ref) => ref.slice(kind.length + 1)),
  ];
  const config = (await world.read(join(git, 'config'), 64 * 1024)) ?? '';
  return {
    branches: await of('heads'),
    tags: await of('tags'),
    tracking: await of('remotes'),
    remotes: [...config.matchAll(/^\[remote "(.+)"\]/gm)].map((match) => match[1] as string),
  };
};

const unknownRef =
  /did not match any|invalid reference|not something we can merge|ambiguous argument|bad revision|unknown revision|needed a single revision|couldn't find remote ref|does not appear to be a git repository|no such remote|not a valid (?:object|ref|commit|branch)|invalid upstream|malformed object name|not a commit|no such ref|not found|unknown commit|does not point/i;

const defaults = ['main', 'master', 'trunk', 'develop'];
const takesRemote = new Set(['fetch', 'pull', 'push', 'remote', 'ls-remote']);

/** One end of a range, or a ref before `~1` and `:path`. */
const partsOf = (value: string): { readonly text: string; readonly at: number }[] =>
  [...value.matchAll(/[^~^:@{}\s]+?(?=\.{2,3}|[~^:@]|$)/g)]
    .map((match) => ({
      text: match[0].replace(/^\.{2,3}/, ''),
      at: match.index + (/^\.{2,3}/.exec(match[0])?.[0].length ?? 0),
    }))
    .filter(({ text }) => text !== '');

const candidatesFor = (command: SimpleCommand, word: Word, refs: Refs): readonly string[] => {
  const [verb, second] = operands(command).map(({ value }) => value);
  const isRemote = takesRemote.has(verb ?? '') && (word.value === second || verb === 'remote');
  return isRemote ? refs.remotes : ['HEAD', ...refs.branches, ...refs.tags, ...refs.tracking];
};

const refDrafts = (scene: Scene, command: SimpleCommand, word: Word, refs: Refs): Draft[] => {
  const candidates = candidatesFor(command, word, refs);
  const drafts: Draft[] = [];
  for (const { text, at } of partsOf(word.value)) {
    if (candidates.includes(text) || !(mentions(scene.said, text) || /single revision/.test(scene.said))) continue;
    const put = (value: string, confidence: number): number =>
      drafts.push(
        rewrite(
          scene,
          'git-ref',
          [swap(word, quoteLike(word, word.value.slice(0, at) + value + word.value.slice(at + text.length)))],
          `there is no ${text}, but ${value}`,
          confidence,
        ),
      );
    const trunk = defaults.filter((name) => refs.branches.includes(name));
    if (defaults.includes(text) && trunk.length === 1) put(trunk[0] as string, 0.9);
    for (const near of nearest(text, candidates).slice(0, 3)) put(near.value, confidenceOf(0.93, near));
  }
  return drafts;
};

/** Branches, tags and remotes that git does not know. */
export const gitRefs: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    if (command.name.value !== 'git' || command.nested) continue;
    const at = command.arguments.findIndex(({ value }) => value === '-C');
    const folder =
      at >= 0 ? pathOf(scene.failure.cwd, command, command.arguments[at + 1]?.value ?? '.') : folderOf(scene, command);
    const exists = /a branch named '(.+)' already exists/i.exec(scene.said)?.[1];
    const create = command.arguments.findIndex(({ value }) => value === '-b' || value === '-c' || value === '-B');
    const [verb, named] = operands(command);
    if (
      exists !== undefined &&
      verb?.value === 'branch' &&
      named?.value === exists &&
      !command.arguments.some(({ value }) => value.startsWith('-'))
    )
      drafts.push(rewrite(scene, 'git-ref', [swap(verb, 'checkout')], `the branch ${exists} is there already`, 0.72));
    if (exists !== undefined && create >= 0 && command.arguments[create + 1]?.value === exists) {
      const flag = command.arguments[create] as Word;
      drafts.push(
        rewrite(
          scene,
          'git-ref',
          [{ start: flag.start, end: (command.arguments[create + 1] as Word).start, text: '' }],
          `the branch ${exists} is there already`,
          0.85,
        ),
      );
    }
    if (!unknownRef.test(scene.said)) continue;
    const refs = await readRefs(scene.world, folder);
    if (!refs) continue;
    for (const word of operands(command).slice(1)) drafts.push(...refDrafts(scene, command, word, refs));
  }
  return drafts;
};
