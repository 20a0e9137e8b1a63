import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRouter, type Provider, sim } from '@hotpath/ai-router';
import { createCache } from '@hotpath/cache';
import { memoryStore } from '@hotpath/cache/stores/memory';
import { sqliteStore } from '@hotpath/cache/stores/sqlite';
import { cacheSource, createCollector, routerSource, type Source } from '@hotpath/telemetry';
import { type AlertSettings, createAlerts } from '@hotpath/telemetry/alerts';
import { describe, expect, it, onTestFinished } from 'vitest';

const quick = { windowMs: 500, holdMs: 0, recoverMs: 50, cooldownMs: 0 };

/** The default alerts over what a source hears, with a short memory. */
const watch = (source: Source, rules: AlertSettings) => {
  const collector = createCollector();
  const stop = source.start(collector);
  const alerts = createAlerts({ collector, rules, everyMs: 20 });
  onTestFinished(async () => {
    stop();
    await alerts.close();
  });
  return {
    /** Goes on until the alert is as it should be. */
    async until(rule: string, subject: string, state: string, work: () => unknown): Promise<string> {
      for (;;) {
        await work();
        await new Promise((resolve) => setTimeout(resolve, 5));
        const found = alerts.list().alerts.find((alert) => alert.rule === rule && alert.subject === subject);
        if (found?.state === state) return found.message;
      }
    },
  };
};

describe('the default alerts over what the packages announce', () => {
  it('tell of a cache that has little of what it is asked for, until it has', async () => {
    const { until } = watch(cacheSource(), { 'cache-hit-rate': { ...quick, leastEvents: 20 } });
    const cache = createCache<string>({ name: 'answers', tiers: [{ store: memoryStore({ maxEntries: 1000 }) }] });
    onTestFinished(() => cache.close());
    let asked = 0;
    const message = await until('cache-hit-rate', 'answers', 'firing', async () => {
      for (let time = 0; time < 10; time += 1) {
        asked += 1;
        await cache.getOrSet(`key ${asked}`, () => 'value');
      }
    });
    expect(message).toMatch(/^Cache hit rate \(answers\): 0% in the last 500 ms/);
    await until('cache-hit-rate', 'answers', 'ok', async () => {
      for (let time = 0; time < 10; time += 1) await cache.getOrSet('key 1', () => 'value');
    });
  });

  it('tell of a provider all of whose calls fail, until it answers', async () => {
    const { until } = watch(routerSource(), { 'provider-down': quick });
    const [down, up] = [sim({ errorRate: 1 }), sim()];
    let present = down;
    const provider: Provider = { ...up, send: (...args) => present.send(...args) };
    const router = createRouter({ providers: [provider], attempts: { maxAttempts: 1 } });
    const ask = () => router.query({ model: 'sim-1', prompt: 'Hello' }).catch(() => {});
    expect(await until('provider-down', 'sim', 'firing', ask)).toMatch(/^Calls that failed \(sim\): 100%/);
    present = up;
    await until('provider-down', 'sim', 'ok', ask);
  });

  it('tell of a database that somebody else has locked, until it is free', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-alerts-'));
    const path = join(folder, 'cache.sqlite');
    const { until } = watch(cacheSource(), { 'database-query': quick });
    const store = sqliteStore({ path });
    const other = new DatabaseSync(path);
    onTestFinished(async () => {
      if (other.isOpen) other.close();
      await store.close();
      rmSync(folder, { recursive: true });
    });
    const entry = { value: new Uint8Array(8), createdAt: 0, expiresAt: Number.POSITIVE_INFINITY, tags: [] };
    store.set('key', entry as never);
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.flush()).toThrow();
    other.exec('ROLLBACK');
    expect(await until('database-query', 'cache', 'firing', () => {})).toMatch(
      /^Slowest database query \(cache\): \d+(\.\d+)? s in the last 500 ms, /,
    );
    await until('database-query', 'cache', 'ok', () => {
      store.get('key');
    });
  });
});
