import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSource, createPluginHost, folderSource, npmSource, type PluginSource } from '../src/index.ts';
import { testPluginSource } from '../src/testing.ts';
import { pluginFolder } from './support/plugins.ts';

testPluginSource('folderSource', () => {
  const folder = pluginFolder();
  return {
    source: folderSource(folder.path),
    put: (name, manifest) => void folder.file(`${name}/plugin.json`, JSON.stringify(manifest)),
    spoil: (name) => void folder.file(`${name}/plugin.json`, '{"name":'),
    remove: (name) => rmSync(join(folder.path, name), { recursive: true }),
  };
});

testPluginSource('npmSource', () => {
  const folder = pluginFolder();
  const put = (name: string, { name: _, version, ...hotpath }: Readonly<Record<string, unknown>>): void => {
    const json = { name, version, keywords: ['hotpath-plugin'], hotpath };
    folder.file(`node_modules/${name}/package.json`, JSON.stringify(json));
  };
  return {
    source: npmSource({ root: folder.path }),
    put,
    spoil: (name) => put(name, { version: 'none' }),
    remove: (name) => rmSync(join(folder.path, 'node_modules', name), { recursive: true }),
  };
});

testPluginSource('configSource', () => {
  const folder = pluginFolder();
  const entries: string[] = [];
  const put = (name: string, text: string): void => {
    folder.file(`${name}/plugin.json`, text);
    if (!entries.includes(name)) entries.push(name);
  };
  return {
    source: configSource(entries, { root: folder.path }),
    put: (name, manifest) => put(name, JSON.stringify(manifest)),
    spoil: (name) => put(name, '[]'),
    remove: (name) => void entries.splice(entries.indexOf(name), 1),
  };
});

const found = async (...sources: PluginSource[]) => {
  const host = createPluginHost({ sources, hostVersion: '1.0.0' });
  await host.discover();
  return {
    names: host.plugins().map(({ manifest }) => manifest.name),
    mains: host.plugins().map(({ manifest }) => manifest.main),
    problems: host.problems(),
  };
};

describe('a folder', () => {
  it('may itself be a plugin', async () => {
    const folder = pluginFolder();
    expect((await found(folderSource(folder.add('alone')))).names).toEqual(['alone']);
  });

  it('has plugins in package.json too, named and versioned by the package', async () => {
    const folder = pluginFolder();
    const json = { name: 'packaged', version: '2.0.0', main: './lib/plugin.js', hotpath: { core: true } };
    folder.file('one/package.json', JSON.stringify(json));
    folder.file('no-plugin/package.json', '{"name":"no-plugin"}');
    folder.file('a-file', '');
    expect(await found(folderSource(folder.path))).toEqual({
      names: ['packaged'],
      mains: ['./lib/plugin.js'],
      problems: [],
    });
  });

  it('may have links to plugins elsewhere', async () => {
    const folder = pluginFolder();
    folder.add('elsewhere/linked', { manifest: { name: 'linked' } });
    mkdirSync(join(folder.path, 'plugins'));
    symlinkSync(join(folder.path, 'elsewhere/linked'), join(folder.path, 'plugins/linked'));
    symlinkSync(join(folder.path, 'nowhere'), join(folder.path, 'plugins/dangling'));
    expect(await found(folderSource(join(folder.path, 'plugins')))).toMatchObject({ names: ['linked'], problems: [] });
  });

  it('that is not there holds nothing', async () => {
    expect(await found(folderSource('/no/such/folder'))).toEqual({ names: [], mains: [], problems: [] });
  });
});

