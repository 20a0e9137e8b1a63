import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planHotpath } from '../../src/compose.ts';
import { openAnswerStores } from '../../src/open-answer-stores.ts';
import { openDisabledList } from '../../src/plugins/disabled-list.ts';
import { createSharedParts } from '../../src/shared-parts.ts';
import { echoProvider, machineForEach } from './support.ts';

const machine = machineForEach();
const echo = { contributes: { providers: [{ name: 'echo' }] } };

/** A store of bytes in a file of JSON, so that what is kept can be looked at. */
const jsonStore = `
import { readFileSync, writeFileSync } from 'node:fs';
export default {
  activate: () => ({
    stores: {
      json: ({ settings: { file }, ttlMs }) => {
        if (!file) throw new Error('settings.file is missing');
        const read = () => { try { return new Map(JSON.parse(readFileSync(file, 'utf8'))); } catch { return new Map(); } };
        const write = (map) => writeFileSync(file, JSON.stringify([...map]));
        return {
          name: 'json',
          capabilities: { sync: true, memory: false, persistent: true, shared: false, holds: 'bytes' },
          get: (key) => { const found = read().get(key); return found && { ...found, value: Buffer.from(found.value, 'base64'), expiresAt: found.expiresAt ?? Infinity }; },
          set: (key, entry) => { write(read().set(key, { ...entry, ttlMs, value: Buffer.from(entry.value).toString('base64') })); return true; },
          delete: (key) => { const map = read(); const had = map.delete(key); write(map); return had; },
          clear: () => write(new Map()),
          usage: () => ({ entries: read().size, bytes: 0, evictions: 0 }),
          close: () => {},
        };
      },
    },
  }),
};
`;

