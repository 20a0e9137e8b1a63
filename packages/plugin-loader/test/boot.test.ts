import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPluginHost, folderSource, type PluginHost, type PluginHostOptions } from '../src/index.ts';
import { until } from './support/clock.ts';
import { listenToPlugins, type PluginFolder, pluginFolder, recording } from './support/plugins.ts';

let folder: PluginFolder;
let heard: string[];
let host: PluginHost;

const start = (options: Partial<PluginHostOptions> = {}): PluginHost => {
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0', ...options });
  return host;
};

const addRecording = (name: string, manifest: Readonly<Record<string, unknown>>, rest = ''): void =>
  void folder.add(name, { manifest, code: recording(name, rest) });

beforeEach(() => {
  folder = pluginFolder();
  heard = listenToPlugins();
});
afterEach(() => host.deactivate());

const only = (what: string): string[] =>
  heard.filter((line) => line.startsWith(what)).map((line) => line.split(' ')[1] ?? '');

describe('a boot', () => {
  it('activates core plugins in the order of their dependencies, and imports later ones while earlier ones activate', async () => {
    addRecording('app', { core: true, dependencies: { db: '^1.0.0' } });
    addRecording('db', { core: true, dependencies: { log: '*' } });
    addRecording('log', { core: true }, 'return new Promise((resolve) => setTimeout(() => resolve(), 30));');
    const { active } = await start().boot();
    expect(active).toEqual(['log', 'db', 'app']);
    expect(only('activate')).toEqual(['log', 'db', 'app']);
    expect(heard.indexOf('import app')).toBeLessThan(heard.indexOf('activate db'));
  });

  it('loads core ones before those that are always loaded, and neither of the others', async () => {
    addRecording('always', { activates: ['always'] });
    addRecording('core', { core: true });
    addRecording('lazy', { contributes: {} });
    addRecording('on-command', { activates: ['command:deploy'] });
    await start().boot();
    expect(heard).toEqual(['import core', 'activate core', 'import always', 'activate always']);
  });

  it('loads those for idle times after it has ended, one by one', async () => {
    for (const name of ['first', 'second']) addRecording(name, { activates: ['idle'] });
    await start().boot();
    expect(heard).toEqual([]);
    await until(() => heard.length === 4);
    expect(heard).toEqual(['import first', 'activate first', 'import second', 'activate second']);
  });

  it('never has more under way than allowed', async () => {
    for (let at = 0; at < 12; at++) {
      addRecording(
        `plugin-${at}`,
        { activates: ['always'] },
        `return new Promise((resolve) => setTimeout(() => { globalThis.record('end ${at}'); resolve(); }, 5));`,
      );
    }
    await start({ concurrency: 3 }).boot();
    let underway = 0;
    let most = 0;
    for (const line of heard) {
      if (line.startsWith('activate')) underway += 1;
      if (line.startsWith('end')) underway -= 1;
      most = Math.max(most, underway);
    }
    expect(only('end')).toHaveLength(12);
    expect(most).toBe(3);
  });

  it('hears what earlier ones wait for while later ones are imported', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `plugin-${at}`);
    for (const name of names)
      addRecording(
        name,
        { activates: ['always'] },
        `return new Promise((resolve) => setImmediate(() => { globalThis.record('end ${name}'); resolve(); }));`,
      );
    await start().boot();
    expect(heard.indexOf('end plugin-0')).toBeLessThan(heard.indexOf('import plugin-7'));
  });

  it('begins activations before it goes on with imports', async () => {
    for (const name of ['a', 'b', 'c', 'd']) addRecording(name, { activates: ['always'] });
    await start({ concurrency: 1 }).boot();
    // The import that was next in line may have begun; those behind it have not.
    expect(heard.indexOf('activate a')).toBeLessThan(heard.indexOf('import c'));
    expect(heard).toHaveLength(8);
  });

  it('takes the whole of a graph with one at a time', async () => {
    for (let at = 0; at < 8; at++)
      addRecording(`plugin-${at}`, {
        core: at % 2 === 0,
        activates: ['always'],
        dependencies: at > 0 ? { [`plugin-${at - 1}`]: '*' } : {},
      });
    const { active } = await start({ concurrency: 1 }).boot();
    expect(active).toHaveLength(8);
  });
});

