import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultKind, requestKind } from '@hotpath/telemetry';
import { openEventStore } from '@hotpath/telemetry/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHotpath } from '../src/compose.ts';
import type { Hotpath } from '../src/hotpath.ts';
import { openTelemetry } from '../src/telemetry.ts';

let root: string;
let hotpath: Hotpath;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-telemetry-'));
  hotpath = await createHotpath(
    { providers: { sim: {} }, defaultModel: 'sim/sim-1', prices: { 'sim-1': { input: 2, output: 10 } } },
    { folder: root, environment: { HOTPATH_HOME: root, OLLAMA_HOST: '127.0.0.1:1' } },
  );
});
afterEach(async () => {
  await hotpath.close();
  rmSync(root, { recursive: true, force: true });
});

const kept = () => {
  const store = openEventStore({ path: hotpath.config.telemetry.path, isReadOnly: true });
  const day = 86_400_000;
  const groups = store.aggregate(requestKind, {
    fromMs: Date.now() - day,
    toMs: Date.now() + day,
    by: ['model', 'cache', 'command'],
  });
  void store.close();
  return groups.map(({ names, count, totals }) => ({ ...names, count, cost: totals.cost, saved: totals.saved_cache }));
};

describe('telemetry of a composition', () => {
  it.each([
    ['that ends soon', false],
    ['that goes on for long', true],
  ])('keeps what a process %s has asked, what it cost and what it saved', async (_, isLong) => {
    const telemetry = openTelemetry({
      config: hotpath.config.telemetry,
      command: 'test',
      prices: () => hotpath.prices,
      isLong,
    });
    const { usage } = await hotpath.router.query({ prompt: 'What is recorded?' });
    await hotpath.router.query({ prompt: 'What is recorded?' });
    await telemetry.close();
    const cost = Math.round((usage?.inputTokens ?? 0) * 2 + (usage?.outputTokens ?? 0) * 10);
    expect(kept()).toEqual([
      { model: 'sim-1', cache: 'miss', command: 'test', count: 1, cost, saved: undefined },
      { model: 'sim-1', cache: 'hit', command: 'test', count: 1, cost: undefined, saved: cost },
    ]);
  });

  it('says why nothing is kept, once, and fails nobody', async () => {
    const path = join(root, 'no-database');
    writeFileSync(path, 'no database '.repeat(1000));
    const told: unknown[] = [];
    const telemetry = openTelemetry({
      config: { ...hotpath.config.telemetry, path },
      command: 'test',
      onError: (error, where) => told.push({ error, where }),
    });
    await hotpath.router.query({ prompt: 'one' });
    await telemetry.close();
    expect(told).toMatchObject([{ error: { code: 'TELEMETRY_STORE_UNAVAILABLE' }, where: 'events' }]);
    expect(telemetry.collector.lost().get('event store')).toBeGreaterThan(0);
  });

  it('says what is lost where: a receiver and the file of content lose nothing of the events', async () => {
    const { telemetry: config } = hotpath.config;
    const content = { ...config.content, enabled: true, path: join(root, 'no-content') };
    writeFileSync(content.path, 'no database '.repeat(1000));
    const told: string[] = [];
    const telemetry = openTelemetry({
      config: { ...config, content, otlp: { endpoint: 'http://127.0.0.1:1' } },
      command: 'test',
      onError: (_, where) => told.push(where),
    });
    await hotpath.router.query({ prompt: 'one' });
    await telemetry.close();
    expect(told.sort()).toEqual(['content', 'otlp']);
    expect(kept()).toHaveLength(1);
  });

  it('touches no file where nothing happened, and none where it is switched off', async () => {
    await openTelemetry({ config: hotpath.config.telemetry, command: 'test' }).close();
    const off = openTelemetry({ config: { ...hotpath.config.telemetry, enabled: false }, command: 'test' });
    await hotpath.router.query({ prompt: 'two' });
    await off.close();
    expect(kept).toThrow('cannot be used');
    expect(off.collector.recorded().length).toBeGreaterThan(0);
  });

  it('records what was announced before it was opened, at its time', async () => {
    const heard: unknown[] = [];
    const hear = (message: unknown): void => void heard.push(message);
    subscribe('hotpath:ai-router:request-end', hear);
    await hotpath.router.query({ prompt: 'early' });
    unsubscribe('hotpath:ai-router:request-end', hear);
    const atMs = Date.now() - 3_600_000;
    const earlier = heard.map((message) => ({ channel: 'hotpath:ai-router:request-end', message, atMs }));
    const telemetry = openTelemetry({ config: hotpath.config.telemetry, command: 'test', earlier });
    await hotpath.router.query({ prompt: 'late' });
    await telemetry.close();
    const store = openEventStore({ path: hotpath.config.telemetry.path });
    const times = store.list(requestKind, { fromMs: 0, toMs: Date.now() + 1, limit: 10 }).map((each) => each.atMs);
    await store.close();
    expect(times).toEqual([expect.any(Number), atMs]);
    expect(times[0]).toBeGreaterThan(atMs + 3_000_000);
  });

  it('prunes at the end of a process that ends soon, at most now and then', async () => {
    const { path } = hotpath.config.telemetry;
    const past = Date.now() - 20 * 86_400_000;
    const heard: unknown[] = [];
    const hear = (message: unknown): void => void heard.push(message);
    subscribe('hotpath:ai-router:request-end', hear);
    await hotpath.router.query({ prompt: 'long ago' });
    unsubscribe('hotpath:ai-router:request-end', hear);
    const earlier = heard.map((message) => ({ channel: 'hotpath:ai-router:request-end', message, atMs: past }));
    const left: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      await openTelemetry({ config: hotpath.config.telemetry, command: 'test', earlier }).close();
      const store = openEventStore({ path, isReadOnly: true });
      left.push(store.list(requestKind, { fromMs: 0, toMs: Date.now() }).length);
      await store.close();
    }
    expect(left).toEqual([0, 1]);
  });

  it('records what an exporter loses', async () => {
    const telemetry = openTelemetry({
      config: hotpath.config.telemetry,
      command: 'test',
      isLong: true,
      exporters: [{ name: 'failing', export: () => Promise.reject(new Error('gone')), close: async () => {} }],
    });
    await hotpath.router.query({ prompt: 'five' });
    await telemetry.collector.flush();
    await telemetry.close();
    const store = openEventStore({ path: hotpath.config.telemetry.path, isReadOnly: true });
    const names = store.list(faultKind, { fromMs: 0, toMs: Date.now() + 1 }).map((each) => each.names);
    await store.close();
    expect(names).toContainEqual({ part: 'telemetry', code: 'failing' });
  });

  it('records nothing once it is closed', async () => {
    const telemetry = openTelemetry({ config: hotpath.config.telemetry, command: 'test' });
    await hotpath.router.query({ prompt: 'three' });
    await telemetry.close();
    await telemetry.close();
    await hotpath.router.query({ prompt: 'four' });
    expect(kept().reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });
});
