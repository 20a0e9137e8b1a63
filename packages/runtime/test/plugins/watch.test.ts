import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HotpathConfig } from '../../src/config.ts';
import { channels, type PluginReloadEvent } from '../../src/events.ts';
import type { Hotpath } from '../../src/hotpath.ts';
import { type PluginWatch, type PluginWatchOptions, watchPlugins } from '../../src/plugins/watch-plugins.ts';
import { echoProvider, machineForEach } from './support.ts';

const machine = machineForEach();
const echo = { contributes: { providers: [{ name: 'echo' }] } };
const saying = (word: string): string => echoProvider('echo', JSON.stringify(word));

let watch: PluginWatch | undefined;
let events: PluginReloadEvent[] = [];
let onEvent: (() => void) | undefined;
const listen = (event: unknown): void => {
  events.push(event as PluginReloadEvent);
  onEvent?.();
};

beforeEach(() => {
  events = [];
  channels.pluginReload.subscribe(listen);
});
afterEach(async () => {
  await watch?.close();
  channels.pluginReload.unsubscribe(listen);
});

/** Does something and resolves to the reload that follows. */
const reloadAfter = async (work: () => unknown): Promise<PluginReloadEvent> => {
  const heard = new Promise<void>((resolve) => {
    onEvent = resolve;
  });
  work();
  await heard;
  return events.at(-1) as PluginReloadEvent;
};

/** A plugin somewhere else, and a link to it in the project. */
const develop = (name: string, manifest: object, code: string): string => {
  const folder = machine.plugin(name, manifest, code, join(machine.root, 'work'));
  const plugins = join(machine.root, '.hotpath', 'plugins');
  mkdirSync(plugins, { recursive: true });
  symlinkSync(folder, join(plugins, name), 'junction');
  return folder;
};

const start = async (config: HotpathConfig = {}, options: Partial<PluginWatchOptions> = {}): Promise<Hotpath> => {
  const hotpath = await machine.start({ cache: { enabled: false }, ...config });
  watch = await watchPlugins({
    plugins: () => hotpath.plugins,
    since: Date.now(),
    recompose: async () => {},
    settleMs: 5,
    pollMs: 20,
    ...options,
  });
  return hotpath;
};

const answer = async ({ router }: Hotpath): Promise<string> =>
  (await router.query({ model: 'echo/echo-1', prompt: 'Hi' })).text;

