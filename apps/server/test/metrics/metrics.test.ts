import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CacheStats, createHotpath, type Hotpath, routerChannels, runtimeChannels } from '@hotpath/runtime';
import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore read is what telemetry writes
import { parseExposition } from '../../../../packages/telemetry/test/support/parse-exposition.ts';
// @boundaries-ignore as telemetry is checked
import { complaintsOf, findPromtool } from '../../../../packages/telemetry/test/support/promtool.ts';
import { announceRefusal } from '../../src/events.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { registerMetricsRoute } from '../../src/routes/metrics.ts';

let home: string;
let hotpath: Hotpath;
let metrics: Metrics;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-metrics-'));
  hotpath = await createHotpath(
    {
      providers: { sim: { type: 'sim' }, broken: { type: 'sim', errorRate: 1 } },
      attempts: { maxAttempts: 1 },
      detect: { environment: false, ollama: false },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  metrics = createMetrics({ hotpath });
});
afterEach(async () => {
  metrics.close();
  await hotpath.close();
  await rm(home, { recursive: true });
});

/** A bit of everything that is counted. */
const work = async (): Promise<void> => {
  const prompt = 'What is counted here?';
  await hotpath.router.query({ model: 'sim/sim-1', prompt });
  await hotpath.router.query({ model: 'sim/sim-1', prompt });
  await hotpath.router.query({ model: 'broken/sim-1', prompt }).catch(() => {});
  routerChannels.cacheFault.publish({ operation: 'get', error: new Error('gone') });
  announceRefusal('openai-chat', { status: 400, code: 'SERVER_BODY_INVALID' });
  runtimeChannels.configReload.publish({
    cause: 'file',
    outcome: 'rejected',
    file: undefined,
    durationMs: 1,
    needsRestart: [],
    warnings: [],
  });
};

const render = async (format: 'text' | 'openmetrics' = 'text') =>
  parseExposition(String(await metrics.render(format)), format);

describe('GET /metrics', () => {
  it.each([
    ['text', 'text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
    ['openmetrics', 'application/openmetrics-text', 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ] as const)('answers as %s', async (format, accept, type) => {
    const app = fastify();
    registerMetricsRoute(app, metrics);
    await work();
    const response = await app.inject({ url: '/metrics', headers: { accept } });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe(type);
    const samples = parseExposition(response.body, format);
    const counted = { protocol: 'openai-chat', provider: 'sim', model: 'sim-1', outcome: 'complete', cache: 'hit' };
    const labels = Object.entries(counted).map(([name, value]) => `${name}="${value}"`);
    expect(samples.get(`hotpath_requests_total{${labels.join(',')}}`)).toBe(1);
    await app.close();
  });

  it('pleases promtool', async (context) => {
    if (findPromtool() === undefined && !process.env.CI) return context.skip('promtool is not installed');
    await work();
    // A second scrape has what the first one began to watch.
    await metrics.render('text');
    expect(complaintsOf(String(await metrics.render('text')))).toBe('');
  });
});

describe('metrics', () => {
  it('tell how the targets fare', async () => {
    for (let failure = 0; failure < 5; failure += 1) {
      await hotpath.router.query({ model: 'broken/sim-1', prompt: `${failure}` }).catch(() => {});
    }
    const samples = await render();
    const state = (name: string) =>
      samples.get(`hotpath_breaker_state{provider="broken",model="sim-1",state="${name}"}`);
    expect([state('closed'), state('open'), state('half-open')]).toEqual([0, 1, 0]);
    expect(samples.get('hotpath_target_available{provider="broken",model="sim-1"}')).toBe(0);
    expect(samples.get('hotpath_calls_in_flight{provider="broken",model="sim-1"}')).toBe(0);
  });

  it('tell what the tiers of the cache do', async () => {
    await work();
    const tiers: CacheStats['tiers'] = (await hotpath.cache?.stats())?.tiers ?? [];
    const samples = await render();
    expect(tiers.length).toBeGreaterThan(2);
    for (const tier of tiers) {
      const labels = `{tier="${tier.name}"}`;
      expect(samples.get(`hotpath_cache_hits_total${labels}`)).toBe(tier.hits);
      expect(samples.get(`hotpath_cache_misses_total${labels}`)).toBe(tier.misses);
      expect(samples.get(`hotpath_cache_entries${labels}`)).toBe(tier.entries);
      expect(samples.get(`hotpath_cache_max_bytes${labels}`)).toBe(tier.maxBytes);
    }
    expect(tiers[0]?.hits).toBe(1);
  });

  it('tell of faults, refusals and reloads', async () => {
    await work();
    const samples = await render();
    expect(samples.get('hotpath_cache_faults_total{operation="get"}')).toBe(1);
    const refusal = '{protocol="openai-chat",code="SERVER_BODY_INVALID",status="400"}';
    expect(samples.get(`hotpath_refused_requests_total${refusal}`)).toBe(1);
    expect(samples.get('hotpath_config_reloads_total{outcome="rejected"}')).toBe(1);
    expect(samples.get('hotpath_config_last_reload_successful')).toBe(0);
  });

  it('tell what the process uses', async () => {
    await render();
    const samples = await render();
    const positive = [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'process_uptime_seconds',
    ];
    for (const name of positive) expect(samples.get(name), name).toBeGreaterThan(0);
    expect(samples.get('process_start_time_seconds')).toBeCloseTo(
      Date.now() / 1000 - (samples.get('process_uptime_seconds') as number),
      -1,
    );
    for (const name of ['mean', 'p50', 'p90', 'p99', 'max']) {
      expect(samples.get(`nodejs_eventloop_lag_${name}_seconds`)).toBeGreaterThanOrEqual(0);
    }
  });

  it('are told without the cache where it does not answer, or fails', async () => {
    const cache = { ...hotpath.cache, stats: () => new Promise(() => {}) } as Hotpath['cache'];
    const hanging = createMetrics({ hotpath: { router: hotpath.router, cache }, statsTimeoutMs: 5 });
    const failing = createMetrics({
      hotpath: {
        router: hotpath.router,
        cache: { ...cache, stats: () => Promise.reject(new Error('gone')) } as Hotpath['cache'],
      },
    });
    for (const each of [hanging, failing]) {
      const samples = parseExposition(String(await each.render('text')), 'text');
      expect([...samples.keys()].filter((name) => name.startsWith('hotpath_cache_hits'))).toEqual([]);
      expect(samples.get('process_uptime_seconds')).toBeGreaterThan(0);
      each.close();
    }
  });

  it('leave nobody listening when they are closed', () => {
    const channels = [
      routerChannels.requestStart,
      routerChannels.requestEnd,
      routerChannels.attemptEnd,
      routerChannels.cacheFault,
      runtimeChannels.configReload,
    ];
    expect(channels.map(({ hasSubscribers }) => hasSubscribers)).toEqual(channels.map(() => true));
    metrics.close();
    metrics.close();
    expect(channels.map(({ hasSubscribers }) => hasSubscribers)).toEqual(channels.map(() => false));
  });
});
