import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainLines } from '../src/plain-text.ts';
import { pluginMachine } from './plugin-machine.ts';

const machine = pluginMachine();
machine.plugin('greeter', { contributes: { commands: [{ name: 'greet' }, { name: 'shop list' }] } });

const hostile = fc.oneof(
  fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)),
  fc.constantFrom('', '-', '--', '---', '--=', '-=', '--constructor', '--__proto__=x', '--toString', '-\u001b', '--\n'),
  fc.constantFrom(
    '\u001b[31m',
    '\u001b]0;title\u0007',
    'a\nhotpath: b',
    '\r',
    '\u009b2J',
    '\u202e',
    '🦊',
    '\ud83e',
    '%s',
  ),
  fc.constantFrom('x'.repeat(100_000), '-'.repeat(10_000), 'serve'.repeat(1_000), '../../etc', '*', '$(id)', '`'),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
);
/** What may stand before such words: nothing, groups, and commands that take no arguments or none of these. */
const beginnings: readonly (readonly string[])[] = [
  [],
  ...['help', 'cache', 'plugins', 'shop', 'models', 'completions'].map((word) => [word]),
  ['config', 'path'],
  ['cache', 'stats'],
];

it('no words are too strange for an error with a code', async () => {
  const words = fc
    .tuple(fc.constantFrom(...beginnings), fc.array(hostile, { minLength: 1, maxLength: 3 }))
    .map((parts) => parts.flat());
  await fc.assert(
    fc.asyncProperty(words, async (argv) => {
      const { code, stdout, stderr } = await machine.run(argv);
      // What is nothing but the end of options is no mistake after a command.
      if (code === 0 && argv.at(-1) === '--') return;
      expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: '' });
      expect(stderr).toMatch(/^hotpath \[CLI_USAGE\]: /);
      expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
      expect(stderr).toBe(plainLines(stderr));
      expect(stderr.length).toBeLessThan(150_000);
    }),
    { numRuns: 80 },
  );
}, 60_000);

it.each(Object.getOwnPropertyNames(Object.prototype))('%s is no command, no option and no shell', async (name) => {
  const refused = async (...argv: string[]) => {
    const { code, stderr } = await machine.run(argv);
    return [code, stderr.split('\n')[0]];
  };
  expect(await refused(name)).toEqual([2, `hotpath [CLI_USAGE]: There is no command "${name}".`]);
  expect(await refused('models', `--${name}=x`)).toEqual([2, `hotpath [CLI_USAGE]: There is no option --${name}.`]);
  expect(await refused('completions', name)).toEqual([2, expect.stringContaining('Name one shell')]);
});
