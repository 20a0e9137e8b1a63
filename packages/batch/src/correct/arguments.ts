import { join } from 'node:path';
import { confidenceOf, nearest } from '../names/distance.ts';
import { quoteLike, type SimpleCommand, type Splice, type Word } from './command-line.ts';
import type { Draft } from './failure.ts';
import { askHelp } from './help.ts';
import { readWorkspaces } from './manifests.ts';
import {
  folderOf,
  isOwnFault,
  kindAt,
  mentions,
  operands,
  pathOf,
  rewrite,
  type Scene,
  type ShellRule,
} from './scene.ts';
import { allowedIn } from './tool-words.ts';
import { languageOf, languages } from './vocabulary.ts';

interface Token {
  readonly text: string;
  readonly start: number;
}

/** What a tool complains about and what stands in the line as well: a whole argument, or a token within one. */
const blamed = (scene: Scene, word: Word): readonly Token[] => {
  const tokens: Token[] = [];
  for (const match of word.value.matchAll(/[A-Za-z_][\w.-]*\w|[A-Za-z]/g)) {
    const text = match[0];
    if (text.length >= 2 && mentions(scene.said, text)) tokens.push({ text, start: match.index });
  }
  return tokens;
};

/** Ways in which tools refuse a value. */
const refusal =
  /invalid|unknown|no such|not defined|unrecogni[sz]ed|not supported|unsupported|could not|cannot|no module named|syntax error|not found|undefined|no (?:bin|example|test) target|expected|did you mean|must be|not a |failed to import|no workspaces|illegal|bad /i;

/** Whether the tool puts its finger on a word: in quotes, or behind a colon. A word that is only spoken of is seldom to blame. */
const isPointedAt = (said: string, text: string): boolean => {
  const literal = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `["'\`‘“]-*${literal}|${literal}["'\`’”]|(?:[:=]|named|module|table|column|function|${literal}/\\d) ?${literal}|^${literal}/\\d|: ${literal}/`,
    'm',
  ).test(said);
};

const replaceIn = (word: Word, token: Token, value: string): Splice => ({
  start: word.start,
  end: word.end,
  text: quoteLike(word, word.value.slice(0, token.start) + value + word.value.slice(token.start + token.text.length)),
});

const maxData = 64 * 1024;

/** Names within the files that a command works on: tables and columns of a database, functions of a test file. */
const namesInFiles = async (scene: Scene, command: SimpleCommand): Promise<readonly string[]> => {
  const names = new Set<string>();
  for (const word of operands(command).slice(0, 4)) {
    const path = pathOf(scene.failure.cwd, command, word.value.split('::')[0] as string);
    if ((await scene.world.kind(path)) !== 'file') continue;
    const text = (await scene.world.read(path, maxData)) ?? '';
    for (const match of text.matchAll(/[A-Za-z_]\w{2,60}/g)) {
      names.add(match[0]);
      if (names.size > 4000) return [...names];
    }
  }
  return [...names];
};

/** `-m unittest test_mian`: modules are files without their ending. */
const modulesNear = async (scene: Scene, command: SimpleCommand, word: Word): Promise<readonly string[]> => {
  if (!/^python\d?$/.test(command.name.value)) return [];
  const parts = word.value.split('.');
  const folder = join(folderOf(scene, command), ...parts.slice(0, -1));
  return (await scene.world.list(folder)).flatMap(({ name, kind }) =>
    kind === 'folder' ? [name] : name.endsWith('.py') ? [name.slice(0, -3)] : [],
  );
};

interface Source {
  readonly words: readonly string[];
  readonly confidence: number;
  readonly says: string;
}

const shortWords = (text: string): readonly string[] => text.match(/[A-Za-z][\w.+-]*\w/g) ?? [];

const workspacesOf = (scene: Scene, command: SimpleCommand): Promise<readonly string[]> =>
  command.name.value === 'npm' ? readWorkspaces(scene.world, folderOf(scene, command)) : Promise.resolve([]);

const sourcesFor = async (scene: Scene, command: SimpleCommand, word: Word): Promise<readonly Source[]> => {
  const language = languageOf[command.name.value];
  // Which tables there are, the file says and no grammar.
  const named = /no such (?:table|column)/i.test(scene.said);
  if (named) return [{ words: await namesInFiles(scene, command), confidence: 0.93, says: 'in the file' }];
  const own = language ? (languages[language] ?? []) : [];
  // The line is repeated in what was said: its own words are no candidates.
  const inLine = new Set(shortWords(scene.line.text));
  const said = shortWords(scene.said).filter((text) => !inLine.has(text));
  const script = /^(?:python\d?|node|ruby|perl|php|lua[\d.]*|make)$/.test(command.name.value);
  const help = script
    ? ''
    : await askHelp(
        scene,
        command,
        operands(command)
          .slice(0, 2)
          .map(({ value }) => value),
      );
  return [
    { words: own, confidence: 0.93, says: `a word of ${language}` },
    { words: await workspacesOf(scene, command), confidence: 0.93, says: 'a workspace' },
    { words: await modulesNear(scene, command, word), confidence: 0.9, says: 'a module here' },
    { words: await namesInFiles(scene, command), confidence: 0.88, says: 'in the file' },
    { words: said, confidence: 0.86, says: `what ${command.name.value} speaks of` },
    {
      words: shortWords(help).filter((text) => !inLine.has(text)),
      confidence: 0.78,
      says: `in the help of ${command.name.value}`,
    },
  ];
};

