import { dirname, join } from 'node:path';
import { confidenceOf, nearest } from '../names/distance.ts';
import type { SimpleCommand } from './command-line.ts';
import { otherNames } from './dialects.ts';
import type { Draft } from './failure.ts';
import { readScripts } from './manifests.ts';
import { folderOf, kindAt, remove, rewrite, type Scene, type ShellRule, swap } from './scene.ts';
import { commandsNotFound } from './tool-words.ts';
import { builtins, everyday, withSubcommands } from './vocabulary.ts';

/** The nearest folder upwards that holds a file of this name. */
const upwards = async (scene: Scene, from: string, name: string): Promise<string | undefined> => {
  for (let folder = from, depth = 0; depth < 12; depth++) {
    if (await scene.world.kind(join(folder, name))) return folder;
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
};

const packageBin = async (scene: Scene, command: SimpleCommand): Promise<Draft | undefined> => {
  const bin = join('node_modules', '.bin', command.name.value);
  if ((await upwards(scene, folderOf(scene, command), bin)) === undefined) return undefined;
  return rewrite(
    scene,
    'command-name',
    [swap(command.name, `npx --no-install ${command.name.text}`)],
    `${command.name.value} is a program of an installed package`,
    0.93,
  );
};

const localFile = async (scene: Scene, command: SimpleCommand): Promise<Draft | undefined> => {
  const { value, text } = command.name;
  if (value.includes('/') || (await kindAt(scene, command, value)) !== 'file') return undefined;
  return rewrite(scene, 'command-name', [swap(command.name, `./${text}`)], `${value} is a file here`, 0.9);
};

const npmScript = async (scene: Scene, command: SimpleCommand): Promise<Draft | undefined> => {
  const scripts = await readScripts(scene.world, folderOf(scene, command));
  if (!scripts.includes(command.name.value)) return undefined;
  return rewrite(
    scene,
    'command-name',
    [swap(command.name, `npm run ${command.name.text}`)],
    `${command.name.value} is a script of package.json`,
    0.88,
  );
};

/** `$ ls`, copied with its prompt. */
const prompt = (scene: Scene, command: SimpleCommand): Draft | undefined =>
  /^[$%>#❯]$/.test(command.name.value) && command.arguments[0]
    ? rewrite(
        scene,
        'command-name',
        [{ start: command.name.start, end: command.arguments[0].start, text: '' }],
        'the prompt was copied along',
        0.95,
      )
    : undefined;

/** `ls-l`, `gitstatus`, `cd..`: the blank is missing. */
const missingBlank = (scene: Scene, command: SimpleCommand, known: ReadonlySet<string>): Draft | undefined => {
  const word = command.name.value;
  for (let at = word.length - 1; at >= 2; at--) {
    const head = word.slice(0, at);
    const rest = word.slice(at);
    if (!known.has(head)) continue;
    const argument =
      /^(?:-{1,2}[A-Za-z][\w-]*|\.{1,2})$/.test(rest) || withSubcommands[head]?.includes(rest.replace(/^[-_]/, ''));
    if (!argument) continue;
    // `apt-install`: too long for letters of flags.
    const split = rest.startsWith('-') && (withSubcommands[head] || /^-[a-z]{4,}$/.test(rest)) ? rest.slice(1) : rest;
    return rewrite(
      scene,
      'command-name',
      [swap(command.name, `${head} ${split}`)],
      `a blank is missing after ${head}`,
      0.9,
    );
  }
  return undefined;
};

const nearNames = (scene: Scene, command: SimpleCommand, known: ReadonlySet<string>): Draft[] => {
  const word = command.name.value;
  const drafts: Draft[] = [];
  const other = otherNames[word]?.find((name) => known.has(name));
  if (other)
    drafts.push(rewrite(scene, 'dialect', [swap(command.name, other)], `${word} is called ${other} here`, 0.94));
  // What everybody uses is likelier than the two thousand other programs of a machine.
  for (const near of nearest(word, known, (name) => (everyday.has(name) ? 0.3 : 0)).slice(0, 3))
    drafts.push(
      rewrite(
        scene,
        'command-name',
        [swap(command.name, near.value)],
        `there is no ${word}, but ${near.value}`,
        confidenceOf(everyday.has(near.value) ? 0.95 : 0.82, near),
      ),
    );
  return drafts;
};

/** Programs that are not found: typing errors, other systems' names, package programs, files and scripts called without their prefix. */
export const commandNames: ShellRule = async (scene) => {
  const missing = commandsNotFound(scene.said);
  if (missing.length === 0) return [];
  const known = new Set([...(await scene.world.commands()), ...builtins]);
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    if (!missing.includes(command.name.value) || known.has(command.name.value)) continue;
    const exact = [
      prompt(scene, command),
      await packageBin(scene, command),
      await localFile(scene, command),
      await npmScript(scene, command),
      missingBlank(scene, command, known),
    ].filter((draft) => draft !== undefined);
    drafts.push(...exact, ...nearNames(scene, command, known));
    const lower = command.name.value.toLowerCase();
    if (lower !== command.name.value && known.has(lower))
      drafts.push(rewrite(scene, 'command-name', [swap(command.name, lower)], 'commands are in small letters', 0.95));
  }
  return drafts;
};

/** `git git status`: the name twice. */
export const doubledName: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    const first = command.arguments[0];
    if (first && first.value === command.name.value && command.name.value in withSubcommands)
      drafts.push(
        rewrite(scene, 'doubled-name', [remove(scene.line, first)], `${first.value} stands there twice`, 0.93),
      );
  }
  return drafts;
};
