import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPluginHost, folderSource, type PluginHost, type PluginHostOptions } from '../src/index.ts';
import { testClock, until } from './support/clock.ts';
import { listenToPlugins, type PluginFiles, type PluginFolder, pluginFolder } from './support/plugins.ts';

let folder: PluginFolder;
let host: PluginHost;

const start = (options: Partial<PluginHostOptions> = {}): PluginHost => {
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0', ...options });
  return host;
};

beforeEach(() => {
  folder = pluginFolder();
});
afterEach(async () => {
  await host.deactivate();
});

const activating = (body: string): string => `export default { async activate() { ${body} } };`;

/** One of every kind, with the code it is reported by. */
const misbehaving: Readonly<Record<string, PluginFiles & { readonly reported: string }>> = {
  'throws-at-import': { code: 'throw new Error("at import");', reported: 'PLUGIN_IMPORT_FAILED' },
  'throws-nothing': { code: 'throw undefined;', reported: 'PLUGIN_IMPORT_FAILED' },
  'throws-at-once-at-activation': {
    code: 'export default { activate() { throw new Error("x"); } };',
    reported: 'PLUGIN_ACTIVATION_FAILED',
  },
  'throws-at-activation': { code: activating('throw new Error("x");'), reported: 'PLUGIN_ACTIVATION_FAILED' },
  'has-bad-syntax': { code: 'export default {', reported: 'PLUGIN_IMPORT_FAILED' },
  'imports-what-is-not-there': { code: 'import "./none.js";', reported: 'PLUGIN_IMPORT_FAILED' },
  'hangs-at-import': { code: 'await new Promise(() => {});', reported: 'PLUGIN_IMPORT_TIMEOUT' },
  'hangs-at-activation': { code: activating('await new Promise(() => {});'), reported: 'PLUGIN_ACTIVATION_TIMEOUT' },
  'exits-at-import': { code: 'process.exit(3);', reported: 'PLUGIN_EXITED' },
  'exits-late-at-import': {
    code: 'await new Promise((resolve) => setTimeout(resolve, 1)); process.exit();',
    reported: 'PLUGIN_EXITED',
  },
  'exits-at-activation': { code: activating('process.exit(0);'), reported: 'PLUGIN_EXITED' },
  'exits-and-catches': {
    code: activating('try { process.exit(1); } catch {} await new Promise(() => {});'),
    reported: 'PLUGIN_EXITED',
  },
  'exits-from-a-timer': {
    code: activating('setTimeout(() => process.exit(1), 1); await new Promise(() => {});'),
    reported: 'PLUGIN_EXITED',
  },
  'exits-from-a-bare-timer': {
    code: activating('setTimeout(process.exit, 1, 1); await new Promise(() => {});'),
    reported: 'PLUGIN_EXITED',
  },
  'exits-from-a-file-callback': {
    code: `import { readFile } from 'node:fs'; ${activating('await new Promise((go) => readFile(new URL(import.meta.url), () => { process.exit(5); go(); }));')}`,
    reported: 'PLUGIN_EXITED',
  },
  'exits-in-a-promise-nobody-awaits': {
    code: activating('(async () => { await 1; await 2; process.exit(5); })(); await new Promise(() => {});'),
    reported: 'PLUGIN_EXITED',
  },
  'exits-in-a-listener': {
    code: `import { EventEmitter } from 'node:events'; ${activating("const e = new EventEmitter(); e.on('x', () => process.exit(5)); e.emit('x'); globalThis.wentOn = true;")}`,
    reported: 'PLUGIN_EXITED',
  },
  'has-no-default': { code: 'export const activate = () => {};', reported: 'PLUGIN_EXPORT_INVALID' },
  'contributes-twice': {
    manifest: { contributes: { commands: [{ name: 'a' }, { name: 'a' }] } },
    reported: 'PLUGIN_MANIFEST_INVALID',
  },
  'contributes-what-it-did-not-declare': {
    code: activating('return { commands: { surprise() {} } };'),
    reported: 'PLUGIN_CONTRIBUTION_INVALID',
  },
  'declares-what-it-does-not-contribute': {
    manifest: { contributes: { commands: [{ name: 'promised' }] } },
    code: activating(''),
    reported: 'PLUGIN_CONTRIBUTION_INVALID',
  },
  'contributes-nonsense': {
    manifest: { contributes: { commands: [{ name: 'one' }] } },
    code: activating('return { commands: { one: 1 } };'),
    reported: 'PLUGIN_CONTRIBUTION_INVALID',
  },
  'has-a-bad-version': { manifest: { version: 'one' }, reported: 'PLUGIN_MANIFEST_INVALID' },
  'has-a-bad-range': { manifest: { host: 'sometimes' }, reported: 'PLUGIN_MANIFEST_INVALID' },
  'asks-for-a-newer-host': { manifest: { host: '>=2' }, reported: 'PLUGIN_HOST_UNSUPPORTED' },
  'needs-what-is-missing': { manifest: { dependencies: { nowhere: '*' } }, reported: 'PLUGIN_DEPENDENCY_MISSING' },
  'needs-a-newer-one': { manifest: { dependencies: { 'well-0': '^2.0.0' } }, reported: 'PLUGIN_DEPENDENCY_VERSION' },
  'needs-itself': { manifest: { dependencies: { 'needs-itself': '*' } }, reported: 'PLUGIN_DEPENDENCY_CYCLE' },
  'circle-1': { manifest: { dependencies: { 'circle-2': '*' } }, reported: 'PLUGIN_DEPENDENCY_CYCLE' },
  'circle-2': { manifest: { dependencies: { 'circle-1': '*' } }, reported: 'PLUGIN_DEPENDENCY_CYCLE' },
  'needs-one-that-throws': {
    manifest: { dependencies: { 'throws-at-activation': '*' } },
    reported: 'PLUGIN_DEPENDENCY_SKIPPED',
  },
  'needs-one-that-misses': {
    manifest: { dependencies: { 'needs-what-is-missing': '*' } },
    reported: 'PLUGIN_DEPENDENCY_SKIPPED',
  },
  'busy-worker': {
    manifest: { worker: true },
    code: 'for (;;);',
    reported: 'PLUGIN_IMPORT_TIMEOUT',
  },
  'exiting-worker': { manifest: { worker: true }, code: 'process.exit(1);', reported: 'PLUGIN_EXITED' },
};