describe('what plugins contribute', () => {
  it('is a store for answers, which survives the process', async () => {
    machine.plugin('jsonish', { contributes: { stores: [{ name: 'json' }] } }, jsonStore);
    machine.plugin('acme', echo, echoProvider('echo'));
    const file = join(machine.root, 'answers.json');
    const config = { cache: { store: { name: 'json', settings: { file } } } };
    const first = await machine.start(config);
    expect(first.warnings).toEqual([]);
    await first.router.query({ model: 'echo/echo-1', prompt: 'Hi' });
    await first.close();
    const second = await machine.start(config);
    expect((await second.router.query({ model: 'echo/echo-1', prompt: 'Hi' })).cache).toBe('hit');
  });

  it('is a warning where the store cannot be opened, and answers are kept in memory', async () => {
    machine.plugin('jsonish', { contributes: { stores: [{ name: 'json' }] } }, jsonStore);
    machine.plugin('acme', echo, echoProvider('echo'));
    for (const [store, message] of [
      [{ name: 'json' }, 'settings.file is missing'],
      [{ name: 'jso' }, 'No plugin contributes jso to stores'],
    ] as const) {
      const { router, warnings } = await machine.start({ cache: { store } });
      expect(warnings).toMatchObject([{ code: 'CACHE_UNAVAILABLE', message: expect.stringContaining(message) }]);
      await router.query({ model: 'echo/echo-1', prompt: 'Hi' });
      expect((await router.query({ model: 'echo/echo-1', prompt: 'Hi' })).cache).toBe('hit');
    }
  });

  it('is a warning where the store is in a worker', async () => {
    machine.plugin('jsonish', { worker: true, contributes: { stores: [{ name: 'json' }] } }, jsonStore);
    const { warnings, plugins } = await machine.start({ cache: { store: { name: 'json' } } });
    const message = expect.stringMatching(/stores json of jsonish is not used: .*Take "worker" out/);
    expect(warnings).toEqual([
      { code: 'PLUGIN_CONTRIBUTION_INVALID', message },
      { code: 'CACHE_UNAVAILABLE', message },
    ]);
    const host = await plugins.host();
    expect(host.problems()[0]).toBe(host.problems()[0]);
  });

  it('is a warning with the limit where the store is not opened in time, and it is closed when it comes after all', async () => {
    const late = globalThis as { hotpathOpen?: () => void; hotpathClosed?: () => void };
    machine.plugin(
      'slow',
      { contributes: { stores: [{ name: 'json' }] } },
      `export default { activate: () => ({ stores: { json: () => new Promise((resolve) => {
        globalThis.hotpathOpen = () => resolve({ close() { globalThis.hotpathClosed(); } });
      }) } }) };`,
    );
    machine.plugin('acme', echo, echoProvider('echo'));
    const { router, warnings } = await machine.start({
      cache: { store: { name: 'json' } },
      plugins: { timeouts: { activationMs: 200 } },
    });
    expect(warnings).toMatchObject([
      { code: 'CACHE_UNAVAILABLE', message: expect.stringMatching(/"json" of the plugin slow .*200 ms/) },
    ]);
    expect((await router.query({ model: 'echo/echo-1', prompt: 'Hi' })).text).toBe('nothing');
    const closed = new Promise<void>((resolve) => {
      late.hotpathClosed = resolve;
    });
    late.hotpathOpen?.();
    await closed;
  });

  it.each([
    ['is never closed', 'close: () => {}', 'close: () => new Promise(() => {})'],
    ['is never done with a write', 'set: (key, entry) =>', 'set: () => new Promise(() => {}), other: (key, entry) =>'],
  ])('is waited for no longer than a deactivation where the store %s', async (_, method, hanging) => {
    const contributes = { stores: [{ name: 'json' }] };
    machine.plugin('hangs', { contributes }, jsonStore.replace('sync: true', 'sync: false').replace(method, hanging));
    machine.plugin('acme', echo, echoProvider('echo'));
    const store = { name: 'json', settings: { file: join(machine.root, 'answers.json') } };
    const { router, plugins, config, close } = await machine.start({
      cache: { store },
      plugins: { timeouts: { deactivationMs: 50 } },
    });
    const stores = await openAnswerStores({ ...config.cache, plugins });
    await router.query({ model: 'echo/echo-1', prompt: 'Hi' });
    await close();
    // What was not closed may not be written.
    expect(await stores.close()).toBe(!hanging.startsWith('close'));
  });

  it('is never given what is to be encrypted', async () => {
    const keys = { a: 'ab'.repeat(32) };
    await expect(
      machine.start({ cache: { store: { name: 'json' }, encryption: { keys, current: 'a' } } }),
    ).rejects.toThrow(/cache\.store: expected no store beside encryption/);
  });

  it('is prices, below those of the configuration', async () => {
    machine.plugin('acme', echo, echoProvider('echo'));
    machine.plugin(
      'rates',
      { contributes: { prices: [{ name: 'team' }] } },
      `export default { activate: () => ({ prices: { team: {
        'echo/echo-1': { input: 1_000_000, output: 0 }, 'echo/echo-2': { input: 7, output: 7 } } } }) };`,
    );
    const { router, prices } = await machine.start({ prices: { 'echo/echo-2': { input: 1, output: 2 } } });
    expect((await router.query({ model: 'echo/echo-1', prompt: 'Hi' })).costUsd).toBe(1);
    expect(JSON.stringify(prices)).toContain('"echo/echo-2":{"input":1,"output":2}');
  });

  it('is a warning where prices are none', async () => {
    machine.plugin(
      'rates',
      { contributes: { prices: [{ name: 'team' }] } },
      `export default { activate: () => ({ prices: { team: { 'gpt-5.1': { input: 'free' } } } }) };`,
    );
    expect((await machine.start()).warnings).toMatchObject([
      { code: 'PLUGIN_CONTRIBUTION_INVALID', message: expect.stringMatching(/rates.*gpt-5\.1/s) },
    ]);
  });
});

describe('prices that are not loaded in time', () => {
  it('are a warning that names them, and everything works without', async () => {
    machine.plugin(
      'rates',
      { contributes: { prices: [{ name: 'team' }] } },
      'export default { activate: () => new Promise(() => {}) };',
    );
    // Closing does not wait for it: the test would be given up first.
    const timeouts = { activationMs: '1m', deactivationMs: '1m' };
    const { router, warnings, close } = await machine.start({ plugins: { timeouts } }, { pricesTimeoutMs: 30 });
    expect(warnings).toEqual([
      {
        code: 'PLUGIN_CONTRIBUTION_INVALID',
        message: expect.stringMatching(/^The plugin rates took longer than 30 ms to be loaded: its prices/),
      },
    ]);
    expect((await router.query({ prompt: 'Hi' })).text).toContain('Hi');
    await close();
  });
});

