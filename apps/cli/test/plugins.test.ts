import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { nothing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
beforeEach(() => {
  machine = pluginMachine();
});

const throwing = 'throw new Error("was loaded");';
const configure = (plugins: object): void => {
  machine.write('hotpath.config.json', JSON.stringify({ providers: { sim: {} }, plugins }));
};

describe('hotpath plugins list', () => {
  it('shows each plugin with its place, what it contributes and whether it is used, without loading any', async () => {
    const contributes = { commands: [{ name: 'greet', summary: 'Says hello' }], providers: [{ name: 'acme' }] };
    machine.plugin('acme', { contributes }, throwing);
    machine.plugin('mine', {}, throwing, machine.user);
    const named = machine.plugin('named', {}, throwing, join(machine.folder, 'tools'));
    const packaged = join(machine.folder, 'node_modules', 'packaged');
    mkdirSync(packaged, { recursive: true });
    writeFileSync(
      join(packaged, 'package.json'),
      '{"name":"packaged","version":"2.0.0","keywords":["hotpath-plugin"],"hotpath":{}}',
    );
    configure({ folders: [named], disabled: ['mine'] });
    const { plugins, problems, enabled } = await machine.json('list');
    expect({ problems, enabled }).toEqual({ problems: [], enabled: true });
    expect(plugins.map(({ name, source, status }: Record<string, string>) => [name, source, status])).toEqual([
      ['named', 'configuration', 'ready'],
      ['acme', 'project', 'ready'],
      ['mine', 'user', 'disabled'],
      ['packaged', 'packages', 'ready'],
    ]);
    expect(plugins[1]).toMatchObject({
      version: '1.0.0',
      folder: join(machine.project, 'acme'),
      contributes: [
        { kind: 'command', name: 'greet', summary: 'Says hello' },
        { kind: 'provider', name: 'acme', summary: null },
      ],
    });
    const { stdout, stderr, code } = await machine.plugins('list');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^PLUGIN +VERSION +FROM +STATUS\n/);
    expect(stdout).toMatch(/^acme +1\.0\.0 +project +ready\n {2}command greet, provider acme\n/m);
    expect(stdout).toMatch(/^mine +1\.0\.0 +user +disabled by the configuration$/m);
  });

  it('keeps to 80 columns', async () => {
    const commands = Array.from({ length: 30 }, (_, index) => ({ name: `command-${index}` }));
    machine.plugin('many', { contributes: { commands } });
    const { stdout } = await machine.plugins('list');
    const lines = stdout.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    for (const { name } of commands) expect(stdout).toContain(name);
    const info = (await machine.plugins('info', 'many')).stdout.split('\n').filter((line) => !line.includes('/'));
    expect(Math.max(...info.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('says at last what is wrong, manifests that are none among it', async () => {
    machine.plugin('bad', { version: 'one' });
    machine.plugin('needy', { dependencies: { absent: '*' } });
    machine.plugin('newer', { host: '>=99' });
    machine.plugin('good');
    const { stdout, stderr, code } = await machine.plugins('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^needy .* skipped$/m);
    const [, problems = ''] = stdout.split('\nProblems\n');
    expect(problems).toMatch(/PLUGIN_MANIFEST_INVALID: .*bad.plugin\.json: version is "one"/);
    expect(problems).toMatch(/PLUGIN_DEPENDENCY_MISSING: .*needs absent/);
    expect(problems).toMatch(/PLUGIN_HOST_UNSUPPORTED: .*newer asks for a host >=99/);
    expect(problems).not.toContain('good');
    expect(stderr).toContain('hotpath plugins doctor');
    const { problems: listed } = await machine.json('list');
    expect(listed.map(({ code: each }: { code: string }) => each).sort()).toEqual([
      'PLUGIN_DEPENDENCY_MISSING',
      'PLUGIN_HOST_UNSUPPORTED',
      'PLUGIN_MANIFEST_INVALID',
    ]);
  });

  it('says where to put one where there is none, and when all are switched off', async () => {
    const none = await machine.plugins('list');
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(machine.user) });
    machine.plugin('acme');
    configure({ enabled: false });
    expect(await machine.json('list')).toEqual({ enabled: false, plugins: [], problems: [] });
    expect((await machine.plugins('list')).stderr).toContain('plugins.enabled is false');
  });
});

describe('hotpath plugins info', () => {
  it('shows the manifest, files, dependants and hidden commands of one, and names of settings alone', async () => {
    const commands = [{ name: 'greet', summary: 'Says hello' }, { name: 'cache' }, { name: 'ask twice' }];
    machine.plugin(
      'acme',
      { description: 'Models of Acme', activates: ['event:serve'], contributes: { commands } },
      throwing,
    );
    machine.plugin('app', { dependencies: { acme: '^1.0.0' } });
    machine.plugin('over', { dependencies: { app: '*' } });
    configure({ settings: { acme: { token: 'sk-very-secret' } } });
    const { plugin, ledger } = await machine.json('info', 'acme');
    expect(ledger).toBeNull();
    expect(plugin).toMatchObject({
      name: 'acme',
      status: 'ready',
      source: 'project',
      manifest: join(machine.project, 'acme', 'plugin.json'),
      linkedTo: null,
      host: '*',
      activates: ['event:serve'],
      dependencies: {},
      dependants: ['app', 'over'],
      settings: ['token'],
      files: { count: 2, hasMain: true },
      trouble: null,
      hidden: [
        { command: 'cache', reason: expect.stringContaining('the group "hotpath cache"') },
        { command: 'ask twice', reason: expect.stringContaining('"hotpath ask"') },
      ],
    });
    const { stdout, code } = await machine.plugins('info', 'acme');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^About +Models of Acme$/m);
    expect(stdout).toMatch(/^Needed by +app, over$/m);
    expect(stdout).toMatch(/^Settings +token$/m);
    expect(stdout).toMatch(/^ {2}command greet +Says hello$/m);
    expect(stdout).toMatch(/command cache +\(cannot be called: it is hidden/);
    expect(JSON.stringify(plugin) + stdout).not.toContain('secret');
  });

  it('loads one where asked to, with those it needs, and tells what that took', async () => {
    machine.plugin('base');
    machine.plugin('acme', { dependencies: { base: '*' } });
    const { plugin, ledger } = await machine.json('info', 'acme', '--load');
    expect(plugin.status).toBe('active');
    expect(ledger.map(({ plugin: name }: { plugin: string }) => name).sort()).toEqual(['acme', 'base']);
    const shown = await machine.plugins('info', 'acme', '--load');
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nacme +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms\n/),
    });
    machine.plugin('acme', {}, throwing);
    const failed = await machine.plugins('info', 'acme', '--load');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^Status +failed$/m);
    expect(failed.stdout).toMatch(/PLUGIN_IMPORT_FAILED: .*was\s+loaded/s);
    expect(failed.stdout + failed.stderr).not.toMatch(/^\s+at /m);
  });

  it('tells which module is loaded, and which else there is', async () => {
    const manifest = { main: './dist/index.js', development: './index.mjs' };
    const folder = machine.plugin('acme', manifest);
    const shown = async (name: string): Promise<string | undefined> =>
      /^Module +(.+)$/m.exec((await machine.plugins('info', name)).stdout)?.[1];
    expect((await machine.json('info', 'acme')).plugin).toMatchObject({ ...manifest, loads: './index.mjs' });
    expect(await shown('acme')).toBe('./index.mjs (once installed ./dist/index.js)');
    rmSync(join(folder, 'index.mjs'));
    expect((await machine.json('info', 'acme')).plugin.loads).toBe('./dist/index.js');
    expect(await shown('acme')).toBe('./dist/index.js, which is not there (in development ./index.mjs)');
    const installed = machine.plugin('installed', manifest, undefined, join(machine.folder, 'node_modules'));
    configure({ folders: [installed] });
    expect((await machine.json('info', 'installed')).plugin.loads).toBe('./dist/index.js');
    machine.plugin('plain');
    expect(await shown('plain')).toBe('./index.mjs');
  });

  it('says of one that cannot be read that it is there', async () => {
    for (const name of ['torn', '@acme/torn']) {
      writeFileSync(join(machine.plugin(name), 'plugin.json'), '{ "name": ');
      const { error } = await machine.json('info', name);
      expect(error).toMatchObject({ code: 'PLUGIN_MANIFEST_INVALID', message: expect.stringContaining('torn') });
    }
    expect((await machine.json('info', 'orn')).error.code).toBe('CLI_PLUGIN_MISSING');
  });

  it('finds the name that was meant, and says what is wrong with a manifest', async () => {
    machine.plugin('acme-models');
    machine.plugin('bad', { version: 'one' });
    const missing = await machine.plugins('info', 'acme-model');
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/there is no plugin "acme-model"\. Did you mean "acme-models"\?/);
    expect((await machine.json('info', 'acme-model')).error.code).toBe('CLI_PLUGIN_MISSING');
    expect((await machine.json('info', 'bad')).error.code).toBe('PLUGIN_MANIFEST_INVALID');
    for (const args of [
      ['info'],
      ['info', 'a', 'b'],
      ['enable'],
      ['disable'],
      ['link'],
      ['unlink'],
      ['doctor', 'a', 'b'],
    ])
      expect([args, (await machine.plugins(...args)).code]).toEqual([args, 2]);
  });
});

