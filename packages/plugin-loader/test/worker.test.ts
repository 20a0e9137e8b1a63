import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPluginHost, folderSource, type PluginHost } from '../src/index.ts';
import { testClock, until } from './support/clock.ts';
import { listenToPlugins, type PluginFolder, pluginFolder, recording } from './support/plugins.ts';

let folder: PluginFolder;
let host: PluginHost;

beforeEach(() => {
  folder = pluginFolder();
  host = createPluginHost({
    sources: [folderSource(folder.path)],
    hostVersion: '1.0.0',
    context: () => ({ greeting: 'hello', call: () => 'stays here' }),
  });
});
afterEach(() => host.deactivate());

const contributes = { commands: [{ name: 'run' }], providers: [{ name: 'acme' }] };

const code = `import { isMainThread } from 'node:worker_threads';
  class Provider {
    id = 'acme';
    limits = { rpm: 5 };
    async send(request) { return { request, isMainThread }; }
    fail() { throw Object.assign(new TypeError('refused'), { code: 'NO' }); }
    die() { process.exit(9); }
    open() { return { close() {} }; }
    wait({ signal }) {
      return new Promise((resolve) => {
        const abort = () => resolve('aborted: ' + signal.reason.name + ' ' + signal.reason.message);
        if (signal.aborted) abort();
        else signal.addEventListener('abort', abort);
      });
    }
    async ask({ write, refuse, text }, again) {
      this.kept = write;
      const answers = [await write(text), await again('two'), await refuse().catch((e) => e.name + ' ' + e.message + ' ' + e.code)];
      write('not waited for');
      refuse();
      return answers;
    }
    askLater() {
      this.kept('nobody waits');
      return this.kept('late').catch((e) => e.message);
    }
  }
  export default { activate: (context) => ({
    commands: { run: (name) => context.greeting + ' ' + name + ' ' + typeof context.call + ' ' + context.name },
    providers: { acme: new Provider() },
  }) };`;

interface Provider {
  readonly id: string;
  readonly limits: object;
  send(request: unknown): Promise<unknown>;
  fail(): Promise<unknown>;
  die(): Promise<unknown>;
  open(): Promise<unknown>;
  ask(functions: object, again: (text: string) => unknown): Promise<unknown>;
  askLater(): Promise<unknown>;
  wait(options: { readonly signal: AbortSignal }): Promise<unknown>;
}

const provider = async (): Promise<Provider> => {
  folder.add('acme', { manifest: { worker: true, contributes }, code });
  return (await host.resolve('providers', 'acme')) as Provider;
};

it('calls functions and methods in the other thread, and has their data here', async () => {
  const acme = await provider();
  expect(acme.id).toBe('acme');
  expect(acme.limits).toEqual({ rpm: 5 });
  expect(await acme.send({ text: 'hi' })).toEqual({ request: { text: 'hi' }, isMainThread: false });
  const run = (await host.resolve('commands', 'run')) as (name: string) => Promise<string>;
  expect(await run('you')).toBe('hello you undefined acme');
});

it('hands errors back with their names and codes', async () => {
  await expect((await provider()).fail()).rejects.toMatchObject({ name: 'TypeError', message: 'refused', code: 'NO' });
});

it('carries signals across, and forgets them with the call', async () => {
  const acme = await provider();
  const controller = new AbortController();
  const waiting = acme.wait({ signal: controller.signal });
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  await acme.send({ signal: controller.signal }).catch(() => {});
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort(new DOMException('too late', 'TimeoutError'));
  expect(await waiting).toBe('aborted: TimeoutError too late');
  expect(await acme.wait({ signal: controller.signal })).toBe('aborted: TimeoutError too late');
  expect(await acme.wait({ signal: AbortSignal.abort() })).toMatch('aborted: AbortError');
});

it('calls functions among the arguments back, as long as the call lasts', async () => {
  const acme = await provider();
  const written: string[] = [];
  const write = async (text: string): Promise<number> => written.push(text);
  const refuse = (): never => {
    throw Object.assign(new RangeError('no'), { code: 'NO' });
  };
  expect(await acme.ask({ write, refuse, text: 'one' }, write)).toEqual([1, 2, 'RangeError no NO']);
  expect(written).toEqual(['one', 'two', 'not waited for']);
  expect(await acme.askLater()).toContain('is over');
  expect(written).toHaveLength(3);
  const opaque = acme.ask({ write: () => () => {}, refuse, text: 'one' }, write);
  await expect(opaque).rejects.toMatchObject({
    code: 'PLUGIN_WORKER_FAILED',
    message: expect.stringContaining('what a function returned that ask of providers acme was called with'),
  });
});

