import { dirname, extname } from 'node:path';
import { quote, type SimpleCommand, type Word } from './command-line.ts';
import type { Draft } from './failure.ts';
import {
  insertAfter,
  insertBefore,
  kindAt,
  mentions,
  operands,
  pathOf,
  rewrite,
  type Scene,
  type ShellRule,
  swap,
} from './scene.ts';

const recursive = new Set(['cp', 'grep', 'rm', 'scp', 'chmod', 'chown', 'zip', 'diff', 'egrep', 'fgrep']);

/** Whether a path is spoken of, or a folder above it. */
const namesPart = (said: string, path: string): boolean => {
  for (let part = path; part !== '' && part !== '.' && part !== '/'; part = dirname(part))
    if (mentions(said, part)) return true;
  return false;
};

/** `-r` where a folder is given, `-p` where the folders above are missing. */
export const missingFlags: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  const wantsRecursion = /omitting directory|is a directory|-r not specified/i.test(scene.said);
  for (const command of scene.line.commands) {
    const name = command.name.value;
    if (wantsRecursion && recursive.has(name) && operands(command).some(({ value }) => mentions(scene.said, value)))
      drafts.push(
        rewrite(scene, 'missing-flag', [insertAfter(command.name, '-r')], `${name} takes folders with -r`, 0.93),
      );
    if (name === 'ln' && /hard link not allowed for directory/i.test(scene.said))
      drafts.push(
        rewrite(scene, 'missing-flag', [insertAfter(command.name, '-s')], 'folders take symbolic links only', 0.88),
      );
    // `hdfs dfs -mkdir` as well.
    const maker = name === 'mkdir' ? command.name : command.arguments.find(({ value }) => /^-?mkdir$/.test(value));
    if (!maker || command.arguments.some(({ value }) => /^-\w*p|^--parents/.test(value))) continue;
    const parents = /no such file or directory|nonexistent/i.test(scene.said);
    const already = /file exists/i.test(scene.said);
    const folders = operands(command).filter(({ value, start }) => start > maker.start && namesPart(scene.said, value));
    const above = await Promise.all(folders.map(({ value }) => kindAt(scene, command, dirname(value))));
    if (parents && above.some((kind) => kind === undefined))
      drafts.push(rewrite(scene, 'missing-flag', [insertAfter(maker, '-p')], 'the folders above are missing', 0.95));
    const kinds = await Promise.all(folders.map(({ value }) => kindAt(scene, command, value)));
    if (already && kinds.length > 0 && kinds.every((kind) => kind === 'folder'))
      drafts.push(rewrite(scene, 'missing-flag', [insertAfter(maker, '-p')], 'the folder is there already', 0.9));
  }
  return drafts;
};

const cannotMake =
  /no such file or directory|nonexistent|unable to open|cannot create|can't create|cannot open|failed to (?:open|create)|failure writing|client returned error on write|could not (?:open|create|write)/i;

/** Words that name what a command makes: redirections, `-o`, the last operand of `cp`, all of `touch`. */
export const outputs = (command: SimpleCommand): { readonly path: string; readonly isFolder: boolean }[] => {
  const found = command.redirects
    .filter(({ operator }) => operator.includes('>') && !operator.includes('&'))
    .map(({ target }) => ({ path: target.value, isFolder: false }));
  const add = (word: Word | undefined, isFolder = false): void => {
    if (word && !word.value.startsWith('-') && !/[$*?]/.test(word.value))
      found.push({ path: word.value, isFolder: isFolder || word.value.endsWith('/') });
  };
  const name = command.name.value;
  for (const [index, word] of command.arguments.entries()) {
    const next = command.arguments[index + 1];
    if (/^(?:-o|--output|--out|-out|--output-file|-O|--log|--log-file)$/.test(word.value)) add(next);
    const joined = /^(?:--output|--out|--output-file|--log-file)=(.+)$/.exec(word.value)?.[1];
    if (joined) found.push({ path: joined, isFolder: false });
    if ((name === 'tar' && /^(?:-C|--directory)$/.test(word.value)) || (name === 'unzip' && word.value === '-d'))
      add(next, true);
    if (name === 'tar' && index === 0 && /c\w*f$/.test(word.value)) add(next);
  }
  const rest = operands(command);
  if (name === 'touch' || name === 'tee') for (const word of rest) add(word);
  if (['cp', 'mv', 'install', 'ln', 'rsync', 'scp', 'convert'].includes(name) && rest.length > 1) add(rest.at(-1));
  if (name === 'sqlite3') add(rest[0]);
  return found;
};

/** The folder that an output goes to is not there: make it first. */
export const missingFolders: ShellRule = async (scene) => {
  if (!cannotMake.test(scene.said)) return [];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    if (command.nested) continue;
    for (const { path, isFolder } of outputs(command)) {
      const folder = (isFolder ? path : dirname(path)).replace(/\/$/, '');
      if (folder === '.' || folder === '' || folder === '/') continue;
      if (!mentions(scene.said, path) && !mentions(scene.said, folder) && !/writ/i.test(scene.said)) continue;
      if ((await kindAt(scene, command, folder)) !== undefined) continue;
      drafts.push(
        rewrite(
          scene,
          'missing-folder',
          [insertBefore({ start: command.folder === '' ? 0 : command.start }, `mkdir -p ${quote(folder)} &&`)],
          `the folder ${folder} is missing`,
          // A near name that is there is likelier than a folder that was forgotten.
          // Outside of where the step works, somebody has to say yes.
          folder.startsWith('/') || folder.startsWith('..') ? 0.55 : 0.84,
        ),
      );
    }
  }
  return drafts;
};

const interpreters: Readonly<Record<string, string>> = {
  '.sh': 'sh',
  '.bash': 'bash',
  '.py': 'python3',
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
  '.rb': 'ruby',
  '.pl': 'perl',
};

const interpreterOf = async (scene: Scene, path: string): Promise<string | undefined> => {
  const text = await scene.world.read(path, 256);
  const shebang = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(text ?? '')?.[1];
  return shebang?.split('/').at(-1) ?? interpreters[extname(path)];
};

/** A script that may not be executed can be read by its interpreter. */
export const missingExecuteBit: ShellRule = async (scene) => {
  if (!/permission denied|cannot execute|not executable/i.test(scene.said)) return [];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    const path = pathOf(scene.failure.cwd, command, command.name.value);
    if (
      !command.name.value.includes('/') ||
      (await scene.world.kind(path)) !== 'file' ||
      (await scene.world.executable(path))
    )
      continue;
    const interpreter = await interpreterOf(scene, path);
    if (interpreter)
      drafts.push(
        rewrite(
          scene,
          'execute-bit',
          [swap(command.name, `${interpreter} ${command.name.text}`)],
          `${command.name.value} has no execute bit`,
          0.92,
        ),
      );
  }
  return drafts;
};

/** A port that is taken: the next one, where the line names it. */
export const takenPort: ShellRule = async (scene) => {
  const port = /(?:EADDRINUSE|address already in use)\D{0,40}?(?:\d{1,3}(?:\.\d{1,3}){3}:|::+|:)?(\d{2,5})/i.exec(
    scene.said,
  )?.[1];
  if (port === undefined) return [];
  const words = scene.line.commands.flatMap((command) => [...command.assignments, ...command.arguments]);
  const holding = words.filter(({ text }) => mentions(text, port));
  return holding.map((word) =>
    rewrite(
      scene,
      'taken-port',
      [swap(word, word.text.replace(port, String(Number(port) + 1)))],
      `port ${port} is taken`,
      // Others may look for it there: somebody has to say yes.
      0.6,
    ),
  );
};
