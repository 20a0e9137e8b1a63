import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../src/collector/collector.ts';
import type { EventKind } from '../../src/kind.ts';
import { runKind, stepKind } from '../../src/kinds/batch.ts';
import { loadKind, lookupKind, queryKind } from '../../src/kinds/cache.ts';
import { faultKind, pluginKind, sampleKind } from '../../src/kinds/process.ts';
import { refusalKind } from '../../src/kinds/refusal.ts';
import type { Source } from '../../src/source.ts';
import { batchSource } from '../../src/sources/batch.ts';
import { cacheSource } from '../../src/sources/cache.ts';
import { pluginSource } from '../../src/sources/plugins.ts';
import { processSource } from '../../src/sources/process.ts';
import { serverSource } from '../../src/sources/server.ts';

/** What a source makes of what is published meanwhile. */
const heard = (source: Source, publish: () => void) => {
  const collector = createCollector();
  const stop = source.start(collector);
  publish();
  stop();
  return (kind: EventKind) =>
    collector
      .recorded()
      .filter((recorded) => recorded.kind === kind)
      .flatMap(({ series }) => series)
      .map(
        ({ names, totals, count }): Readonly<Record<string, unknown>> => ({
          count,
          ...Object.fromEntries(kind.dimensionNames.map((name, place) => [name, names[place]])),
          ...Object.fromEntries(kind.measureNames.map((name, place) => [name, totals[place]])),
        }),
      );
};
const tell = (name: string, message: object): void => channel(name).publish(message);

describe('the source of caches', () => {
  it('counts lookups by tier, and records loads and faults', () => {
    const of = heard(cacheSource(), () => {
      for (const tier of ['memory', 'memory', 'sqlite'])
        tell('hotpath:cache:lookup-end', { cache: 'answers', outcome: 'hit', tier });
      tell('hotpath:cache:lookup-end', { cache: 'answers', outcome: 'miss', tier: undefined });
      tell('hotpath:cache:load-end', { cache: 'answers', outcome: 'loaded', durationMs: 7 });
      tell('hotpath:cache:store-fault', { store: 's', operation: 'set', error: { code: 'CACHE_STORE_UNAVAILABLE' } });
      tell('hotpath:cache:entry-dropped', { store: 's', reason: 'damaged', entries: 3, error: undefined });
    });
    expect(of(lookupKind)).toMatchObject([
      { outcome: 'hit', tier: 'memory', count: 2 },
      { outcome: 'hit', tier: 'sqlite', count: 1 },
      { outcome: 'miss', tier: '', count: 1 },
    ]);
    expect(of(loadKind)).toMatchObject([{ cache: 'answers', outcome: 'loaded', duration: 7000 }]);
    expect(of(faultKind)).toMatchObject([
      { part: 'cache', code: 'CACHE_STORE_UNAVAILABLE' },
      { part: 'cache', code: 'damaged', lost: 3 },
    ]);
  });
});

describe('the source of runs', () => {
  const run = (type: string, more: object): void => tell('hotpath:batch:run', { type, run: 'r1', atMs: 5, ...more });
  const ended = { attempt: 2, state: 'succeeded', durationMs: 3, costUsd: 0.25, isReused: false };

  it('records steps under the name of their run, those of a list as one', () => {
    const of = heard(batchSource(), () => {
      run('run-start', { name: 'review', steps: 2, isResumed: false });
      run('step-start', { step: 'ask[0]', attempt: 1, waitedMs: 40 });
      run('step-end', { step: 'ask[0]', ...ended });
      run('step-end', { step: 'ask[17]', ...ended, state: 'failed', error: { code: 'BATCH_STEP_FAILED' } });
      run('run-end', { state: 'kept', durationMs: 9, costUsd: 0.5 });
    });
    expect(of(stepKind)).toMatchObject([
      { run_name: 'review', step: 'ask[]', outcome: 'succeeded', attempts: 2, cost: 250_000, start_delay: 40_000 },
      { run_name: 'review', step: 'ask[]', outcome: 'failed', code: 'BATCH_STEP_FAILED' },
    ]);
    expect(of(runKind)).toMatchObject([{ run_name: 'review', outcome: 'kept', steps: 2, cost: 500_000 }]);
  });

  it('records what was taken back: of a run that fails with its end, of others by itself', () => {
    const of = heard(batchSource(), () => {
      run('run-start', { name: 'review', steps: 1, isResumed: false });
      run('undo-end', { name: 'review', isAsked: false, steps: ['a', 'b'], conflicts: [{}] });
      run('run-end', { state: 'undone', durationMs: 9, costUsd: 0 });
      run('undo-end', { name: 'other', isAsked: true, steps: ['a', 'b'], conflicts: [{}] });
      run('recovery-end', { recovered: 'r0', name: 'killed', to: 'undone', steps: ['a'], conflicts: [] });
    });
    expect(of(runKind)).toMatchObject([
      { run_name: 'review', outcome: 'undone', steps: 0, conflicts: 1, count: 1 },
      { run_name: 'other', outcome: 'reverted', steps: 2, conflicts: 1 },
      { run_name: 'killed', outcome: 'recovered', steps: 1, conflicts: 0 },
    ]);
  });
});