it('says what cannot be sent', async () => {
  const acme = await provider();
  await expect(acme.send(Symbol('no'))).rejects.toMatchObject({
    code: 'PLUGIN_WORKER_FAILED',
    message: expect.stringContaining('what send of providers acme is called with'),
  });
  await expect(acme.open()).rejects.toMatchObject({
    code: 'PLUGIN_WORKER_FAILED',
    message: expect.stringContaining('what open of providers acme returned'),
  });
  expect(await acme.send(1)).toMatchObject({ request: 1 });
});

it('fails its calls where the thread ends, is loaded anew by the next use, and the host goes on', async () => {
  const acme = await provider();
  const waiting = acme.send(new Promise(() => {}) as never).catch(() => {});
  await expect(acme.die()).rejects.toMatchObject({ code: 'PLUGIN_EXITED', plugin: 'acme' });
  await waiting;
  await expect(acme.send(1)).rejects.toMatchObject({ code: 'PLUGIN_EXITED' });
  expect(host.problems()).toMatchObject([{ code: 'PLUGIN_EXITED', plugin: 'acme' }]);
  expect(host.plugins()).toMatchObject([{ status: 'failed', error: { code: 'PLUGIN_EXITED' } }]);
  expect(await (await provider()).send(2)).toMatchObject({ request: 2 });
  expect(host.plugins()).toMatchObject([{ status: 'active', error: undefined }]);
  await host.reload('acme');
  expect(await (await provider()).send(3)).toMatchObject({ request: 3 });
});

it('takes those that need it with it, until they are used again', async () => {
  const events: string[] = [];
  host = createPluginHost({
    sources: [folderSource(folder.path)],
    hostVersion: '1.0.0',
    onEvent: (event) => {
      if (event.type === 'deactivation-end') events.push(event.plugin);
    },
  });
  folder.add('app', { manifest: { dependencies: { lib: '*' } }, code: recording('app') });
  folder.add('lib', { manifest: { dependencies: { acme: '*' } }, code: recording('lib') });
  const heard = listenToPlugins();
  const acme = await provider();
  await host.load('app');
  heard.splice(0);
  await acme.die().catch(() => {});
  await until(() => events.length === 3);
  expect(events).toEqual(['acme', 'app', 'lib']);
  expect(heard).toEqual(['deactivate app', 'deactivate lib']);
  expect(host.plugins().map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
  expect(host.plugins().find(({ manifest }) => manifest.name === 'app')?.error).toMatchObject({
    code: 'PLUGIN_DEPENDENCY_SKIPPED',
    via: ['app', 'lib', 'acme'],
    cause: { code: 'PLUGIN_EXITED' },
  });
  await host.load('app');
  expect(host.plugins().map(({ status }) => status)).toEqual(['active', 'active', 'active']);
});

it('is quarantined when it dies over and over, though it can be loaded each time', async () => {
  const stateFile = join(folder.path, '.state', 'plugins.json');
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0', stateFile });
  for (let time = 0; time < 3; time++) await (await provider()).die().catch(() => {});
  await expect(host.resolve('providers', 'acme')).rejects.toMatchObject({ code: 'PLUGIN_QUARANTINED' });
  expect(await host.lift('acme')).toBe(true);
  expect(await (await provider()).send(1)).toMatchObject({ request: 1 });
});

it('ends a thread whose new code hangs', async () => {
  const clock = testClock();
  host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0', clock });
  let beats = 0;
  let heardAt = 0;
  const heartbeats = new BroadcastChannel('beats');
  heartbeats.onmessage = () => {
    beats += 1;
    heardAt = Date.now();
  };
  try {
    await provider();
    folder.add('acme', {
      manifest: { worker: true, contributes },
      code: `const beats = new BroadcastChannel('beats'); setInterval(() => beats.postMessage(1), 1); await new Promise(() => {});`,
    });
    const reloading = host.reload('acme').catch((error: unknown) => error);
    await until(() => beats > 3);
    clock.pass(10_000);
    expect(await reloading).toMatchObject({ code: 'PLUGIN_IMPORT_TIMEOUT' });
    await until(() => Date.now() - heardAt > 100);
  } finally {
    heartbeats.close();
  }
});

it('ends the thread with the plugin', async () => {
  const acme = await provider();
  await host.deactivate();
  await expect(acme.send(1)).rejects.toMatchObject({ code: 'PLUGIN_WORKER_FAILED' });
  expect(host.problems()).toEqual([]);
});

it('lets the process end while nobody waits for it', async () => {
  await provider();
  await until(() => !process.getActiveResourcesInfo().includes('MessagePort'));
});

it('reports what fails there as elsewhere', async () => {
  folder.add('bad', { manifest: { worker: true }, code: 'export const nothing = 1;' });
  folder.add('worse', { manifest: { worker: true }, code: 'throw new Error("no");' });
  await expect(host.load('bad')).rejects.toMatchObject({ code: 'PLUGIN_EXPORT_INVALID', plugin: 'bad' });
  await expect(host.load('worse')).rejects.toMatchObject({ code: 'PLUGIN_IMPORT_FAILED', cause: { message: 'no' } });
});