describe('loading at the first use', () => {
  const contributes = { commands: [{ name: 'deploy', summary: 'Deploys' }], providers: [{ name: 'acme' }] };

  it('shows what plugins contribute without loading them', async () => {
    folder.add('acme', { manifest: { contributes }, code: recording('acme') });
    await start().discover();
    expect(host.contributions()).toEqual([
      { kind: 'commands', name: 'deploy', plugin: 'acme', declaration: { name: 'deploy', summary: 'Deploys' } },
      { kind: 'providers', name: 'acme', plugin: 'acme', declaration: { name: 'acme' } },
    ]);
    expect(heard).toEqual([]);
  });

  it('happens once however many ask, in whichever way', async () => {
    const code = `globalThis.record('import');
      export default { activate: async () => {
        globalThis.record('activate');
        await new Promise((resolve) => setTimeout(resolve, 10));
        return { commands: { deploy: () => 'deployed' }, providers: { acme: { id: 'acme' } } };
      } };`;
    folder.add('acme', { manifest: { contributes, activates: ['event:push'] }, code });
    start();
    const [command, provider] = await Promise.all([
      host.resolve('commands', 'deploy'),
      host.resolve('providers', 'acme'),
      ...Array.from({ length: 100 }, () => host.load('acme')),
      host.activate('event:push'),
      host.boot(),
    ]);
    expect((command as () => string)()).toBe('deployed');
    expect(provider).toEqual({ id: 'acme' });
    expect(heard).toEqual(['import', 'activate']);
  });

  it('brings what a plugin needs with it', async () => {
    addRecording('app', { dependencies: { db: '*' } });
    addRecording('db', {});
    await start().load('app');
    expect(only('activate')).toEqual(['db', 'app']);
  });

  it('answers a trigger with those that wait for it, and whoever contributes the command', async () => {
    addRecording('waits', { activates: ['command:deploy'] });
    folder.add('has', { manifest: { contributes: { commands: [{ name: 'deploy' }] } } });
    addRecording('other', { activates: ['command:other'] });
    start();
    expect(await host.activate('command:deploy')).toEqual(['has', 'waits']);
    expect(await host.activate('event:nothing')).toEqual([]);
    expect(heard).toEqual(['import waits', 'activate waits']);
  });

  it('says what there is where something is not', async () => {
    folder.add('acme', { manifest: { contributes } });
    start();
    await expect(host.resolve('commands', 'depoly')).rejects.toMatchObject({
      code: 'PLUGIN_CONTRIBUTION_UNKNOWN',
      message: expect.stringContaining('deploy'),
    });
    await expect(host.load('none')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
  });
});

describe('the end', () => {
  it('deactivates in reverse order, once', async () => {
    addRecording('app', { core: true, dependencies: { db: '*' } });
    addRecording('db', { core: true });
    {
      await using closing = start();
      await closing.boot();
      await Promise.all([closing.deactivate(), closing.deactivate()]);
    }
    expect(only('deactivate')).toEqual(['app', 'db']);
    await expect(host.load('db')).rejects.toMatchObject({ code: 'PLUGIN_HOST_CLOSED' });
    await expect(host.boot()).rejects.toMatchObject({ code: 'PLUGIN_HOST_CLOSED' });
  });

  it('goes on where a plugin fails or hangs at it, and reports it', async () => {
    const failing = (body: string) => `export default { activate() {}, deactivate() { ${body} } };`;
    folder.add('hangs', { manifest: { core: true }, code: failing('return new Promise(() => {});') });
    folder.add('throws', { manifest: { core: true }, code: failing('throw new Error("no");') });
    addRecording('well', { core: true });
    await start({ timeouts: { deactivationMs: 20 } }).boot();
    await host.deactivate();
    expect(only('deactivate')).toEqual(['well']);
    expect(
      host
        .problems()
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['PLUGIN_DEACTIVATION_FAILED', 'PLUGIN_DEACTIVATION_TIMEOUT']);
  });

  it('also comes for a plugin that was still on its way', async () => {
    addRecording('slow', {}, 'return new Promise((resolve) => setTimeout(() => resolve(), 30));');
    start();
    const loading = host.load('slow').catch(() => {});
    await until(() => heard.includes('activate slow'));
    await host.deactivate();
    await loading;
    expect(only('deactivate')).toEqual(['slow']);
  });

  it('tells plugins by their signal', async () => {
    const code = `export default { activate({ signal }) { signal.addEventListener('abort', () => globalThis.record('aborted')); } };`;
    folder.add('listens', { manifest: { core: true }, code });
    await start().boot();
    await host.deactivate();
    expect(heard).toEqual(['aborted']);
  });
});

describe('a plugin', () => {
  it('is told of itself and of what the host gives', async () => {
    const code = 'export default { activate(context) { return { providers: { seen: { context } } }; } };';
    const path = folder.add('acme', { manifest: { contributes: { providers: [{ name: 'seen' }] } }, code });
    start({ context: ({ manifest }) => ({ settings: `of ${manifest.name}`, name: 'cannot be replaced' }) });
    expect(await host.resolve('providers', 'seen')).toEqual({
      context: {
        name: 'acme',
        version: '1.0.0',
        folder: path,
        hostVersion: '1.0.0',
        settings: 'of acme',
        signal: expect.any(AbortSignal),
      },
    });
  });

  it('stands in the ledger with what it took, the slowest first', async () => {
    const waits = (ms: number) => `return new Promise((resolve) => setTimeout(() => resolve(), ${ms}));`;
    addRecording('quick', { core: true });
    addRecording('slow', { core: true }, waits(60));
    await start({ concurrency: 1 }).boot();
    const [first, second] = host.ledger();
    expect([first?.plugin, second?.plugin]).toEqual(['slow', 'quick']);
    expect(first).toMatchObject({
      importMs: expect.any(Number),
      totalMs: (first?.importMs ?? 0) + (first?.activationMs ?? 0),
    });
  });

  it('may be disabled, with all that need it', async () => {
    addRecording('app', { core: true, dependencies: { db: '*' } });
    addRecording('db', { core: true });
    await start({ disabled: ['db'] }).boot();
    expect(heard).toEqual([]);
    expect(host.plugins().map(({ status }) => status)).toEqual(['skipped', 'disabled']);
  });
});

it('finds what was installed since', async () => {
  folder.add('first', { manifest: { core: true } });
  await start().boot();
  folder.add('second', { manifest: { core: true } });
  expect(await host.discover()).toMatchObject({ plugins: 2 });
  expect(host.plugins().map(({ status }) => status)).toEqual(['active', 'ready']);
  expect((await host.boot()).active).toEqual(['first', 'second']);
});

it('needs a version of the host and sensible limits', () => {
  const sources = [folderSource(join(folder.path))];
  expect(() => createPluginHost({ sources, hostVersion: 'next' })).toThrow(/hostVersion is "next"/);
  expect(() => createPluginHost({ sources, hostVersion: '1.0.0', concurrency: 0 })).toThrow(/concurrency is 0/);
  start();
});
