import { mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { contributing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
beforeEach(() => {
  machine = pluginMachine();
});

interface Check {
  readonly code: string;
  readonly status: string;
  readonly text: string;
  readonly fix?: string;
  readonly plugin?: string;
}

const examine = async (...args: string[]) => {
  const { code, stdout } = await machine.plugins('doctor', '--json', ...args);
  const { healthy, checks, lifted, ledger } = JSON.parse(stdout);
  return {
    code,
    healthy: healthy as boolean,
    lifted,
    ledger,
    checks: checks as readonly Check[],
    codes: (checks as readonly Check[]).filter(({ status }) => status !== 'ok').map((each) => each.code),
  };
};

describe('hotpath plugins doctor', () => {
  it('is content with good plugins, and with none', async () => {
    expect(await examine()).toMatchObject({ code: 0, healthy: true, codes: [], ledger: null });
    machine.plugin('acme', { contributes: { commands: [{ name: 'greet' }] } });
    expect(await examine()).toMatchObject({ code: 0, healthy: true, codes: [] });
    const { stdout, stderr } = await machine.plugins('doctor');
    expect(stdout).toContain('ok    PLUGINS: 1 of 1 can be used.');
    expect(stderr).toContain('0 to mend');
  });

  it.each<[code: string, spoil: () => unknown]>([
    ['PLUGIN_MANIFEST_INVALID', () => machine.plugin('bad', { version: 'one' })],
    ['PLUGIN_HOST_UNSUPPORTED', () => machine.plugin('newer', { host: '>=99' })],
    ['PLUGIN_DEPENDENCY_MISSING', () => machine.plugin('needy', { dependencies: { absent: '*' } })],
    ['PLUGIN_MAIN_MISSING', () => machine.plugin('unbuilt', { main: './dist/index.js' })],
    ['PLUGIN_COMMAND_HIDDEN', () => machine.plugin('hidden', { contributes: { commands: [{ name: 'cache stats' }] } })],
    ['PLUGIN_COMMAND_HIDDEN', () => machine.plugin('untypable', { contributes: { commands: [{ name: 'say  it' }] } })],
    ['PLUGIN_COMMAND_HIDDEN', () => machine.plugin('helper', { contributes: { commands: [{ name: 'help me' }] } })],
    [
      'PLUGIN_CONTRIBUTION_CONFLICT',
      () => {
        for (const name of ['one', 'two']) machine.plugin(name, { contributes: { providers: [{ name: 'acme' }] } });
      },
    ],
    [
      'PLUGIN_CONTRIBUTION_CONFLICT',
      () => machine.plugin('simulates', { contributes: { providers: [{ name: 'sim' }] } }),
    ],
    [
      'PLUGIN_CONTRIBUTION_INVALID',
      () => machine.plugin('apart', { worker: true, contributes: { stores: [{ name: 'apart' }] } }),
    ],
    [
      'PLUGIN_LINK_BROKEN',
      () => {
        const folder = machine.plugin('gone', {}, undefined, join(machine.folder, 'work'));
        machine.plugin('there');
        symlinkSync(folder, join(machine.project, 'gone'), 'junction');
        rmSync(folder, { recursive: true });
      },
    ],
  ])('finds %s, says what to do, and exits with 1', async (code, spoil) => {
    spoil();
    const examined = await examine();
    expect(examined).toMatchObject({ code: 1, healthy: false });
    expect(examined.codes).toEqual([code]);
    for (const check of examined.checks) expect(check.status === 'ok' || check.fix !== undefined).toBe(true);
    const { code: exitCode, stdout } = await machine.plugins('doctor');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`^fail  ${code}: .+\n {6}\\S`, 'm'));
  });

  it('goes on where a link cannot be followed, and says how to remove it', async () => {
    machine.plugin('there');
    machine.plugin('mine', {}, undefined, machine.user);
    symlinkSync('loop', join(machine.project, 'loop'));
    symlinkSync(join(machine.project, 'there', 'index.mjs', 'under'), join(machine.user, 'through'));
    const { code, checks } = await examine();
    expect(code).toBe(1);
    const broken = checks.filter((each) => each.code === 'PLUGIN_LINK_BROKEN');
    expect(broken.map(({ text, fix }) => [text, fix])).toEqual([
      [
        `the link ${join(machine.project, 'loop')} leads back to itself.`,
        'hotpath plugins unlink loop --project   removes the link.',
      ],
      [
        expect.stringMatching(/through cannot be followed \(ENOTDIR/),
        'hotpath plugins unlink through   removes the link.',
      ],
    ]);
    for (const args of [['loop', '--project'], ['through']])
      expect((await machine.plugins('unlink', ...args)).code).toBe(0);
    expect(await examine()).toMatchObject({ code: 0, codes: [] });
  });

  it('says of one that another goes before how to remove its link', async () => {
    const folder = machine.plugin('acme', {}, undefined, join(machine.folder, 'work'));
    machine.plugin('acme', {}, undefined, join(machine.folder, 'named'));
    const plugins = { folders: [join(machine.folder, 'named', 'acme')] };
    machine.write('hotpath.config.json', JSON.stringify({ providers: { sim: {} }, plugins }));
    mkdirSync(machine.project, { recursive: true });
    symlinkSync(folder, join(machine.project, 'acme'), 'junction');
    const { checks } = await examine();
    expect(checks.find((each) => each.code === 'PLUGIN_NAME_DUPLICATE')?.fix).toBe(
      'hotpath plugins unlink acme --project   removes this one.',
    );
  });

  it('has words for what is no fault: plugins put before others, and settings of none', async () => {
    machine.plugin('acme');
    machine.plugin('acme', {}, undefined, machine.user);
    const plugins = { settings: { other: { a: 1 } }, disabled: ['another'] };
    machine.write('hotpath.config.json', JSON.stringify({ providers: { sim: {} }, plugins }));
    const { code, codes } = await examine();
    expect({ code, codes }).toEqual({
      code: 0,
      codes: ['PLUGIN_NAME_DUPLICATE', 'PLUGIN_SETTINGS_UNUSED', 'PLUGIN_SETTINGS_UNUSED'],
    });
  });

  it('looks at one alone where it is named', async () => {
    machine.plugin('newer', { host: '>=99' });
    machine.plugin('good');
    expect(await examine('good')).toMatchObject({ code: 0, codes: [] });
    expect(await examine('newer')).toMatchObject({ code: 1, codes: ['PLUGIN_HOST_UNSUPPORTED'] });
    expect((await machine.json('doctor', 'god')).error.message).toContain('Did you mean "good"?');
  });

  it('loads them where asked to, each within its time, and names the slow one', async () => {
    const plugins = { timeouts: { importMs: '1s', activationMs: '1s' } };
    machine.write('hotpath.config.json', JSON.stringify({ providers: { sim: {} }, plugins }));
    machine.plugin('base');
    machine.plugin(
      'slow',
      { dependencies: { base: '*' } },
      `await new Promise((go) => setTimeout(go, 150));\n${contributing('{}')}`,
    );
    machine.plugin('throws', {}, 'throw new Error("not today");');
    machine.plugin('hangs', {}, 'await new Promise(() => {});');
    machine.plugin('exits', {}, 'process.exit(7);');
    machine.plugin('undeclared', {}, contributing('{ commands: { greet: {} } }'));
    const { code, codes, ledger, checks } = await examine('--load');
    expect(code).toBe(1);
    expect(codes.filter((each) => each !== 'PLUGIN_SLOW').sort()).toEqual([
      'PLUGIN_CONTRIBUTION_INVALID',
      'PLUGIN_EXITED',
      'PLUGIN_IMPORT_FAILED',
      'PLUGIN_IMPORT_TIMEOUT',
    ]);
    expect(checks[0]?.text).toBe('2 of 6 can be used.');
    const slow = checks.filter((check) => check.code === 'PLUGIN_SLOW').map(({ plugin }) => plugin);
    expect(slow).toEqual(expect.arrayContaining(['hangs', 'slow']));
    const totals = ledger.map(({ totalMs }: { totalMs: number }) => totalMs);
    expect(totals).toHaveLength(6);
    expect(totals).toEqual([...totals].sort((left, right) => right - left));
    const { stdout, stderr } = await machine.plugins('doctor', '--load');
    expect(stdout).toMatch(/Loading, slowest first\nPLUGIN +IMPORT +ACTIVATION +TOGETHER\nhangs +\d/);
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
  });

  it('tells of trouble, then of the quarantine with its cause, and lifts it', async () => {
    machine.plugin('flaky', { contributes: { commands: [{ name: 'greet' }] } }, 'throw new Error("not today");');
    expect((await machine.run(['greet'])).stderr).toContain('not today');
    expect(await examine()).toMatchObject({ code: 0, codes: ['PLUGIN_TROUBLE'] });
    for (const _ of [2, 3]) expect((await machine.run(['greet'])).code).toBe(1);
    const examined = await examine();
    expect(examined).toMatchObject({ code: 1, codes: ['PLUGIN_QUARANTINED'] });
    expect(examined.checks[1]).toMatchObject({
      plugin: 'flaky',
      text: expect.stringContaining('failed 3 times in a row, at last with PLUGIN_IMPORT_FAILED'),
      fix: 'hotpath plugins doctor --lift flaky',
    });
    expect((await machine.plugins('list')).stdout).toMatch(/^flaky .* quarantined$/m);
    const { plugin } = await machine.json('info', 'flaky');
    expect(plugin.trouble).toMatchObject({ failures: 3, lastCode: 'PLUGIN_IMPORT_FAILED' });
    const enabled = await machine.plugins('enable', 'flaky');
    expect(enabled).toMatchObject({ code: 1, stderr: expect.stringContaining('hotpath plugins doctor --lift flaky') });
    expect(await examine('--lift', 'flaky')).toMatchObject({ code: 0, lifted: ['flaky'], codes: [] });
    expect(await examine('--lift', 'flaky')).toMatchObject({ code: 0, lifted: [], codes: [] });
    expect((await machine.plugins('doctor', '--lift', 'flacky')).stderr).toContain('Did you mean "flaky"?');
    expect((await machine.json('list')).plugins).toMatchObject([{ status: 'ready' }]);
  });
});

describe('hotpath doctor', () => {
  const check = async (): Promise<Check | undefined> => {
    const { stdout } = await machine.run(['doctor', '--json']);
    const plugins = (JSON.parse(stdout).checks as Check[]).filter(({ code }) => code.startsWith('PLUGIN'));
    expect(plugins.length).toBeLessThanOrEqual(1);
    return plugins[0];
  };

  it('has one finding for plugins, which points at their own doctor', async () => {
    const folder = machine.plugin('acme');
    expect(await check()).toMatchObject({ code: 'PLUGINS', status: 'ok', text: '1 of 1 can be used.' });
    machine.plugin('newer', { host: '>=99' });
    writeFileSync(join(folder, 'plugin.json'), '{');
    expect(await check()).toMatchObject({
      code: 'PLUGINS',
      status: 'fail',
      text: expect.stringMatching(
        /^2 things are wrong with plugins: PLUGIN_MANIFEST_INVALID, PLUGIN_HOST_UNSUPPORTED\.$/,
      ),
      fix: 'Run "hotpath plugins doctor".',
    });
    unlinkSync(join(folder, 'plugin.json'));
  });

  it('with --load makes providers as they would be used, and says what one lacks', async () => {
    const contributes = { providers: [{ name: 'half' }, { name: 'keyed' }] };
    const keyed = `({ settings }) => { if (!settings.key) throw new Error('settings.key is missing'); return whole; }`;
    const whole = `{ id: 'keyed', protocols: ['openai-chat'], models: async () => [], send() {}, async close() {} }`;
    machine.plugin(
      'acme',
      { contributes },
      `const whole = ${whole};\n${contributing(`{ providers: { half: () => ({ id: 'half' }), keyed: ${keyed} } }`)}`,
    );
    expect(await examine()).toMatchObject({ code: 0, codes: [] });
    const providers = { sim: {}, own: { type: 'plugin', name: 'keyed', settings: { key: 'a' } } };
    machine.write('hotpath.config.json', JSON.stringify({ providers, detect: { ollama: false } }));
    const { code, checks } = await examine('acme', '--load');
    expect(code).toBe(1);
    expect(checks.filter(({ status }) => status === 'fail')).toMatchObject([
      {
        code: 'PLUGIN_PROVIDER_UNUSABLE',
        plugin: 'acme',
        text: expect.stringMatching(/"half" of the plugin acme has no "protocols".*no function "send"/),
      },
    ]);
    machine.write('hotpath.config.json', JSON.stringify({ providers: { sim: {} }, detect: { ollama: false } }));
    const bare = await examine('--load');
    expect(bare.checks.map(({ text }) => text).join()).toContain('settings.key is missing');
  });
});
