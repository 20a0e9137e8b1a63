import { confidenceOf, type Near, nearest } from '../names/distance.ts';
import type { SimpleCommand, Word } from './command-line.ts';
import type { Draft } from './failure.ts';
import { askHelp } from './help.ts';
import { readScripts, readTargets } from './manifests.ts';
import { folderOf, mentions, operands, pathOf, rewrite, type Scene, type ShellRule, swap } from './scene.ts';
import { hintsFor, subcommandsIn, unknownOptions, unknownSubcommands } from './tool-words.ts';
import { nestedSubcommands, withSubcommands } from './vocabulary.ts';

/** The folder that `-C dir` or `--prefix dir` sends a command to. */
const sentTo = (scene: Scene, command: SimpleCommand): string => {
  for (const [index, word] of command.arguments.entries()) {
    const joined = /^(?:--directory=|--prefix=|-C)(.+)$/.exec(word.value)?.[1];
    if (joined) return pathOf(scene.failure.cwd, command, joined);
    const next = command.arguments[index + 1];
    if (next && /^(?:-C|--directory|--prefix)$/.test(word.value)) return pathOf(scene.failure.cwd, command, next.value);
  }
  return folderOf(scene, command);
};

const runsScripts = new Set(['npm', 'pnpm', 'yarn', 'bun', 'node']);

interface Source {
  readonly words: readonly string[];
  readonly confidence: number;
  readonly says: string;
  readonly likelier?: ReadonlySet<string>;
}

const sourcesFor = async (scene: Scene, command: SimpleCommand, word: Word): Promise<readonly Source[]> => {
  const name = command.name.value;
  const before = operands(command).filter(({ end }) => end < word.start);
  const sources: Source[] = [];
  const hints = hintsFor(scene.said, word.value);
  if (hints.length > 0) sources.push({ words: hints, confidence: 0.96, says: `${name} proposes it` });
  if (name === 'make')
    sources.push({ words: await readTargets(scene.world, sentTo(scene, command)), confidence: 0.94, says: 'a target' });
  const prior = before.map(({ value }) => value);
  if (
    runsScripts.has(name) &&
    (prior[0]?.startsWith('run') || command.arguments.some(({ value }) => value === '--run'))
  )
    sources.push({
      words: await readScripts(scene.world, sentTo(scene, command)),
      confidence: 0.94,
      says: 'a script of package.json',
    });
  if (name === 'make' || sources.length > 1) return sources;
  const nested = nestedSubcommands[[name, ...prior].join(' ')];
  if (nested) sources.push({ words: nested, confidence: 0.92, says: `a subcommand of ${name} ${prior.join(' ')}` });
  else if (prior.length === 0 && withSubcommands[name])
    sources.push({ words: withSubcommands[name], confidence: 0.92, says: `a subcommand of ${name}` });
  // `gem lsit`, `docker context lss`: ask the tool what it knows.
  const help = await askHelp(scene, command, prior);
  const { listed, others } = subcommandsIn(`${scene.said}\n${help}`);
  sources.push({
    words: [...listed, ...others],
    confidence: 0.86,
    says: `a subcommand of ${name}`,
    likelier: new Set(listed),
  });
  return sources;
};

const draftOf = (scene: Scene, word: Word, near: Near, source: Source): Draft =>
  rewrite(
    scene,
    'subcommand',
    [swap(word, near.value)],
    `${word.value} is unknown, ${near.value} is ${source.says}`,
    confidenceOf(source.confidence, near),
  );

/** `npm build`: a script that is called as if npm knew it. */
const scriptAsCommand = async (scene: Scene, command: SimpleCommand, word: Word): Promise<readonly Draft[]> => {
  if (!runsScripts.has(command.name.value) || operands(command)[0] !== word) return [];
  const scripts = await readScripts(scene.world, sentTo(scene, command));
  if (scripts.includes(word.value))
    return [rewrite(scene, 'subcommand', [swap(word, `run ${word.value}`)], 'a script of package.json', 0.97)];
  return nearest(word.value, scripts)
    .slice(0, 2)
    .map((near) =>
      rewrite(
        scene,
        'subcommand',
        [swap(word, `run ${near.value}`)],
        'a script of package.json',
        confidenceOf(0.85, near),
      ),
    );
};

/** A tool that answers with its usage only: the first word that the usage does not know. */
const usageOnly = (scene: Scene, command: SimpleCommand): readonly Draft[] => {
  if (!(command.name.value in withSubcommands) || !/^\s*usage:|is one of:|available commands/im.test(scene.said))
    return [];
  if (!mentions(scene.said, command.name.value) || unknownOptions(scene.said).length > 0) return [];
  const word = operands(command)
    .slice(0, 2)
    .find(({ value }) => !mentions(scene.said, value));
  if (!word) return [];
  const { listed, others } = subcommandsIn(scene.said);
  const source: Source = { words: [...listed, ...others], confidence: 0.86, says: 'in the usage' };
  return nearest(word.value, source.words)
    .slice(0, 3)
    .map((near) => draftOf(scene, word, near, source));
};

/** A tool that proposes a word, but does not say for which. */
const hintOnly = (scene: Scene, command: SimpleCommand): readonly Draft[] => {
  const drafts: Draft[] = [];
  for (const word of operands(command)) {
    const hint = mentions(scene.said, word.value) ? undefined : hintsFor(scene.said, word.value)[0];
    const near = hint === undefined ? undefined : nearest(word.value, [hint])[0];
    const source: Source = { words: [], confidence: 0.9, says: 'proposed' };
    if (near) drafts.push(draftOf(scene, word, near, source));
  }
  return drafts;
};

/** What a word begins, or ends after a hyphen, when there is only one. */
const completions = (word: string, words: readonly string[]): readonly Near[] => {
  const begun = [...new Set(words)].filter(
    (other) => other !== word && (other.startsWith(word) || other.endsWith(`-${word}`)),
  );
  return word.length >= 3 && begun.length === 1 ? [{ value: begun[0] as string, cost: 1.5, tied: false }] : [];
};

/** Subcommands, make targets and package scripts that a tool does not know. */
export const subcommands: ShellRule = async (scene) => {
  const unknown = unknownSubcommands(scene.said);
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    if (unknown.length === 0) drafts.push(...usageOnly(scene, command), ...hintOnly(scene, command));
    for (const word of command.arguments) {
      if (!unknown.includes(word.value)) continue;
      drafts.push(...(await scriptAsCommand(scene, command, word)));
      for (const source of await sourcesFor(scene, command, word)) {
        const near = nearest(word.value, source.words, (value) => (source.likelier?.has(value) ? 0.3 : 0));
        const found = near.length > 0 ? near : completions(word.value, source.words);
        drafts.push(...found.slice(0, 3).map((one) => draftOf(scene, word, one, source)));
        // Nothing is near, but there is only one that it can be.
        if (found.length === 0 && source.says.startsWith('a script') && source.words.length === 1)
          drafts.push(
            draftOf(
              scene,
              word,
              { value: source.words[0] as string, cost: 0, tied: false },
              { ...source, confidence: 0.55 },
            ),
          );
      }
    }
  }
  return drafts;
};