/** Letters keep their size: SELCT becomes SELECT, selct becomes select. */
const inCaseOf = (like: string, word: string): string => (like === like.toLowerCase() ? word.toLowerCase() : word);

const tokenDrafts = async (scene: Scene, command: SimpleCommand, word: Word): Promise<readonly Draft[]> => {
  const tokens = blamed(scene, word);
  if (tokens.length === 0) return [];
  const sources = await sourcesFor(scene, command, word);
  const known = new Set(sources.slice(0, 4).flatMap(({ words }) => words.map((text) => text.toLowerCase())));
  const drafts: Draft[] = [];
  for (const token of tokens) {
    if (known.has(token.text.toLowerCase())) continue;
    for (const { words, confidence, says } of sources) {
      const near = nearest(
        token.text,
        words.map((text) => (says === 'in the file' ? text : inCaseOf(token.text, text))),
      );
      for (const found of near.slice(0, 2))
        drafts.push(
          rewrite(
            scene,
            'argument',
            [replaceIn(word, token, found.value)],
            `${token.text} is unknown, ${found.value} is ${says}`,
            // Short words are near to many others.
            confidenceOf(confidence, found) -
              (token.text.length < 4 ? 0.12 : 0) -
              (isPointedAt(scene.said, token.text) ? 0 : 0.2),
          ),
        );
      if (near.length > 0) break;
    }
  }
  return drafts;
};

/** `Need an action (dir, info, list)`: what the tool takes, while it does not say what it was given. */
const allowedDrafts = (scene: Scene, word: Word): readonly Draft[] => {
  const allowed = allowedIn(scene.said);
  const value = /^--?[\w-]+=(.+)$/.exec(word.value)?.[1] ?? word.value;
  if (allowed.length === 0 || allowed.includes(value) || !/^\w[\w./+-]*$/.test(value)) return [];
  const token = { text: value, start: word.value.length - value.length };
  return nearest(value, allowed)
    .slice(0, 2)
    .map((near) =>
      rewrite(
        scene,
        'argument',
        [replaceIn(word, token, near.value)],
        `${near.value} is among what the tool takes`,
        confidenceOf(0.93, near),
      ),
    );
};

/** Phrases of a listing: `* Unix Makefiles = …`. */
const phrases = (said: string): readonly string[] =>
  [...said.matchAll(/^[ *\t-]*([A-Z][\w+-]*(?: [\w+.-]+){1,4})\s*(?:=|:|$|\s{2,})/gm)].map(
    (match) => match[1] as string,
  );

const phraseDrafts = (scene: Scene, word: Word): readonly Draft[] =>
  nearest(
    word.value,
    phrases(scene.said).filter((text) => text !== word.value),
  )
    .slice(0, 2)
    .map((near) =>
      rewrite(
        scene,
        'argument',
        [{ start: word.start, end: word.end, text: quoteLike(word, near.value) }],
        `${near.value} is listed`,
        confidenceOf(0.9, near),
      ),
    );

/** Values that a tool refuses: near words in its own text, its language, or the files that it works on. */
export const argumentValues: ShellRule = async (scene) => {
  if (!refusal.test(scene.said) && allowedIn(scene.said).length === 0) return [];
  const isPathTrouble = /no such file or directory|cannot access/i.test(scene.said);
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    if (command.nested || isOwnFault(scene, command)) continue;
    for (const [index, word] of command.arguments.entries()) {
      if (word.value.startsWith('-') && !word.value.includes('=') && !/^-\w{5,}$/.test(word.value)) continue;
      drafts.push(...allowedDrafts(scene, word));
      if (/\s/.test(word.value) && mentions(scene.said, word.value)) {
        const listed = phraseDrafts(scene, word);
        drafts.push(...listed);
        if (listed.length > 0) continue;
      }
      if (word.value.includes('/') && !word.value.includes(':') && !/\s/.test(word.value)) continue;
      // An argument that is a file which is there is not what is wrong.
      if ((await kindAt(scene, command, word.value)) !== undefined) continue;
      // What is missing on disk is a matter of paths.
      if (isPathTrouble && word.value.length > 0 && mentions(scene.said, word.value)) continue;
      // A program in an argument fails by itself.
      if (
        /^(?:-c|-e|--eval|-p|-r)$/.test(command.arguments[index - 1]?.value ?? '') &&
        !languageOf[command.name.value]?.startsWith('sql')
      )
        continue;
      drafts.push(...(await tokenDrafts(scene, command, word)));
    }
  }
  return drafts;
};
