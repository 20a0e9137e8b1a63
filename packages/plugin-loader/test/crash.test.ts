import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCrashWatch } from '../src/crash-watch.ts';
import type { TroubleRecord } from '../src/index.ts';
import { createPluginHost, folderSource } from '../src/index.ts';
import { parseManifest } from '../src/manifest.ts';
import { running } from '../src/running.ts';
import { startChild } from './support/child.ts';
import { testClock } from './support/clock.ts';
import { pluginFolder } from './support/plugins.ts';

const world = () => {
  const folder = pluginFolder();
  const plugins = join(folder.path, 'plugins');
  const stateFile = join(folder.path, 'state', 'plugins.json');
  const add = (name: string, code?: string): string =>
    folder.add(`plugins/${name}`, { manifest: { name, activates: ['always'] }, ...(code !== undefined && { code }) });
  const run = (ending = '') => startChild('crash.ts', [plugins, stateFile, ending]);
  const recordOf = (name: string): TroubleRecord | undefined => {
    try {
      return (JSON.parse(readFileSync(stateFile, 'utf8')) as { plugins: Record<string, TroubleRecord> }).plugins[name];
    } catch {
      return undefined;
    }
  };
  return { folder, plugins, stateFile, add, run, recordOf };
};

const activating = (body: string): string => `export default { activate() { ${body} } };`;

const late: Readonly<Record<string, string>> = {
  'a floating rejection': activating('Promise.reject(new Error("floating"));'),
  'a rejection that is no error': activating('Promise.reject("floating");'),
  'a rejection at import': `Promise.reject(new Error("floating")); ${activating('')}`,
  'a throw from a timer': activating('setTimeout(() => { throw new Error("late"); }, 50);'),
  'an error that a file elsewhere makes': `import { fail } from '../../elsewhere.mjs'; ${activating('setTimeout(fail, 1);')}`,
};

it.each(Object.keys(late))('is told of, and twice puts the plugin into quarantine: %s', async (kind) => {
  const { add, run, recordOf, folder } = world();
  folder.file('elsewhere.mjs', 'export const fail = () => { throw new Error("far"); };');
  add('good');
  add('late', late[kind]);
  for (const crashes of [1, 2]) {
    expect(await run()).toMatchObject({ code: 1, stdout: 'late PLUGIN_CRASHED\n' });
    expect(recordOf('late')).toMatchObject({ crashes, lastCode: 'PLUGIN_CRASHED' });
  }
  expect(recordOf('good')).toBeUndefined();
  expect(await run()).toMatchObject({ code: 0, stdout: 'late PLUGIN_QUARANTINED\n' });
});

it('blames no other that is being loaded at the time', async () => {
  const { add, run, recordOf, plugins, stateFile } = world();
  add('late', activating('setTimeout(() => { throw new Error("late"); }, 100);'));
  add('slow', 'await new Promise((go) => setTimeout(go, 1_000)); export default { activate() {} };');
  expect(await run()).toMatchObject({ code: 1 });
  // What the process left behind is read when the next one begins.
  await using host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', stateFile });
  expect(recordOf('late')).toMatchObject({ crashes: 1, isSuspect: false });
  expect(recordOf('slow')).toBeUndefined();
  expect((await host.discover()).problems).toEqual([]);
});

it('blames nobody for what the host does itself', async () => {
  const { add, run, recordOf } = world();
  add('good');
  expect(await run('own')).toMatchObject({ code: 1, stdout: '' });
  expect(recordOf('good')).toBeUndefined();
});

it('leaves what becomes of a rejection to the host where that listens, and counts only what ended it', async () => {
  const { add, run, recordOf } = world();
  add('late', late['a floating rejection']);
  expect(await run('goes-on')).toMatchObject({ code: 0, stdout: 'late PLUGIN_CRASHED\nheard\n' });
  expect(recordOf('late')).toBeUndefined();
  expect(await run('ends')).toMatchObject({ code: 3, stdout: 'late PLUGIN_CRASHED\n' });
  expect(recordOf('late')).toMatchObject({ crashes: 1 });
});

it('finds a plugin by the file that failed, also in a call', async () => {
  const { folder, plugins } = world();
  const contributes = { commands: [{ name: 'float' }] };
  folder.add('plugins/floats', {
    manifest: { name: 'floats', contributes },
    code: 'export default { activate: () => ({ commands: { float: () => { Promise.reject(new Error("in a call")); } } }) };',
  });
  const heard: unknown[] = [];
  const listen = (error: unknown): void => void heard.push(error);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0' });
  const float = (await host.resolve('commands', 'float')) as () => void;
  process.once('unhandledRejection', listen);
  try {
    for (let time = 0; time < 2; time++) {
      float();
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.removeListener('unhandledRejection', listen);
      // One for the host, and ours before it, which goes with it.
      expect(process.listenerCount('unhandledRejection')).toBe(0);
      process.once('unhandledRejection', listen);
    }
    expect(heard).toMatchObject([{ message: 'in a call' }, { message: 'in a call' }]);
    expect(host.problems()).toMatchObject([{ code: 'PLUGIN_CRASHED', plugin: 'floats', cause: heard[0] }]);
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
    await host.deactivate();
  }
});

it('blames what is in use now where a plugin was loaded anew from the same folder', () => {
  const { plugins } = world();
  const heard: string[] = [];
  const watch = openCrashWatch({ onCrash: ({ manifest }) => heard.push(manifest.version), onDeath: () => {} });
  const loaded = ['1.0.0', '2.0.0'].map((version) => {
    const file = join(plugins, 'plugin.json');
    return { manifest: parseManifest({ name: 'late', version }, file), folder: plugins, file, source: 'test' };
  });
  for (const plugin of loaded) watch.add(plugin);
  const error = Object.assign(new Error('late'), { stack: `Error: late\n    at ${join(plugins, 'index.js')}:1:1` });
  const fail = () => process.emit('uncaughtExceptionMonitor', error, 'uncaughtException');
  fail();
  const [old] = loaded;
  if (old !== undefined) running.run({ plugin: old, fail: () => {}, isOver: true }, fail);
  watch.close();
  // Of what still runs of the old one it is known that it is the old one's.
  expect(heard).toEqual(['2.0.0', '1.0.0']);
});

it('forgets after a day what did not happen again', async () => {
  const { add, plugins, stateFile, run } = world();
  add('late', late['a floating rejection']);
  await run();
  const clock = testClock(Date.now());
  const troubleAt = async (): Promise<TroubleRecord | undefined> => {
    await using host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', stateFile, clock });
    await host.discover();
    return host.plugins()[0]?.trouble;
  };
  expect(await troubleAt()).toMatchObject({ crashes: 1 });
  clock.pass(24 * 60 * 60_000);
  expect(await troubleAt()).toBeUndefined();
});
