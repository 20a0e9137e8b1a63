import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { channels, type TelemetryFaultEvent } from '../../../src/events.ts';
import { createOtlpExporter, type OtlpExporterOptions } from '../../../src/exporters/otlp/otlp-exporter.ts';
import { lookupKind } from '../../../src/kinds/cache.ts';
import { sampleKind } from '../../../src/kinds/process.ts';
import type { Stop } from '../../../src/source.ts';
import { batchSource } from '../../../src/sources/batch.ts';
import { cacheSource } from '../../../src/sources/cache.ts';
import { routerSource } from '../../../src/sources/router.ts';
import { type DecodedMetric, type OtlpReceiver, startReceiver } from '../../support/otlp-receiver.ts';

const noon = 1_795_000_000_000;
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let receiver: OtlpReceiver;
let collector: Collector;
let stops: readonly Stop[] = [];
const faults: TelemetryFaultEvent[] = [];
const onFault = (fault: unknown): void => void faults.push(fault as TelemetryFaultEvent);

const begin = (options: OtlpExporterOptions = {}, command = 'serve'): void => {
  const exporter = createOtlpExporter({ endpoint: receiver.url, backoffMs: 1, ...options });
  collector = createCollector({ exporters: [exporter], flushMs: 'never' });
  stops = [routerSource({ command, now: () => noon }), cacheSource({ now: () => noon }), batchSource()].map((source) =>
    source.start(collector),
  );
};
const finish = async (): Promise<void> => {
  for (const stop of stops) stop();
  stops = [];
  await collector?.close();
};

beforeEach(async () => {
  receiver = await startReceiver();
  faults.length = 0;
  channels.fault.subscribe(onFault);
});
afterEach(async () => {
  await finish();
  channels.fault.unsubscribe(onFault);
  await receiver.close();
});

const request = (event: object = {}): void =>
  channel('hotpath:ai-router:request-end').publish({
    requestId: 'one',
    protocol: 'openai-chat',
    provider: 'xai',
    model: 'grok-4',
    asked: 'best',
    stream: true,
    cache: 'miss',
    outcome: 'complete',
    status: 200,
    attempts: 2,
    costUsd: 0.25,
    durationMs: 1500.5,
    firstByteMs: 1000,
    finishReason: 'stop',
    usage: { inputTokens: 100, cachedInputTokens: 30, cacheWriteTokens: 10, outputTokens: 50, reasoningTokens: 20 },
    ...event,
  });
const attempt = (event: object = {}): void =>
  channel('hotpath:ai-router:attempt-end').publish({
    requestId: 'one',
    provider: 'xai',
    model: 'grok-4',
    durationMs: 400,
    status: 503,
    outcome: 'failed',
    error: { code: 'ROUTER_UPSTREAM_FAILED' },
    ...event,
  });
const metric = (name: string): DecodedMetric | undefined => receiver.metrics().find((each) => each.name === name);