describe('the queries of databases', () => {
  it('are counted with the slowest of them, by who asked', () => {
    const query = (operation: string, durationMs: number) => ({ store: 'sqlite', operation, durationMs });
    const ofCache = heard(cacheSource(), () => {
      for (const durationMs of [1, 50, 2]) tell('hotpath:cache:query-end', query('read', durationMs));
    });
    const ofJournal = heard(batchSource(), () => tell('hotpath:batch:query-end', query('write', 3)));
    expect(ofCache(queryKind)).toEqual([
      { database: 'cache', operation: 'read', count: 3, duration: 53_000, slowest: 50_000 },
    ]);
    expect(ofJournal(queryKind)).toEqual([
      { database: 'journal', operation: 'write', count: 1, duration: 3000, slowest: 3000 },
    ]);
    const ofKeys = heard(serverSource(), () => tell('hotpath:server:key-query-end', query('read', 1)));
    expect(ofKeys(queryKind)).toEqual([
      { database: 'keys', operation: 'read', count: 1, duration: 1000, slowest: 1000 },
    ]);
  });
});

describe('the source of plugins', () => {
  it('records each phase, and what went wrong', () => {
    const of = heard(pluginSource(), () => {
      tell('hotpath:plugins:import-end', { plugin: 'acme', durationMs: 4 });
      tell('hotpath:plugins:activation-end', {
        plugin: 'acme',
        durationMs: 5,
        error: { code: 'PLUGIN_ACTIVATION_FAILED' },
      });
      tell('hotpath:plugins:problem-found', { error: { code: 'PLUGIN_MANIFEST_INVALID' } });
    });
    expect(of(pluginKind)).toMatchObject([
      { plugin: 'acme', phase: 'import', code: '', duration: 4000 },
      { plugin: 'acme', phase: 'activation', code: 'PLUGIN_ACTIVATION_FAILED' },
    ]);
    expect(of(faultKind)).toMatchObject([{ part: 'plugins', code: 'PLUGIN_MANIFEST_INVALID' }]);
  });
});

describe('the source of the server', () => {
  it('records what was refused, and what could not be loaded anew', () => {
    const of = heard(serverSource(), () => {
      tell('hotpath:server:request-refused', { protocol: 'openai-chat', status: 401, code: 'KEYS_UNKNOWN' });
      tell('hotpath:runtime:config-reload', { outcome: 'applied' });
      tell('hotpath:runtime:config-reload', { outcome: 'rejected', error: { code: 'CONFIG_INVALID' } });
      tell('hotpath:runtime:plugin-reload', { outcome: 'failed' });
    });
    expect(of(refusalKind)).toMatchObject([{ code: 'KEYS_UNKNOWN', count: 1 }]);
    expect(of(faultKind)).toMatchObject([
      { part: 'configuration', code: 'CONFIG_INVALID', count: 1 },
      { part: 'plugins', code: 'failed', count: 1 },
    ]);
  });
});

describe('the source of the process', () => {
  it('samples what the process takes', async () => {
    const collector = createCollector();
    const stop = processSource({ command: 'serve', everyMs: 5 }).start(collector);
    await expect.poll(() => collector.recorded()[0]?.series[0]?.count ?? 0).toBeGreaterThan(2);
    stop();
    const series = collector.recorded()[0]?.series[0];
    expect(series?.names).toEqual(['serve']);
    expect(series?.histograms[sampleKind.measureAt.memory]?.quantile(0.5)).toBeGreaterThan(10_000_000);
    expect(series?.histograms[sampleKind.measureAt.heap]?.count).toBe(series?.count);
  });
});
