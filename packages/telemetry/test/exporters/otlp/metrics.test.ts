import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { createOtlpExporter } from '../../../src/exporters/otlp/otlp-exporter.ts';
import { lookupKind } from '../../../src/kinds/cache.ts';
import { sampleKind } from '../../../src/kinds/process.ts';
import { noon, request, sending } from './sending.ts';

const sent = sending();

describe('metrics', () => {
  it('are sent when it closes, with units, as sums since the start', async () => {
    sent.begin();
    request();
    request({ costUsd: 0.5, firstByteMs: 500 });
    request({ outcome: 'failed', error: { code: 'ROUTER_OUT' }, usage: undefined, costUsd: undefined });
    await sent.finish();
    const operation = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'x_ai',
      'gen_ai.request.model': 'best',
      'gen_ai.response.model': 'grok-4',
    };
    const duration = sent.metric('gen_ai.client.operation.duration');
    expect(duration).toMatchObject({ type: 'histogram', unit: 's', temporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE' });
    expect(duration?.points.map(({ attributes, count }) => [attributes, count])).toEqual([
      [operation, '2'],
      [{ ...operation, 'error.type': 'ROUTER_OUT' }, '1'],
    ]);
    expect(duration?.points[0]).toMatchObject({ sum: 3.001, min: 1.5005, max: 1.5005 });
    // From 1.28 to 2.56 seconds.
    expect(duration?.points[0].bucketCounts[8]).toBe('2');
    expect(duration?.points[0].explicitBounds).toHaveLength(14);
    expect(duration?.points[0].bucketCounts).toHaveLength(15);
    expect(sent.metric('gen_ai.client.operation.time_to_first_chunk')?.points[0].sum).toBe(2.5);
    const usage = sent.metric('gen_ai.client.token.usage');
    expect(usage?.unit).toBe('{token}');
    expect(usage?.points.map(({ attributes, sum }) => [attributes['gen_ai.token.type'], sum])).toEqual([
      ['input', 200],
      ['output', 100],
    ]);
    expect(sent.metric('gen_ai.client.inference.usage.input_tokens')).toBeUndefined();
    expect(sent.metric('hotpath.request.cost')).toMatchObject({
      type: 'sum',
      unit: 'USD',
      isMonotonic: true,
      points: [{ asDouble: 0.75, attributes: { 'hotpath.model': 'grok-4', 'hotpath.cache': 'miss' } }],
    });
    expect(sent.metric('hotpath.request.cost')?.points[0].attributes).not.toHaveProperty('hotpath.asked');
  });

  it('go on from one message to the next, and tell when they began', async () => {
    sent.begin({ metricsMs: 5 });
    request();
    await sent.collector.flush();
    while (sent.metric('hotpath.request.events')?.points[0]?.asDouble !== 1) await new Promise(setImmediate);
    const first = sent.metric('hotpath.request.events')?.points[0];
    request();
    await sent.collector.flush();
    while (sent.metric('hotpath.request.events')?.points[0]?.asDouble !== 2) await new Promise(setImmediate);
    const second = sent.metric('hotpath.request.events')?.points[0];
    expect(second.startTimeUnixNano).toBe(first.startTimeUnixNano);
    expect(BigInt(second.timeUnixNano)).toBeGreaterThan(BigInt(first.timeUnixNano));
  });

  it('have counts of what is only counted, and gauges of the process', async () => {
    sent.begin();
    for (let index = 0; index < 3; index += 1)
      channel('hotpath:cache:lookup-end').publish({ cache: 'answers', outcome: 'hit', tier: 'memory' });
    await sent.collector.flush();
    channel('hotpath:cache:lookup-end').publish({ cache: 'answers', outcome: 'hit', tier: 'memory' });
    const samples = sent.collector.recorder(sampleKind);
    for (const bytes of [100, 50]) {
      samples.values[sampleKind.measureAt.memory] = bytes;
      samples.values[sampleKind.measureAt.cpu] = 250;
      samples.push(noon);
    }
    await sent.finish();
    expect(sent.metric('hotpath.lookup.events')?.points[0]).toMatchObject({
      asDouble: 4,
      attributes: { 'hotpath.tier': 'memory' },
    });
    expect(sent.metric('process.memory.usage')).toMatchObject({
      type: 'gauge',
      unit: 'By',
      points: [{ asDouble: 50 }],
    });
    expect(sent.metric('process.cpu.utilization')).toMatchObject({ unit: '1', points: [{ asDouble: 0.25 }] });
  });

  it('of two collectors are told apart by their names', async () => {
    const exporter = createOtlpExporter({ endpoint: sent.receiver.url, traces: false });
    for (const cache of ['one', 'two']) {
      const other = createCollector({
        exporters: [{ name: 'shared', export: (batch) => exporter.export(batch), close: async () => {} }],
      });
      const lookups = other.recorder(lookupKind);
      lookups.names.fill('');
      lookups.names[lookupKind.dimensionAt.cache] = cache;
      lookups.push(noon);
      await other.close();
    }
    await exporter.close();
    const points = sent.metric('hotpath.lookup.events')?.points.map(({ attributes }) => attributes);
    expect(points).toEqual([{ 'hotpath.cache': 'one' }, { 'hotpath.cache': 'two' }]);
  });

  it.each([
    ['legacy', true, false],
    ['next', false, true],
    ['both', true, true],
  ] as const)('and spans have the names of %s', async (conventions, hasLegacy, hasNext) => {
    sent.begin({ conventions });
    request();
    await sent.finish();
    const names = sent.receiver.metrics().map(({ name }) => name);
    expect(names.includes('gen_ai.client.token.usage')).toBe(hasLegacy);
    expect(names.includes('gen_ai.client.inference.usage.cache_write.input_tokens')).toBe(hasNext);
    expect(names.includes('gen_ai.client.inference.operation.output_tokens')).toBe(hasNext);
    expect(names).toContain('gen_ai.client.operation.duration');
    const [span] = sent.receiver.spans();
    expect('gen_ai.usage.cache_creation.input_tokens' in (span?.attributes ?? {})).toBe(hasLegacy);
    expect('gen_ai.usage.cache_write.input_tokens' in (span?.attributes ?? {})).toBe(hasNext);
  });
});