describe('spans', () => {
  it('are requests, with their attempts below them and above them who asked', async () => {
    begin();
    attempt({ traceparent });
    attempt({ traceparent, cause: 'failover', status: 200, outcome: 'complete', error: undefined });
    request({ traceparent });
    await collector.flush();
    const spans = receiver.spans();
    const root = spans.find(({ name }) => name === 'chat best');
    expect(root).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
      kind: 'SPAN_KIND_SERVER',
      endTimeUnixNano: `${noon}000000`,
      startTimeUnixNano: `${noon - 1501}500000`,
      flags: 0x301,
    });
    expect(root?.status).toBeUndefined();
    expect(root?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'x_ai',
      'gen_ai.request.model': 'best',
      'gen_ai.request.stream': true,
      'gen_ai.response.model': 'grok-4',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': 1,
      'gen_ai.usage.input_tokens': '100',
      'gen_ai.usage.output_tokens': '50',
      'gen_ai.usage.cache_read.input_tokens': '30',
      'gen_ai.usage.cache_creation.input_tokens': '10',
      'gen_ai.usage.reasoning.output_tokens': '20',
      'http.response.status_code': '200',
      'hotpath.request.id': 'one',
      'hotpath.protocol': 'openai-chat',
      'hotpath.outcome': 'complete',
      'hotpath.cache': 'miss',
      'hotpath.attempts': '2',
      'hotpath.cost_usd': 0.25,
    });
    const attempts = spans.filter(({ name }) => name === 'attempt xai');
    expect(attempts).toHaveLength(2);
    for (const each of attempts)
      expect(each).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId, kind: 'SPAN_KIND_CLIENT' });
    expect(attempts[0]).toMatchObject({
      status: { code: 'STATUS_CODE_ERROR', message: 'ROUTER_UPSTREAM_FAILED' },
      attributes: { 'error.type': 'ROUTER_UPSTREAM_FAILED', 'http.response.status_code': '503' },
    });
    expect(attempts[0]?.attributes).not.toHaveProperty('gen_ai.operation.name');
    expect(attempts[1]?.attributes).toMatchObject({ 'hotpath.attempt.cause': 'failover' });
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3);
  });

  it('of a request whose client has begun no trace begin one, which follows from its id', async () => {
    begin({}, 'ask');
    attempt();
    await collector.flush();
    request({ error: { code: 'ROUTER_OUT' }, outcome: 'failed', usage: undefined, finishReason: undefined });
    attempt({ requestId: 'two' });
    await collector.flush();
    const [first, root, other] = ['attempt xai', 'chat best', 'attempt xai'].map(
      (name, index) => receiver.spans().filter((span) => span.name === name)[index === 2 ? 1 : 0],
    );
    expect(root).toMatchObject({
      parentSpanId: '',
      kind: 'SPAN_KIND_CLIENT',
      attributes: { 'error.type': 'ROUTER_OUT' },
    });
    expect(root?.status?.code).toBe('STATUS_CODE_ERROR');
    expect(first).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId });
    expect(other?.traceId).not.toBe(root?.traceId);
    expect(root?.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('are runs and their steps, and what came after', async () => {
    begin();
    const run = channel('hotpath:batch:run');
    run.publish({ type: 'run-start', run: 'r1', atMs: noon, name: 'review' });
    const step = { run: 'r1', step: 'look[3]', attempt: 2, state: 'failed', isReused: false, error: { code: 'BAD' } };
    run.publish({ type: 'step-end', ...step, atMs: noon + 50, durationMs: 40, costUsd: undefined });
    run.publish({ type: 'run-end', run: 'r1', atMs: noon + 60, state: 'failed', durationMs: 60, costUsd: 0 });
    run.publish({ type: 'undo-end', run: 'r1', atMs: noon + 90, steps: ['a'], conflicts: [] });
    await collector.flush();
    const byName = (name: string) => receiver.spans().find((span) => span.name === name);
    const root = byName('invoke_workflow review');
    expect(root).toMatchObject({ kind: 'SPAN_KIND_INTERNAL', parentSpanId: '', status: { code: 'STATUS_CODE_ERROR' } });
    expect(root?.attributes).toMatchObject({ 'gen_ai.operation.name': 'invoke_workflow', 'hotpath.run.id': 'r1' });
    for (const name of ['step look[]', 'run undone'])
      expect(byName(name)).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId });
    expect(byName('step look[]')).toMatchObject({
      startTimeUnixNano: `${noon + 10}000000`,
      attributes: { 'error.type': 'BAD', 'hotpath.step.attempts': '2' },
    });
  });

  it('are left out where who began the trace does not keep it, and beyond the share', async () => {
    begin({ sampleRatio: 0.5 });
    request({ requestId: 'a', traceparent: traceparent.replace(/01$/, '00') });
    await collector.flush();
    expect(receiver.spans()).toEqual([]);
    request({ requestId: 'b', traceparent });
    for (let index = 0; index < 400; index += 1) {
      attempt({ requestId: `r${index}` });
      request({ requestId: `r${index}` });
    }
    await collector.flush();
    const kept = receiver.spans().filter(({ name }) => name === 'chat best');
    expect(kept.some(({ parentSpanId }) => parentSpanId === '00f067aa0ba902b7')).toBe(true);
    expect(kept.length).toBeGreaterThan(150);
    expect(kept.length).toBeLessThan(250);
    const attempts = receiver.spans().filter(({ name }) => name === 'attempt xai');
    expect(new Set(attempts.map(({ traceId }) => traceId))).toEqual(
      new Set(kept.filter(({ parentSpanId }) => parentSpanId === '').map(({ traceId }) => traceId)),
    );
  });

  it('of many events and of any text arrive whole', async () => {
    begin({ compression: 'none' });
    const asked = `${'通义 "x" '.repeat(400)}\ud800`;
    for (let index = 0; index < 350; index += 1) request({ requestId: `r${index}`, asked });
    await collector.flush();
    expect(receiver.received).toHaveLength(1);
    expect(receiver.spans()).toHaveLength(350);
    expect(receiver.spans()[349]?.attributes['gen_ai.request.model']).toBe(asked.toWellFormed());
  });
});