describe('hotpath plugins disable and enable', () => {
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await machine.json('list')).plugins.map((each: Record<string, string>) => [each.name, each.status]),
    );

  it('leave one out, with those that need it, and take it back', async () => {
    machine.plugin('base');
    machine.plugin('app', { dependencies: { base: '*' } });
    machine.plugin('over', { dependencies: { app: '*' } });
    const { code, stdout, stderr } = await machine.plugins('disable', 'base');
    expect(code).toBe(0);
    expect(stdout).toContain('hotpath plugins enable base');
    expect(stderr).toContain('app, over');
    expect(await statuses()).toEqual({ base: 'disabled', app: 'skipped', over: 'skipped' });
    expect((await machine.plugins('list')).stdout).toMatch(/^base .* disabled by you$/m);
    expect(await machine.json('disable', 'base')).toEqual({
      plugin: 'base',
      enabled: false,
      changed: false,
      skipped: [],
    });
    expect(await machine.json('enable', 'base')).toEqual({ plugin: 'base', enabled: true, changed: true });
    expect(await statuses()).toEqual({ base: 'ready', app: 'ready', over: 'ready' });
    expect(await machine.json('enable', 'base')).toEqual({ plugin: 'base', enabled: true, changed: false });
  });

  it('say that what the configuration disables must be enabled there', async () => {
    machine.plugin('acme');
    configure({ disabled: ['acme'] });
    const enabled = await machine.plugins('enable', 'acme');
    expect(enabled).toMatchObject({ code: 1, stdout: '' });
    expect(enabled.stderr).toMatch(/plugins\.disabled of .*hotpath\.config\.json names it\. Remove it there/);
    const disabled = await machine.plugins('disable', 'acme');
    expect(disabled).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('disabled already, by plugins.disabled of'),
    });
    configure({});
    expect(await statuses()).toEqual({ acme: 'ready' });
    configure({ enabled: false });
    expect((await machine.plugins('enable', 'acme')).code).toBe(1);
  });

  it('say why one that is enabled is left out all the same', async () => {
    machine.plugin('newer', { host: '>=99' });
    const { code, stderr } = await machine.plugins('enable', 'newer');
    expect({ code, told: /asks for a host >=99.*PLUGIN_HOST_UNSUPPORTED/.test(stderr) }).toEqual({
      code: 1,
      told: true,
    });
  });

  it('know plugins alone, and those on the list that are gone', async () => {
    machine.plugin('acme');
    for (const command of ['disable', 'enable']) {
      const { code, stderr } = await machine.plugins(command, 'acne');
      expect(code).toBe(1);
      expect(stderr).toContain('Did you mean "acme"?');
    }
    await machine.plugins('disable', 'acme');
    rmSync(join(machine.project, 'acme'), { recursive: true });
    expect((await machine.json('enable', 'acme')).error.message).toContain('it is not installed');
    machine.plugin('acme', {}, nothing);
    expect(await statuses()).toEqual({ acme: 'ready' });
  });
});
