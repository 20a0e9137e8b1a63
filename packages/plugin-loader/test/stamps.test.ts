import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  createPluginHost,
  type FileStamp,
  folderSource,
  type PluginHostOptions,
  type PluginSource,
} from '../src/index.ts';
import { areUnchanged, stampFile } from '../src/stamps.ts';
import { type PluginFiles, pluginFolder } from './support/plugins.ts';

/** Long enough for files not to count as changed only just now. */
const settle = () => delay(60);

const world = () => {
  const folder = pluginFolder();
  const plugins = join(folder.path, 'plugins');
  mkdirSync(plugins);
  const add = (name: string, { manifest, ...files }: PluginFiles = {}): string =>
    folder.add(`plugins/${name}`, { ...files, manifest: { name, ...manifest } });
  const open = (options: Partial<PluginHostOptions> = {}) =>
    createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', ...options });
  /** What an application would keep in a file of its own. */
  const keep = async (options: Partial<PluginHostOptions> = {}): Promise<readonly FileStamp[] | undefined> => {
    await using host = open(options);
    await host.discover();
    const stamps = host.stamps();
    return stamps && JSON.parse(JSON.stringify(stamps));
  };
  const kept = async (options: Partial<PluginHostOptions> = {}): Promise<readonly FileStamp[]> => {
    await settle();
    return (await keep(options)) ?? expect.unreachable('nothing may be kept');
  };
  return { folder, plugins, add, open, keep, kept };
};

it('hold while nothing changes, and not once a plugin comes, goes or changes', async () => {
  const { folder, plugins, add, kept } = world();
  add('alpha');
  const one = await kept();
  expect(areUnchanged(one)).toBe(true);
  add('bravo');
  expect(areUnchanged(one)).toBe(false);
  const two = await kept();
  folder.file('plugins/bravo/plugin.json', '{"name":"bravo","version":"1.0.1","main":"./index.js"}');
  expect(areUnchanged(two)).toBe(false);
  const three = await kept();
  rmSync(join(plugins, 'alpha'), { recursive: true });
  expect(areUnchanged(three)).toBe(false);
  const none = await kept({ sources: [folderSource(join(plugins, 'later'))] });
  folder.add('plugins/later/charlie', { manifest: { name: 'charlie' } });
  expect(areUnchanged(none)).toBe(false);
});

it('tell one file from another of the same size and times', () => {
  const { folder } = world();
  const path = folder.file('a-file', 'text');
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  expect(areUnchanged([[path, size, mtimeMs, ctimeMs, ino]])).toBe(true);
  for (const other of [
    [path, size + 1, mtimeMs, ctimeMs, ino],
    [path, size, mtimeMs + 1, ctimeMs, ino],
    [path, size, mtimeMs, ctimeMs + 1, ino],
    [path, size, mtimeMs, ctimeMs, ino + 1],
    [path, -1, 0, 0, 0],
    [join(path, 'none'), size, mtimeMs, ctimeMs, ino],
  ] as FileStamp[])
    expect(areUnchanged([other])).toBe(false);
});

it('can be taken of any file, unless it was changed only just now', async () => {
  const { folder } = world();
  const path = folder.file('a-file', 'text');
  expect(stampFile(path)).toBeUndefined();
  await settle();
  const stamps = [stampFile(path), stampFile(join(path, 'none'))].filter((stamp) => stamp !== undefined);
  expect(stamps).toHaveLength(2);
  expect(areUnchanged(stamps)).toBe(true);
  writeFileSync(path, 'same');
  expect(areUnchanged(stamps)).toBe(false);
});

it('are not given before a discovery, and not for what they do not show', async () => {
  const { add, open, keep } = world();
  add('alpha');
  expect(await keep()).toBeUndefined();
  await settle();
  expect(await keep()).toBeDefined();
  expect(open().stamps()).toBeUndefined();
  expect(await keep({ sources: [{ id: 'from a server', list: () => [] }] })).toBeUndefined();
  const failing: PluginSource = { id: 'failing', basis: '', list: () => Promise.reject(new Error('no')) };
  expect(await keep({ sources: [failing] })).toBeUndefined();
});

it('include what quarantines rest on', async () => {
  const { folder, add, open, kept, keep } = world();
  add('fails', { manifest: { core: true }, code: 'throw new Error("no");' });
  const stateFile = join(folder.path, 'state', 'plugins.json');
  const options = { stateFile, quarantine: { failures: 1 } };
  const before = await kept(options);
  await using host = open(options);
  await host.boot();
  expect(areUnchanged(before)).toBe(false);
  expect(await keep(options)).toBeUndefined();
  const quarantined = await kept(options);
  expect(areUnchanged(quarantined)).toBe(true);
  writeFileSync(join(folder.path, 'plugins/fails/index.js'), 'export default { activate() {} };');
  expect(areUnchanged(quarantined)).toBe(false);
});