describe('metrics', () => {
  it('are sent when it closes, with units, as sums since the start', async () => {
    begin();
    request();
    request({ costUsd: 0.5, firstByteMs: 500 });
    request({ outcome: 'failed', error: { code: 'ROUTER_OUT' }, usage: undefined, costUsd: undefined });
    await finish();
    const operation = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'x_ai',
      'gen_ai.request.model': 'best',
      'gen_ai.response.model': 'grok-4',
    };
    const duration = metric('gen_ai.client.operation.duration');
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
    expect(metric('gen_ai.client.operation.time_to_first_chunk')?.points[0].sum).toBe(2.5);
    const usage = metric('gen_ai.client.token.usage');
    expect(usage?.unit).toBe('{token}');
    expect(usage?.points.map(({ attributes, sum }) => [attributes['gen_ai.token.type'], sum])).toEqual([
      ['input', 200],
      ['output', 100],
    ]);
    expect(metric('gen_ai.client.inference.usage.input_tokens')).toBeUndefined();
    expect(metric('hotpath.request.cost')).toMatchObject({
      type: 'sum',
      unit: 'USD',
      isMonotonic: true,
      points: [{ asDouble: 0.75, attributes: { 'hotpath.model': 'grok-4', 'hotpath.cache': 'miss' } }],
    });
    expect(metric('hotpath.request.cost')?.points[0].attributes).not.toHaveProperty('hotpath.asked');
  });

  it('go on from one message to the next, and tell when they began', async () => {
    begin({ metricsMs: 5 });
    request();
    await collector.flush();
    while (metric('hotpath.request.events')?.points[0]?.asDouble !== 1) await new Promise(setImmediate);
    const first = metric('hotpath.request.events')?.points[0];
    request();
    await collector.flush();
    while (metric('hotpath.request.events')?.points[0]?.asDouble !== 2) await new Promise(setImmediate);
    const second = metric('hotpath.request.events')?.points[0];
    expect(second.startTimeUnixNano).toBe(first.startTimeUnixNano);
    expect(BigInt(second.timeUnixNano)).toBeGreaterThan(BigInt(first.timeUnixNano));
  });

  it('have counts of what is only counted, and gauges of the process', async () => {
    begin();
    for (let index = 0; index < 3; index += 1)
      channel('hotpath:cache:lookup-end').publish({ cache: 'answers', outcome: 'hit', tier: 'memory' });
    await collector.flush();
    channel('hotpath:cache:lookup-end').publish({ cache: 'answers', outcome: 'hit', tier: 'memory' });
    const samples = collector.recorder(sampleKind);
    for (const bytes of [100, 50]) {
      samples.values[sampleKind.measureAt.memory] = bytes;
      samples.values[sampleKind.measureAt.cpu] = 250;
      samples.push(noon);
    }
    await finish();
    expect(metric('hotpath.lookup.events')?.points[0]).toMatchObject({
      asDouble: 4,
      attributes: { 'hotpath.tier': 'memory' },
    });
    expect(metric('process.memory.usage')).toMatchObject({ type: 'gauge', unit: 'By', points: [{ asDouble: 50 }] });
    expect(metric('process.cpu.utilization')).toMatchObject({ unit: '1', points: [{ asDouble: 0.25 }] });
  });

  it('of two collectors are told apart by their names', async () => {
    const exporter = createOtlpExporter({ endpoint: receiver.url, traces: false });
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
    const points = metric('hotpath.lookup.events')?.points.map(({ attributes }) => attributes);
    expect(points).toEqual([{ 'hotpath.cache': 'one' }, { 'hotpath.cache': 'two' }]);
  });

  it.each([
    ['legacy', true, false],
    ['next', false, true],
    ['both', true, true],
  ] as const)('and spans have the names of %s', async (conventions, hasLegacy, hasNext) => {
    begin({ conventions });
    request();
    await finish();
    const names = receiver.metrics().map(({ name }) => name);
    expect(names.includes('gen_ai.client.token.usage')).toBe(hasLegacy);
    expect(names.includes('gen_ai.client.inference.usage.cache_write.input_tokens')).toBe(hasNext);
    expect(names.includes('gen_ai.client.inference.operation.output_tokens')).toBe(hasNext);
    expect(names).toContain('gen_ai.client.operation.duration');
    const [span] = receiver.spans();
    expect('gen_ai.usage.cache_creation.input_tokens' in (span?.attributes ?? {})).toBe(hasLegacy);
    expect('gen_ai.usage.cache_write.input_tokens' in (span?.attributes ?? {})).toBe(hasNext);
  });
});