describe('plugins', () => {
  it('that are core or always loaded are active once all is assembled, and told what is theirs', async () => {
    const seen = `globalThis.hotpathSeen = { ...context, signal: undefined }`;
    machine.plugin('eager', { activates: ['always'] }, `export default { activate: (context) => { ${seen}; } };`);
    await machine.start({ plugins: { settings: { eager: { depth: 3 } } } });
    expect((globalThis as { hotpathSeen?: unknown }).hotpathSeen).toMatchObject({
      name: 'eager',
      settings: { depth: 3 },
      projectFolder: machine.root,
      dataFolder: join(machine.root, 'home', 'state', 'plugins', 'eager'),
    });
  });

  it('that cannot be booted are a warning, and all else works', async () => {
    machine.plugin('eager', { core: true }, 'export default { activate() { throw new Error("not today"); } };');
    machine.plugin('acme', echo, echoProvider('echo'));
    const { router, warnings } = await machine.start();
    expect(warnings).toMatchObject([
      { code: 'PLUGIN_ACTIVATION_FAILED', message: expect.stringContaining('not today') },
    ]);
    expect((await router.query({ model: 'echo/echo-1', prompt: 'Hi' })).text).toBe('nothing');
  });

  it('come from the configuration, the project, the user and packages, the first of a name winning', async () => {
    const home = join(machine.root, 'home');
    const own = (word: string) => echoProvider('echo', JSON.stringify(word));
    machine.plugin('acme', echo, own('user'), join(home, 'plugins'));
    const { plugins } = await machine.start();
    expect(plugins.contributions('providers')).toMatchObject([{ name: 'echo', plugin: 'acme' }]);
    const answer = async (config = {}) => {
      const { router } = await machine.start({ cache: { enabled: false }, ...config });
      return (await router.query({ model: 'echo/echo-1', prompt: 'Hi' })).text;
    };
    expect(await answer()).toBe('user');
    machine.plugin('acme', echo, own('project'));
    expect(await answer()).toBe('project');
    const folder = machine.plugin('acme', echo, own('named'), join(machine.root, 'tools'));
    expect(await answer({ plugins: { folders: ['./tools/acme'] } })).toBe('named');
    const installed = join(machine.root, 'elsewhere', 'node_modules', 'hotpath-more');
    mkdirSync(installed, { recursive: true });
    writeFileSync(
      join(installed, 'package.json'),
      JSON.stringify({
        name: 'hotpath-more',
        version: '1.0.0',
        keywords: ['hotpath-plugin'],
        hotpath: { contributes: { providers: [{ name: 'more' }] } },
      }),
    );
    const more = await machine.start(
      { plugins: { folders: [folder] } },
      { packageRoots: [join(machine.root, 'elsewhere')] },
    );
    expect(more.providers.map(({ id }) => id)).toEqual(['echo', 'more']);
  });

  it('are left out by the configuration, by this user, or all together', async () => {
    machine.plugin('acme', echo, echoProvider('echo'));
    const ids = async (config = {}) => (await machine.start(config)).providers.map(({ id }) => id);
    expect(await ids()).toEqual(['echo']);
    expect(await ids({ plugins: { disabled: ['acme'] } })).toEqual(['sim']);
    expect(await ids({ plugins: { enabled: false } })).toEqual(['sim']);
    const list = openDisabledList(join(machine.root, 'home', 'state'));
    expect(list.set('acme', true)).toBe(true);
    expect(list.set('acme', true)).toBe(false);
    expect(await ids()).toEqual(['sim']);
    list.set('acme', false);
    expect(await ids()).toEqual(['echo']);
  });

  it('stay in use from one composition to the next that is told the same, and are closed with the last', async () => {
    machine.plugin(
      'eager',
      { activates: ['always'] },
      `export default { activate() { globalThis.hotpathEager = [...(globalThis.hotpathEager ?? []), 'on']; },
        deactivate() { globalThis.hotpathEager.push('off'); } };`,
    );
    const events = () => (globalThis as { hotpathEager?: readonly string[] }).hotpathEager;
    const parts = createSharedParts();
    const first = await machine.start({}, { parts });
    const second = await machine.start({ defaultModel: 'sim/sim-1' }, { parts });
    await first.close();
    expect(events()).toEqual(['on']);
    await second.close();
    expect(events()).toEqual(['on', 'off']);
  });

  it('with a manifest that is none are a warning that names the file', async () => {
    const folder = machine.plugin('bad', { version: 'one' }, '');
    const { warnings } = await planHotpath(
      { detect: { ollama: false } },
      {
        folder: machine.root,
        environment: { HOTPATH_HOME: join(machine.root, 'home'), OLLAMA_HOST: '127.0.0.1:1' },
      },
    );
    expect(warnings).toMatchObject([
      { code: 'PLUGIN_MANIFEST_INVALID', message: expect.stringContaining(join(folder, 'plugin.json')) },
    ]);
  });
});
