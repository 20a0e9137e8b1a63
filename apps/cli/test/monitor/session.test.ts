import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openSession } from '../../src/monitor/session.ts';
import { textFrame } from '../../src/monitor/text-frame.ts';
import { recordRequests } from '../analytics-machine.ts';
import { type MetricsServer, startMetricsServer } from './metrics-server.ts';

let folder: string;
let gateway: MetricsServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-monitor-'));
  vi.stubEnv('HOTPATH_HOME', folder);
  gateway = await startMetricsServer();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await gateway.stop();
  await rm(folder, { recursive: true });
});

const open = async (configFile: string, key?: string) =>
  openSession({ address: { text: gateway.url, otherwise: 'start it' }, isNamed: false, key, configFile });

const hourMs = 3_600_000;

it('follows the local store until a gateway answers, and watches the gateway from then on', async () => {
  const configFile = join(folder, 'hotpath.config.json');
  await writeFile(configFile, '{"providers":{"sim":{}},"detect":{"ollama":false}}');
  await gateway.stop();
  const session = await open(configFile);
  const { signal } = new AbortController();
  const path = join(folder, 'state', 'events.sqlite');
  const before = await session.sample(signal, hourMs);
  expect(before.view).toMatchObject({ source: 'store', url: gateway.url, path, figures: null, storeProblem: null });
  expect(textFrame(before)).toContain('Nothing is recorded yet');
  await recordRequests(path, [{ atMs: Date.now() }]);
  expect((await session.sample(signal, hourMs)).view).toMatchObject({ figures: { requests: { total: 1 } } });
  await gateway.start();
  expect((await session.sample(signal, hourMs)).view).toMatchObject({ source: 'gateway', isConnected: true });
  await gateway.stop();
  expect((await session.sample(signal, hourMs)).view).toMatchObject({ source: 'gateway', isConnected: false });
});

it('rejects when it is aborted while the gateway is silent', async () => {
  const silent = createServer(() => {});
  const configFile = join(folder, 'hotpath.config.json');
  await writeFile(configFile, '{}');
  const session = await open(configFile);
  const port = Number(new URL(gateway.url).port);
  await gateway.stop();
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
  expect((silent.address() as AddressInfo).port).toBe(port);
  const controller = new AbortController();
  const sample = session.sample(controller.signal, hourMs);
  controller.abort();
  await expect(sample).rejects.toThrow(/abort/i);
  await new Promise((resolve) => silent.close(resolve));
});
