import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPluginHost, folderSource, type PluginHost } from '../src/index.ts';
import { until } from './support/clock.ts';
import { listenToPlugins, type PluginFolder, pluginFolder, recording } from './support/plugins.ts';

let folder: PluginFolder;
let host: PluginHost;
let heard: string[];

beforeEach(() => {
  folder = pluginFolder();
  heard = listenToPlugins();
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0' });
});
afterEach(() => host.deactivate());

const contributes = { commands: [{ name: 'say' }] };
const code = (text: string): string => `import { text } from './lib/text.js';
  globalThis.record('import ${text}');
  export default {
    activate: () => ({ commands: { say: () => '${text} ' + text } }),
    deactivate: () => { globalThis.record('deactivate ${text}'); },
  };`;
const say = async (): Promise<unknown> => ((await host.resolve('commands', 'say')) as () => unknown)();

const write = (text: string, library: string): void => {
  folder.add('says', { manifest: { contributes }, code: code(text) });
  folder.file('says/lib/text.js', `export const text = '${library}';`);
};

it('puts new code in the place of the old, files that the plugin imports included', async () => {
  write('one', 'first');
  expect(await say()).toBe('one first');
  write('two', 'second');
  await host.reload('says');
  expect(await say()).toBe('two second');
  expect(heard).toEqual(['import one', 'import two', 'deactivate one']);
  write('two', 'third');
  await host.reload('says');
  expect(await say()).toBe('two third');
});

it('reads the files of a plugin that is a link anew too', async () => {
  write('one', 'first');
  const links = join(folder.path, 'links');
  mkdirSync(links);
  symlinkSync(join(folder.path, 'says'), join(links, 'says'), 'junction');
  host = createPluginHost({ sources: [folderSource(links)], hostVersion: '1.0.0' });
  expect(await say()).toBe('one first');
  write('one', 'second');
  await host.reload('says');
  expect(await say()).toBe('one second');
});

it('holds for another host of the same process, which must not import what is old', async () => {
  write('one', 'first');
  await say();
  write('two', 'second');
  await host.reload('says');
  const first = host;
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0' });
  expect(await say()).toBe('two second');
  write('three', 'third');
  await host.reload('says');
  expect(await say()).toBe('three third');
  await first.deactivate();
});

it('keeps the old one in use where the new one cannot be imported', async () => {
  write('one', 'first');
  await say();
  folder.file('says/index.js', 'export default {');
  await expect(host.reload('says')).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED', plugin: 'says' });
  expect(await say()).toBe('one first');
  write('three', 'third');
  await host.reload('says');
  expect(await say()).toBe('three third');
});

it('mends a plugin that could not be loaded, with those that need it', async () => {
  folder.add('broken', { code: 'throw new Error("not yet");' });
  folder.add('app', { manifest: { dependencies: { broken: '*' } }, code: recording('app') });
  await expect(host.load('app')).rejects.toMatchObject({ code: 'PLUGIN_DEPENDENCY_SKIPPED', via: ['app', 'broken'] });
  folder.add('broken', { code: recording('broken') });
  await host.reload('broken');
  expect(host.plugins().map(({ status }) => status)).toEqual(['active', 'active']);
});

it('deactivates those that need it first and activates them after it', async () => {
  folder.add('app', { manifest: { core: true, dependencies: { db: '*' } }, code: recording('app') });
  folder.add('db', { manifest: { core: true }, code: recording('db') });
  folder.add('apart', { manifest: { core: true }, code: recording('apart') });
  await host.boot();
  heard.splice(0);
  await host.reload('db');
  expect(heard).toEqual(['import db', 'deactivate app', 'deactivate db', 'activate db', 'activate app']);
});

it('takes a changed manifest', async () => {
  write('one', 'first');
  await say();
  folder.add('says', {
    manifest: { version: '2.0.0', contributes: { commands: [{ name: 'shout' }] } },
    code: 'export default { activate: () => ({ commands: { shout: () => "SHOUT" } }) };',
  });
  await host.reload('says');
  expect(host.contributions().map(({ name }) => name)).toEqual(['shout']);
  expect(((await host.resolve('commands', 'shout')) as () => unknown)()).toBe('SHOUT');
});

it('knows only plugins that are there', async () => {
  await expect(host.reload('none')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
});

it('waits for a load under way, so that each instance is deactivated once', async () => {
  folder.add('slow', {
    code: `const instance = globalThis.instances++;
      export default {
        async activate() {
          globalThis.record('begin ' + instance);
          await globalThis.gate;
          globalThis.record('on ' + instance);
        },
        deactivate() { globalThis.record('off ' + instance); },
      };`,
  });
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  Object.assign(globalThis, { gate, instances: 0 });
  const loading = host.load('slow');
  await until(() => heard.length > 0);
  const reloads = [host.reload('slow'), host.reload('slow')];
  // The new code is there, and waits for the old one.
  await until(() => (globalThis as unknown as { instances: number }).instances === 2);
  open();
  await Promise.all([loading, ...reloads]);
  await host.deactivate();
  const each = (instance: number): string[] => [`begin ${instance}`, `on ${instance}`, `off ${instance}`];
  expect(heard).toEqual([...each(0), ...each(1), ...each(2)]);
});
