import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshMachine } from './built.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const codesIn = (text: string): readonly string[] => [...new Set(text.match(/\bCLI_[A-Z_]+\b/g))].sort();

it('every code of the command line stands in the reference of errors, and no other', () => {
  const [union = ''] = /CliErrorCode =\s[^;]*;/.exec(read('../src/errors.ts')) ?? [];
  const rows = read('../../../docs/reference/errors.md').match(/^\| `CLI_[A-Z_]+`/gm) ?? [];
  expect(codesIn(rows.join('\n'))).toEqual(codesIn(union));
  expect(codesIn(union)).toContain('CLI_USAGE');
});

it('a failure shows its code, and with --debug its stack', async () => {
  const machine = freshMachine();
  const args = ['config', 'get', 'nothing'];
  const { code, stdout, stderr } = await machine.run(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^hotpath \[CLI_SETTING_MISSING\]: nothing is not set[^\n]*\n$/);
  const debug = await machine.run([...args, '--debug']);
  expect(debug.stderr.startsWith(stderr)).toBe(true);
  expect(debug.stderr).toMatch(/^ {4}at /m);
});

it('a failure without a code says how to find out more', async () => {
  const machine = freshMachine();
  machine.write(
    'thrower.mjs',
    `const { write } = process.stdout;
    process.stdout.write = () => {
      process.stdout.write = write;
      throw new Error('it is broken');
    };`,
  );
  const nodeArgs = ['--import', './thrower.mjs'];
  const args = ['help', 'ask'];
  expect((await machine.run(args, { nodeArgs })).stderr).toBe(
    'hotpath [UNKNOWN]: it is broken. "hotpath doctor" checks the set-up, and --debug shows where it happened.\n',
  );
  const environment = { HOTPATH_DEBUG: '1' };
  const { stderr } = await machine.run(args, { nodeArgs, environment });
  expect(stderr).toMatch(/^hotpath \[UNKNOWN\]: it is broken\. .*\nError: it is broken\n {4}at /);
});