describe('a plugin that is a link', () => {
  it('is loaded anew after its files have changed, whichever they are', async () => {
    const read = `const word = readFileSync(new URL('./lib/word.txt', import.meta.url), 'utf8');`;
    const code = `import { readFileSync } from 'node:fs';\n${read}\n${echoProvider('echo', 'word')}`;
    const folder = develop('acme', echo, code);
    mkdirSync(join(folder, 'lib'));
    const write = (word: string): void => writeFileSync(join(folder, 'lib', 'word.txt'), word);
    write('one');
    const hotpath = await start();
    expect(await answer(hotpath)).toBe('one');
    expect(await reloadAfter(() => write('two'))).toMatchObject({ plugin: 'acme', outcome: 'reloaded' });
    expect(await answer(hotpath)).toBe('two');
    expect(await reloadAfter(() => write('three'))).toMatchObject({ plugin: 'acme', outcome: 'reloaded' });
    expect(await answer(hotpath)).toBe('three');
  });

  it('stays as it was where the new code cannot be imported, and is mended by the next change', async () => {
    const folder = develop('acme', echo, saying('one'));
    const hotpath = await start();
    expect(await answer(hotpath)).toBe('one');
    const broken = await reloadAfter(() => writeFileSync(join(folder, 'index.mjs'), 'export default {'));
    expect(broken).toMatchObject({ outcome: 'rejected', error: { code: 'PLUGIN_IMPORT_FAILED' } });
    expect(await answer(hotpath)).toBe('one');
    await reloadAfter(() => writeFileSync(join(folder, 'index.mjs'), saying('two')));
    expect(await answer(hotpath)).toBe('two');
  });

  it('is out of use where the new code was imported and then failed', async () => {
    const folder = develop('acme', echo, saying('one'));
    const hotpath = await start();
    expect(await answer(hotpath)).toBe('one');
    const failing = 'export default { activate() { throw new Error("not today"); } };';
    const event = await reloadAfter(() => writeFileSync(join(folder, 'index.mjs'), failing));
    expect(event).toMatchObject({ outcome: 'failed', error: { code: 'PLUGIN_ACTIVATION_FAILED' } });
    await expect(answer(hotpath)).rejects.toThrow(/not today/);
  });

  it('has everything put in place anew where it contributes something else than before', async () => {
    const folder = develop('acme', echo, saying('one'));
    const recompose = vi.fn(async () => {});
    await start({}, { recompose });
    await reloadAfter(() => writeFileSync(join(folder, 'index.mjs'), saying('two')));
    expect(recompose).not.toHaveBeenCalled();
    const more = { contributes: { providers: [{ name: 'echo' }, { name: 'other' }] } };
    const code = saying('two').replace('providers: {', "providers: { other: () => ({ id: 'other' }),");
    await reloadAfter(() => machine.plugin('acme', more, code, join(machine.root, 'work')));
    expect(recompose).toHaveBeenCalledTimes(1);
  });

  it('says what is wrong with its manifest, and is found when that is mended', async () => {
    const folder = develop('acme', echo, saying('one'));
    const good = JSON.stringify({ name: 'acme', version: '1.0.0', main: './index.mjs', ...echo });
    writeFileSync(join(folder, 'plugin.json'), '{ "name": "acme", "version": 1 }');
    const recompose = vi.fn(async () => {});
    await start({}, { recompose });
    const event = await reloadAfter(() => writeFileSync(join(folder, 'plugin.json'), '{ "name": "acme" }'));
    expect(event).toMatchObject({
      plugin: 'acme',
      outcome: 'rejected',
      error: { code: 'PLUGIN_MANIFEST_INVALID', message: expect.stringContaining('version is missing') },
    });
    expect(recompose).not.toHaveBeenCalled();
    const mended = await reloadAfter(() => writeFileSync(join(folder, 'plugin.json'), good));
    expect(mended).toMatchObject({ plugin: 'acme', outcome: 'reloaded' });
    expect(recompose).toHaveBeenCalledTimes(1);
  });

  it('is watched from the next look on where it came later, and no more where it is gone', async () => {
    const hotpath = await start();
    const folder = develop('acme', echo, saying('one'));
    await watch?.follow();
    expect(await reloadAfter(() => writeFileSync(join(folder, 'index.mjs'), saying('two')))).toMatchObject({
      plugin: 'acme',
    });
    expect((await hotpath.plugins.host()).plugins()).toMatchObject([{ status: 'active' }]);
    rmSync(join(machine.root, '.hotpath', 'plugins', 'acme'));
    await watch?.follow();
    writeFileSync(join(folder, 'index.mjs'), saying('three'));
    const other = develop('other', {}, 'export default { activate() {} };');
    await watch?.follow();
    const next = await reloadAfter(() =>
      writeFileSync(join(other, 'index.mjs'), 'export default { activate: () => {} };'),
    );
    expect(next).toMatchObject({ plugin: 'other' });
  });
});

describe('a plugin that is no link', () => {
  it('is watched only where all of the project and of the configuration are', async () => {
    const inProject = machine.plugin('acme', echo, saying('one'));
    const named = machine.plugin('named', {}, 'export default { activate() {} };', join(machine.root, 'tools'));
    const config = { plugins: { folders: [named] } };
    const linked = develop('linked', {}, 'export default { activate() {} };');
    const touch = (folder: string) => () => writeFileSync(join(folder, 'notes.txt'), String(events.length));
    await start(config);
    touch(inProject)();
    touch(named)();
    expect(await reloadAfter(touch(linked))).toMatchObject({ plugin: 'linked' });
    await watch?.close();
    expect(events.map(({ plugin }) => plugin)).toEqual(['linked']);
    await start(config, { watches: 'all' });
    expect(await reloadAfter(touch(inProject))).toMatchObject({ plugin: 'acme', outcome: 'reloaded' });
    expect(await reloadAfter(touch(named))).toMatchObject({ plugin: 'named', outcome: 'reloaded' });
  });
});
