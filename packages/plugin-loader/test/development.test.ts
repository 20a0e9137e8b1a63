import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPluginHost, folderSource, npmSource, type PluginHost } from '../src/index.ts';
import { type PluginFolder, pluginFolder } from './support/plugins.ts';

let folder: PluginFolder;
let hosts: PluginHost[];

beforeEach(() => {
  folder = pluginFolder();
  hosts = [];
});
afterEach(() => Promise.all(hosts.map((host) => host.deactivate())));

const code = (text: string): string =>
  `import { text } from './text.${text === 'sources' ? 'ts' : 'js'}';
   export default { activate: () => ({ commands: { say: () => text } }) };`;

interface Files {
  readonly hasSources?: boolean;
  readonly development?: string | undefined;
  readonly worker?: boolean;
}

/** A package with what was built and, unless told otherwise, the sources of it. */
const write = (path: string, { hasSources = true, ...hotpath }: Files = {}): string => {
  const contributes = { commands: [{ name: 'say' }] };
  const manifest = { development: './src/index.ts', contributes, ...hotpath };
  const whole = { name: 'says', version: '1.0.0', type: 'module', keywords: ['hotpath-plugin'], hotpath: manifest };
  folder.file(`${path}/package.json`, JSON.stringify(whole));
  folder.file(`${path}/dist/index.js`, code('built'));
  folder.file(`${path}/dist/text.js`, 'export const text = "built";');
  if (hasSources) {
    folder.file(`${path}/src/index.ts`, code('sources'));
    folder.file(`${path}/src/text.ts`, 'export const text: string = "sources";');
  }
  return join(folder.path, path);
};

const say = async (source = folderSource(join(folder.path, 'plugins')), again = false): Promise<unknown> => {
  const host = createPluginHost({ sources: [source], hostVersion: '1.0.0' });
  hosts.push(host);
  if (again) {
    await host.resolve('commands', 'say');
    await host.reload('says');
  }
  return ((await host.resolve('commands', 'say')) as () => unknown)();
};
const installed = () => npmSource({ root: folder.path });

it('loads the sources of a plugin that is being worked on', async () => {
  write('plugins/says');
  expect(await say()).toBe('sources');
  expect(await say(undefined, true)).toBe('sources');
});

it('loads what was built where there are no sources, and where none are named', async () => {
  write('plugins/says', { hasSources: false });
  expect(await say()).toBe('built');
  write('plugins/says', { development: undefined });
  expect(await say()).toBe('built');
});

it('loads what was built of an installed package, which may hold its sources', async () => {
  write('node_modules/says');
  expect(await say(installed())).toBe('built');
});

it('loads the sources of a package that is only linked', async () => {
  folder.file('node_modules/.keep', '');
  symlinkSync(write('elsewhere/says'), join(folder.path, 'node_modules', 'says'), 'junction');
  expect(await say(installed())).toBe('sources');
});

it('loads the sources in a thread too', async () => {
  write('plugins/says', { worker: true });
  expect(await say()).toBe('sources');
});
