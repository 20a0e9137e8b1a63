import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
let work: string;
beforeEach(() => {
  machine = pluginMachine();
  work = join(machine.folder, 'work');
});

const develop = (name: string, manifest?: object): string => machine.plugin(name, manifest, undefined, work);

describe('hotpath plugins link', () => {
  it('puts a link among the plugins of the user, or of the project', async () => {
    const folder = develop('acme');
    const link = join(machine.user, 'acme');
    expect(await machine.json('link', 'work/acme')).toEqual({
      plugin: 'acme',
      version: '1.0.0',
      link,
      folder,
      isNew: true,
      status: 'ready',
    });
    expect(readlinkSync(link)).toBe(folder);
    expect((await machine.json('info', 'acme')).plugin).toMatchObject({ source: 'user', linkedTo: folder });
    const again = await machine.plugins('link', folder);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('linked already'), stderr: '' });
    const inProject = await machine.plugins('link', folder, '--project');
    expect(inProject).toMatchObject({ code: 0, stdout: `Linked acme 1.0.0: ${join(machine.project, 'acme')}\n` });
    expect((await machine.json('info', 'acme')).plugin.source).toBe('project');
  });

  it('links a plugin with a scope so that it is found', async () => {
    const folder = develop('@acme/models');
    expect(await machine.json('link', folder)).toMatchObject({ status: 'ready' });
    expect((await machine.json('list')).plugins).toMatchObject([{ name: '@acme/models', status: 'ready' }]);
    expect((await machine.plugins('unlink', '@acme/models')).code).toBe(0);
    expect((await machine.json('list')).plugins).toEqual([]);
  });

  it('refuses a manifest with faults, and names them all', async () => {
    const folder = develop('bad', { version: 'one', core: 'yes', contributes: { comands: [] } });
    const { error } = await machine.json('link', folder);
    expect(error.code).toBe('PLUGIN_MANIFEST_INVALID');
    for (const fault of ['version is "one"', 'core is "yes"', 'contributes.commands instead'])
      expect(error.message).toContain(fault);
    expect((await machine.json('link', develop('newer', { host: '>=99' }))).error.code).toBe('PLUGIN_HOST_UNSUPPORTED');
    expect((await machine.json('link', work)).error.message).toContain('neither a plugin.json nor a package.json');
    expect((await machine.json('link', 'nowhere')).error.code).toBe('CLI_PLUGIN_LINK_REFUSED');
    expect(existsSync(machine.user)).toBe(false);
  });

  it('says of what is no plugin what it is, and what to do', async () => {
    machine.write('file', 'text');
    machine.plugin('linked', {}, undefined, work);
    mkdirSync(join(machine.folder, 'bare'));
    mkdirSync(join(machine.folder, 'package'));
    machine.write('package/package.json', '{"name":"package","version":"1.0.0"}');
    symlinkSync('loop', join(machine.folder, 'loop'));
    symlinkSync('gone', join(machine.folder, 'dangling'));
    for (const [folder, words] of [
      ['file', 'is no folder. Name the folder of a plugin'],
      ['file/under', 'cannot be looked at'],
      ['nowhere', 'there is no folder'],
      ['dangling', 'there is no folder'],
      ['loop', 'is a link that leads back to itself'],
      ['bare', 'has no manifest: neither a plugin.json nor a package.json'],
      ['package', 'has no manifest: neither a plugin.json nor a package.json'],
    ] as const) {
      const { error } = await machine.json('link', folder);
      expect(error).toEqual({ code: 'CLI_PLUGIN_LINK_REFUSED', message: expect.stringContaining(words) });
    }
    const own = machine.plugin('own');
    expect((await machine.json('link', own, '--project')).error.message).toContain('the plugin itself');
  });

  it('makes no second link to a folder whose plugin was given another name', async () => {
    const folder = develop('acme');
    await machine.plugins('link', folder, '--project');
    machine.plugin('acme', { name: 'renamed' }, undefined, work);
    const link = join(machine.project, 'acme');
    const { error } = await machine.json('link', folder, '--project');
    expect(error.message).toContain(`is linked already, as ${link}. "hotpath plugins unlink acme --project" removes`);
    const unlinked = await machine.plugins('unlink', 'renamed');
    expect(unlinked).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"hotpath plugins unlink acme --project"'),
    });
    expect((await machine.plugins('unlink', 'acme', '--project')).code).toBe(0);
    expect(await machine.json('link', folder, '--project')).toMatchObject({ plugin: 'renamed', isNew: true });
  });

  it('overwrites nothing', async () => {
    machine.plugin('acme', { version: '9.0.0' }, undefined, machine.user);
    const folder = develop('acme');
    const { code, stderr } = await machine.plugins('link', folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('there already, and no link') });
    expect((await machine.json('info', 'acme')).plugin.version).toBe('9.0.0');
    rmSync(join(machine.user, 'acme'), { recursive: true });
    await machine.plugins('link', folder);
    const other = machine.plugin('acme', {}, undefined, join(machine.folder, 'fork'));
    const taken = await machine.plugins('link', other);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining(`a link to ${folder}`) });
    expect(readlinkSync(join(machine.user, 'acme'))).toBe(folder);
  });

  it('says when another one is used all the same, when something is missing, and when it is not built', async () => {
    machine.plugin('acme');
    expect((await machine.plugins('link', develop('acme'))).stderr).toContain('another acme goes before it');
    const needy = await machine.plugins('link', develop('needy', { dependencies: { absent: '*' } }));
    expect(needy).toMatchObject({ code: 0, stderr: expect.stringContaining('needs absent, which is not installed') });
    const unbuilt = await machine.plugins('link', develop('unbuilt', { main: './dist/index.js' }));
    expect(unbuilt).toMatchObject({ code: 0, stderr: expect.stringContaining('build the plugin before you use it') });
  });
});

describe('hotpath plugins unlink', () => {
  it('removes the link and leaves the folder', async () => {
    const folder = develop('acme');
    await machine.plugins('link', folder);
    expect(await machine.plugins('unlink', 'acme')).toEqual({
      code: 0,
      stdout: `Unlinked acme. It stays in ${folder}.\n`,
      stderr: '',
    });
    expect(existsSync(join(folder, 'plugin.json'))).toBe(true);
    expect(existsSync(join(machine.user, 'acme'))).toBe(false);
  });

  it('removes links that lead nowhere', async () => {
    const folder = develop('acme');
    await machine.plugins('link', folder, '--project');
    rmSync(folder, { recursive: true });
    expect((await machine.plugins('unlink', 'acme', '--project')).code).toBe(0);
    expect(lstatSync(join(machine.project, 'acme'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('never removes anything else', async () => {
    machine.plugin('acme', {}, undefined, machine.user);
    mkdirSync(join(machine.user, 'empty'));
    writeFileSync(join(machine.user, 'file'), 'text');
    for (const name of ['acme', 'empty', 'file']) {
      const { code, stderr } = await machine.plugins('unlink', name);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is no link') });
      expect(existsSync(join(machine.user, name))).toBe(true);
    }
    for (const name of ['../work', 'a/../../work', '.'])
      expect([name, (await machine.plugins('unlink', name)).code]).toEqual([name, 1]);
    expect((await machine.plugins('unlink', 'acme', '--project')).stderr).toContain('That is no link');
    expect((await machine.json('unlink', 'acm')).error.code).toBe('CLI_PLUGIN_MISSING');
  });
});
