import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ConfigProblem } from '@hotpath/runtime';
import { configFlag, defineCommand } from '../command.ts';
import type { Edit } from '../config/edit-config.ts';
import { requireFile } from '../config/find-file.ts';
import { findProblems } from '../config/find-problems.ts';
import { replaceFile } from '../config/replace-file.ts';
import { formatPath, parsePath } from '../config/setting-path.ts';
import { parseValue } from '../config/setting-value.ts';
import { CliError, fileUnusable, usageError } from '../errors.ts';
import { note, warn, writeOut } from '../terminal.ts';

const shownOf = ({ path, message }: ConfigProblem): string => `${path === '' ? '' : `${path}: `}${message}`;

/** A module is a program, which only its author can change. */
const notEditable = (file: string, { path, value }: Edit, typed: string | undefined, isSecret: boolean): CliError => {
  const [last = '', ...outer] = path.toReversed();
  const written = value === undefined ? '' : `${String(last)}: ${isSecret ? '…' : (JSON.stringify(value) ?? typed)}`;
  const place = outer.length === 0 ? 'at its top' : `in ${formatPath(outer.toReversed())}`;
  const advice = value === undefined ? `Remove ${formatPath(path)} there` : `Write ${place}: ${written}`;
  return new CliError('CLI_CONFIG_NOT_EDITABLE', `${file} is a program, which is not changed from here. ${advice}`);
};

const readEdit = (positionals: readonly string[], unset: boolean): Edit => {
  const [path, value, ...more] = positionals;
  if (path === undefined || more.length > 0 || (value === undefined) !== unset) {
    throw usageError(unset ? 'Name the one setting to remove.' : 'Give one path and one value.', 'config set');
  }
  return { path: parsePath(path), value: value === undefined ? undefined : parseValue(value) };
};

export const configSet = defineCommand({
  name: 'config set',
  summary: 'Change one setting in the configuration file',
  argument: '<path> [<value>]',
  description: `A value is JSON (true, 4100, ["a","b"]) or else a text. Comments and the order of a YAML file stay. The changed file is
checked first, as by "hotpath config check", and takes the place of the old one in one step; one that would be wrong is
refused. Write keys as references to the environment, in single quotes: '\${OPENAI_API_KEY}'.`,
  flags: {
    unset: { type: 'boolean', description: 'Remove the setting, so that its default holds' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath config set cache.ttlMs 1h',
    'hotpath config set aliases.fast openai/gpt-4.1-mini',
    `hotpath config set providers.openai.apiKey '\${OPENAI_API_KEY}'`,
    'hotpath config set --unset server.port',
  ],
  async run({ flags, positionals }) {
    const edit = readEdit(positionals, flags.unset);
    const { isForNextStart, isSecretSetting } = await import('@hotpath/runtime');
    const isSecret = isSecretSetting(edit.path);
    const file = await requireFile(flags.config);
    const extension = extname(file);
    if (/^\.m?ts$/.test(extension)) throw notEditable(file, edit, positionals[1], isSecret);
    const known = await findProblems(file);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw fileUnusable(file, error);
    });
    const [, mark = '', body = ''] = /^(\uFEFF?)([\s\S]*)$/.exec(text) ?? [];
    // The library that keeps comments takes a while to load.
    const { editConfig } = await import('../config/edit-config.ts');
    const changed = mark + editConfig(body, extension === '.json' ? 'json' : 'yaml', edit);
    let missing: readonly ConfigProblem[] = [];
    if (changed !== text) {
      await replaceFile(file, changed, {
        before: text,
        check: async (candidate) => {
          const problems = await findProblems(candidate);
          missing = problems.filter(({ code }) => code === 'CONFIG_ENV_MISSING');
          // A file may be mended step by step, but not made worse.
          const before = known.map(shownOf);
          const wrong = problems.filter((problem) => !missing.includes(problem) && !before.includes(shownOf(problem)));
          if (wrong.length > 0) {
            throw new CliError(
              'CLI_CONFIG_INVALID',
              `${file} stays as it is:\n${wrong.map((problem) => `  ${shownOf(problem).replaceAll(candidate, file)}`).join('\n')}`,
            );
          }
        },
      });
    }
    if (isSecret && typeof edit.value === 'string' && !edit.value.includes('${')) {
      warn(`the secret itself now stands in the file. Better write a reference, such as '\${OPENAI_API_KEY}'.`);
    }
    for (const problem of missing) warn(shownOf(problem));
    const isChanged = changed !== text;
    const name = formatPath(edit.path);
    if (flags.json) await writeOut(`${JSON.stringify({ file, path: name, changed: isChanged })}\n`);
    else note(isChanged ? `Changed ${name} in ${file}.` : `${name} is that already.`);
    if (isChanged && isForNextStart(name)) note('A gateway that runs goes on as before until it is started again.');
    return 0;
  },
});