describe('a message', () => {
  it('tells who sends it, as it was told to', async () => {
    begin({
      headers: { authorization: 'Bearer x' },
      resource: { 'service.name': 'mine', place: 'here' },
      version: '1.2',
    });
    request();
    await finish();
    const [traces, metrics] = receiver.received;
    expect([traces?.path, metrics?.path]).toEqual(['/v1/traces', '/v1/metrics']);
    expect(traces?.headers).toMatchObject({
      authorization: 'Bearer x',
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
    });
    const { resource, scopeSpans } = traces?.message.resourceSpans[0] ?? {};
    expect(resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'mine' } },
      { key: 'service.version', value: { stringValue: '1.2' } },
      { key: 'place', value: { stringValue: 'here' } },
    ]);
    expect(scopeSpans[0]).toMatchObject({ scope: { name: '@hotpath/telemetry', version: '1.2' } });
    expect(metrics?.message.resourceMetrics[0].scopeMetrics[0].schemaUrl).toMatch(/^https:/);
  });

  it('goes where it is to go, or nowhere', async () => {
    begin({ endpoint: 'http://127.0.0.1:1', traces: `${receiver.url}/own/traces`, metrics: false });
    request();
    await finish();
    expect(receiver.received.map(({ path }) => path)).toEqual(['/own/traces']);
    expect(collector.lost().get('otlp')).toBe(0);
  });
});

describe('faults', () => {
  it('that pass are waited for', async () => {
    begin({ metrics: false });
    receiver.answer({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 502 });
    request();
    await collector.flush();
    expect(receiver.spans()).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('after which the receiver asks for more time than there is lose the events, at once', async () => {
    begin({ metrics: false });
    receiver.answer({ status: 503, headers: { 'retry-after': '3600' } });
    request();
    await collector.flush();
    expect(collector.lost().get('otlp')).toBe(1);
    expect(faults).toMatchObject([{ where: 'otlp', lost: 1, error: { code: 'TELEMETRY_EXPORT_FAILED' } }]);
  });

  it('of our own are not repeated', async () => {
    begin({ metrics: false });
    receiver.answer({ status: 400 });
    request();
    await collector.flush();
    expect(receiver.received).toEqual([]);
    expect(collector.lost().get('otlp')).toBe(1);
    expect(String(faults[0]?.error)).toContain('it answered 400');
  });

  it.each([
    ['that is down', true],
    ['that hangs', false],
  ])('of a receiver %s cost no more than its time once, and then nothing for a while', async (_, isDown) => {
    begin({ timeoutMs: 40, pauseMs: 60_000 });
    receiver.answer({ hangs: true });
    if (isDown) await receiver.close();
    for (let index = 0; index < 5; index += 1) {
      request({ requestId: `r${index}` });
      await collector.flush();
    }
    expect(collector.lost().get('otlp')).toBe(5);
    expect(String(faults[0]?.error)).toContain(isDown ? 'ECONNREFUSED' : 'in time');
    for (const fault of faults.slice(1)) expect(String(fault.error)).toContain('of late');
    expect(receiver.spans()).toEqual([]);
  });

  it('are over when the receiver is back', async () => {
    begin({ pauseMs: 0, metrics: false });
    receiver.answer({ status: 400 });
    request();
    await collector.flush();
    request({ requestId: 'two' });
    await collector.flush();
    expect(receiver.spans().map(({ attributes }) => attributes['hotpath.request.id'])).toEqual(['two']);
  });

  it('of single spans are told, and the others are safe', async () => {
    begin({ metrics: false });
    receiver.answer({ partial: { rejected: 3, message: 'too old' } });
    request();
    await collector.flush();
    expect(collector.lost().get('otlp')).toBe(0);
    expect(faults).toMatchObject([{ lost: 3 }]);
    expect(String(faults[0]?.error)).toContain('too old');
  });

  it('with metrics are told; the next message has all of it', async () => {
    begin({ traces: false });
    receiver.answer({ status: 400 });
    request();
    await finish();
    expect(faults).toMatchObject([{ where: 'otlp', lost: 0 }]);
  });
});
