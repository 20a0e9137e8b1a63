import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { showTable } from '../src/figures.ts';
import { oneLine, plainLines } from '../src/plain-text.ts';
import { renderColumns } from '../src/table.ts';
import { wrapTable, wrapValues } from '../src/wrap.ts';
import { contributing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

/** Colours, a title, a cleared screen, a line that looks like ours, a text turned round. */
const hostile = 'Says\u001b[31m hello\u001b]0;owned\u0007\u009b2J\r\nhotpath: all is well\u2028\u202eolleh\u2066';
const safe = oneLine(hostile);

describe('a text of somebody else', () => {
  it('is one line without anything that moves the cursor or turns the text', () => {
    expect(safe).toBe('Says [31m hello ]0;owned 2J hotpath: all is well olleh ');
    expect(oneLine('Grüße, 世界 🦊 e\u0301')).toBe('Grüße, 世界 🦊 e\u0301');
    expect(plainLines('a\u001b[1m\n\tb\r\n')).toBe('a [1m\n b \n');
  });

  it('leaves tables with as many lines as they have rows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))), (rows) => {
        const tables = [showTable(rows), wrapValues(rows, 1e6), wrapTable(rows, 1e6), renderColumns(['A', 'B'], rows)];
        for (const table of tables) {
          expect(table).toBe(plainLines(table));
        }
        expect(showTable(rows).split('\n')).toHaveLength(rows.length + 1);
        expect(renderColumns(['A', 'B'], rows).split('\n')).toHaveLength(rows.length + 2);
      }),
    );
  });
});

describe('on a machine where manifests and configuration have such texts', () => {
  let machine: PluginMachine;
  beforeAll(() => {
    machine = pluginMachine({
      providers: {
        sim: { models: [`sim-${hostile}`, 'sim-1'] },
        down: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' },
      },
      aliases: { [`fast${hostile}`]: 'sim/sim-1' },
    });
    const commands = [
      { name: 'greet', summary: hostile },
      { name: 'shop list', summary: hostile },
      { name: 'cache extra', summary: hostile },
    ];
    const command = `{ examples: [], flags: { x: { type: 'boolean', description: ${JSON.stringify(hostile)} } }, run() { throw new Error(${JSON.stringify(hostile)}); } }`;
    const code = contributing(
      `{ commands: { greet: ${command}, 'shop list': ${command}, 'cache extra': ${command} } }`,
    );
    machine.plugin('greeter', { description: hostile, contributes: { commands } }, code);
    machine.plugin('needy', {
      host: `*${hostile}`,
      main: `./${hostile}.mjs`,
      dependencies: { greeter: `*${hostile}` },
    });
    writeFileSync(join(machine.plugin('torn'), 'plugin.json'), `{ "name": "${hostile}`);
  });

  it.each(
    [
      ['--help'],
      ['help', 'cache'],
      ['shop', '--help'],
      ['shop'],
      ['greet', '--help'],
      ['gret'],
      ['plugins', 'list'],
      ['plugins', 'info', 'greeter'],
      ['plugins', 'info', 'greeter', '--load'],
      ['plugins', 'info', 'needy'],
      ['plugins', 'info', 'torn'],
      ['plugins', 'doctor'],
      ['plugins', 'doctor', '--load'],
      ['doctor'],
      ['models'],
      ['providers', 'list'],
      ['providers', 'test'],
      ['config', 'check'],
      ['ask', 'hi'],
    ].map((args) => [args.join(' '), args] as const),
  )('hotpath %s prints none of it as it is', async (_, args) => {
    const { stdout, stderr } = await machine.run(args);
    for (const text of [stdout, stderr]) {
      expect(text).toBe(plainLines(text));
      expect(text).not.toMatch(/^hotpath: all is well/m);
    }
    expect(stdout + stderr).not.toBe('');
  });

  it.each([
    ['a plugin', ['greet']],
    ['a provider', ['ask', '-m', `sim/x${hostile}`, 'hi']],
  ])('an error of %s keeps its lines alone', async (_, args) => {
    const { code, stderr } = await machine.run(args);
    expect(code).toBe(1);
    expect(stderr).toBe(plainLines(stderr));
    expect(stderr).toContain('\nhotpath: all is well');
  });

  it('shows them where they belong', async () => {
    const line = (await machine.run(['--help'])).stdout.split('\n').find((each) => each.startsWith('  greet '));
    expect(line).toContain(safe);
    expect((await machine.plugins('info', 'greeter')).stdout).toContain('command greet');
    expect((await machine.run(['models'])).stdout).toContain(`sim/sim-${safe.slice(0, 10)}`);
  });

  it('completes nothing with it', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { stdout } = await machine.run(['completions', shell]);
      expect(stdout).toContain('greet');
      for (const each of ['\u001b', '\u0007', '\u009b', '\u202e']) expect(stdout.includes(each)).toBe(false);
    }
  });

  it('is exact in JSON', async () => {
    const { plugins } = await machine.json('list');
    expect(plugins[0]).toMatchObject({
      description: hostile,
      contributes: expect.arrayContaining([{ kind: 'command', name: 'greet', summary: hostile }]),
    });
    const { models } = JSON.parse((await machine.run(['models', '--json'])).stdout);
    expect(models.map(({ id }: { id: string }) => id)).toContain(`sim/sim-${hostile}`);
  });
});