describe('a boot of 50 with one of every kind of misbehaviour', () => {
  it.each([{ load: { core: true } }, { load: { activates: ['always'] } }])(
    'completes with $load, has all the good ones, and reports each bad one by its code',
    async ({ load }) => {
      const bad = Object.keys(misbehaving);
      for (const [name, { reported: _, ...files }] of Object.entries(misbehaving))
        folder.add(name, { ...files, manifest: { ...load, ...files.manifest } });
      const torn = 'has-a-torn-manifest';
      folder.file(`${torn}/plugin.json`, '{"name":');
      bad.push(torn);
      const good = Array.from({ length: 50 - bad.length }, (_, at) => `well-${at}`);
      for (const name of good) folder.add(name, { manifest: load });

      const { active, problems } = await start({ timeouts: { importMs: 1_500, activationMs: 1_500 } }).boot();

      expect([...active].sort()).toEqual([...good].sort());
      const expected = Object.fromEntries(
        bad.map((name) => [name, misbehaving[name]?.reported ?? 'PLUGIN_MANIFEST_INVALID']),
      );
      const reported = problems.map(({ plugin, path, code }) => [plugin ?? path?.split(/[\\/]/).at(-2), code]);
      expect(Object.fromEntries(reported)).toEqual(expected);
      expect(problems).toHaveLength(bad.length);
      expect(globalThis).not.toHaveProperty('wentOn');
      for (const { message } of problems) expect(message).toMatch(/\.$/);
      for (const name of good) expect(await host.load(name)).toEqual({});
      for (const name of bad)
        await expect(host.load(name)).rejects.toMatchObject({ code: expect.stringMatching(/^PLUGIN_/) });
    },
  );
});

describe('paths in messages', () => {
  it('name every plugin on the way', async () => {
    folder.add('app', { manifest: { dependencies: { db: '*' } } });
    folder.add('db', { manifest: { dependencies: { log: '*' } } });
    folder.add('log', { manifest: { dependencies: { app: '*' } } });
    folder.add('tool', { manifest: { dependencies: { app: '*' } } });
    const { problems } = await start().discover();
    const messages = Object.fromEntries(problems.map(({ plugin, message }) => [plugin, message]));
    expect(messages.db).toContain('db -> log -> app -> db');
    expect(messages.tool).toContain('tool -> app');
    expect(problems.find(({ plugin }) => plugin === 'tool')?.cause).toMatchObject({ code: 'PLUGIN_DEPENDENCY_CYCLE' });
  });
});

describe('time limits', () => {
  it('give a plugin up when its time is over, and not before', async () => {
    folder.add('hangs', { manifest: { core: true }, code: 'globalThis.record("began"); await new Promise(() => {});' });
    const heard = listenToPlugins();
    const clock = testClock();
    start({ clock, timeouts: { importMs: 10_000 } });
    let report: unknown;
    const booting = host.boot().then((ended) => {
      report = ended;
    });
    await until(() => heard.length > 0);
    clock.pass(9_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(report).toBeUndefined();
    clock.pass(1);
    await booting;
    expect(report).toMatchObject({ problems: [{ code: 'PLUGIN_IMPORT_TIMEOUT', plugin: 'hangs' }] });
  });

  it('leave out the time for which somebody else blocked the thread', async () => {
    folder.add('slow', {
      manifest: { core: true },
      code: activating('globalThis.record("began"); await globalThis.gate;'),
    });
    const heard = listenToPlugins();
    let open = (): void => {};
    (globalThis as { gate?: Promise<void> }).gate = new Promise((resolve) => {
      open = resolve;
    });
    const clock = testClock();
    start({ clock, timeouts: { activationMs: 1_000 } });
    const booting = host.boot();
    await until(() => heard.length > 0);
    clock.pass(5_000);
    open();
    expect((await booting).active).toEqual(['slow']);
  });
});