describe('npm packages', () => {
  it('are plugins by their keyword, scoped ones too, described in either file', async () => {
    const folder = pluginFolder();
    const write = (name: string, rest: object): void =>
      void folder.file(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...rest }));
    write('@acme/models', { keywords: ['hotpath-plugin'], hotpath: {} });
    write('separate', { keywords: ['hotpath-plugin'] });
    folder.file('node_modules/separate/plugin.json', '{"name":"separate","version":"1.0.0"}');
    write('without-keyword', { hotpath: {} });
    write('other', { keywords: ['other'] });
    folder.file('node_modules/no-json/package.json', '{');
    folder.file('node_modules/.bin/tool', '');
    expect(await found(npmSource({ root: folder.path }))).toMatchObject({
      names: ['@acme/models', 'separate'],
      problems: [],
    });
    expect((await found(npmSource({ root: folder.path, keyword: 'other' }))).problems).toMatchObject([
      { code: 'PLUGIN_MANIFEST_INVALID', path: join(folder.path, 'node_modules/other/package.json') },
    ]);
  });
});

describe('a configuration', () => {
  it('may say what the plugin does not, and is told of one that is not there', async () => {
    const folder = pluginFolder();
    const given = { name: 'given', version: '1.0.0' };
    const { names, problems } = await found(
      configSource([{ folder: './anywhere', manifest: given }, './missing'], {
        root: folder.path,
        file: 'hotpath.yaml',
      }),
    );
    expect(names).toEqual(['given']);
    expect(problems).toMatchObject([
      { code: 'PLUGIN_MANIFEST_INVALID', message: expect.stringContaining('hotpath.yaml') },
    ]);
  });
});

describe('the order of sources', () => {
  it('decides between plugins and contributions of one name, and the others are reported', async () => {
    const folder = pluginFolder();
    const contributes = { commands: [{ name: 'deploy' }] };
    folder.add('project/mine', { manifest: { name: 'mine', contributes } });
    folder.add('user/mine', { manifest: { name: 'mine', version: '2.0.0' } });
    folder.add('user/other', { manifest: { name: 'other', contributes } });
    const project = folderSource(join(folder.path, 'project'));
    const host = createPluginHost({
      sources: [project, folderSource(join(folder.path, 'user')), project],
      hostVersion: '1.0.0',
    });
    await host.discover();
    expect(host.plugins().map(({ manifest }) => `${manifest.name} ${manifest.version}`)).toEqual([
      'mine 1.0.0',
      'other 1.0.0',
    ]);
    expect(host.contributions('commands')).toMatchObject([{ name: 'deploy', plugin: 'mine' }]);
    expect(host.problems()).toMatchObject([
      { code: 'PLUGIN_NAME_DUPLICATE', plugin: 'mine', path: join(folder.path, 'user/mine') },
      { code: 'PLUGIN_CONTRIBUTION_CONFLICT', plugin: 'other' },
    ]);
    expect(await host.resolve('commands', 'deploy')).toBeTypeOf('function');
  });

  it('goes on without a source that lists no list', async () => {
    const folder = pluginFolder();
    folder.add('alpha');
    const wrong = { id: 'wrong', list: () => undefined } as unknown as PluginSource;
    const host = createPluginHost({ sources: [wrong, folderSource(folder.path)], hostVersion: '1.0.0' });
    expect(await host.discover()).toMatchObject({
      plugins: 1,
      problems: [{ code: 'PLUGIN_SOURCE_FAILED', path: 'wrong', message: expect.stringContaining('no list') }],
    });
  });

  it('goes on without a source that fails or never answers', async () => {
    const folder = pluginFolder();
    folder.add('alpha');
    const failing: PluginSource = { id: 'failing', list: () => Promise.reject(new Error('no network')) };
    const hanging: PluginSource = { id: 'hanging', list: () => new Promise(() => {}) };
    const host = createPluginHost({
      sources: [failing, hanging, folderSource(folder.path)],
      hostVersion: '1.0.0',
      timeouts: { sourceMs: 20 },
    });
    expect(await host.discover()).toMatchObject({
      plugins: 1,
      problems: [
        { code: 'PLUGIN_SOURCE_FAILED', path: 'failing' },
        { code: 'PLUGIN_SOURCE_FAILED', path: 'hanging', message: expect.stringContaining('timeouts.sourceMs, 20 ms') },
      ],
    });
  });
});
