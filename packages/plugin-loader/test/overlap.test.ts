import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPluginHost, folderSource, type PluginHost, type PluginSource } from '../src/index.ts';
import { until } from './support/clock.ts';
import { listenToPlugins, type PluginFolder, pluginFolder } from './support/plugins.ts';

let folder: PluginFolder;
let host: PluginHost;
let heard: string[];

const start = (sources: readonly PluginSource[] = [folderSource(folder.path)]): PluginHost => {
  host = createPluginHost({ sources, hostVersion: '1.0.0' });
  return host;
};

/** A promise that plugins wait for as `globalThis.gate`. */
const gate = (): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(globalThis, { gate: promise });
  return resolve;
};

const turns = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach(() => {
  folder = pluginFolder();
  heard = listenToPlugins();
});
afterEach(() => host.deactivate());

const slowToEnd = `export default {
  activate() { globalThis.record('on'); },
  async deactivate() { globalThis.record('off begins'); await globalThis.gate; globalThis.record('off'); },
};`;

describe('a plugin that is being deactivated', () => {
  it('is not activated anew before that has ended, whoever asks', async () => {
    folder.add('slow', { code: slowToEnd });
    start();
    await host.load('slow');
    const open = gate();
    const reloading = host.reload('slow');
    await until(() => heard.includes('off begins'));
    const loading = host.load('slow');
    await turns();
    open();
    await Promise.all([reloading, loading]);
    expect(heard).toEqual(['on', 'off begins', 'off', 'on']);
  });

  it('is waited for by the end of the host too', async () => {
    folder.add('slow', { code: slowToEnd });
    start();
    await host.load('slow');
    const open = gate();
    const reloading = host.reload('slow').catch((error: { code: string }) => error.code);
    await until(() => heard.includes('off begins'));
    const ending = host.deactivate().then(() => heard.push('ended'));
    await turns();
    open();
    await ending;
    expect(heard).toEqual(['on', 'off begins', 'off', 'ended']);
    expect(await reloading).toBe('PLUGIN_HOST_CLOSED');
  });
});

describe('code that was imported anew when the host ended meanwhile', () => {
  it('is let go, with its thread', async () => {
    folder.add('threaded', { manifest: { worker: true }, code: 'export default { activate() {} };' });
    start();
    await host.load('threaded');
    folder.add('threaded', {
      manifest: { worker: true },
      code: 'await new Promise((go) => setTimeout(go, 200)); export default { activate() {} };',
    });
    const [[worker]] = await Promise.all([
      once(process, 'worker') as Promise<[Worker]>,
      expect(
        Promise.all([host.reload('threaded'), once(process, 'worker').then(() => host.deactivate())]),
      ).rejects.toMatchObject({ code: 'PLUGIN_HOST_CLOSED' }),
    ]);
    await host.deactivate();
    if (worker.threadId !== -1) await once(worker, 'exit');
    expect(worker.threadId).toBe(-1);
  });
});

describe('discoveries at the same time', () => {
  it('take turns, so that the last one to be asked for is the one that counts', async () => {
    const folders = folderSource(folder.path);
    const waiting: (() => void)[] = [];
    const slowFirst: PluginSource = {
      id: 'slow first',
      list: async (context) => {
        const found = await folders.list(context);
        if (waiting.length === 0) await new Promise<void>((go) => waiting.push(go));
        return found;
      },
    };
    start([slowFirst]);
    const first = host.discover();
    folder.add('late');
    const second = host.discover();
    await turns();
    waiting[0]?.();
    expect([(await first).plugins, (await second).plugins]).toEqual([0, 1]);
    expect(host.plugins().map(({ manifest }) => manifest.name)).toEqual(['late']);
  });
});
