import { describe, expect, it } from 'vitest';
import { request, sending } from './sending.ts';

const sent = sending();

describe('a message', () => {
  it('tells who sends it, as it was told to', async () => {
    sent.begin({
      headers: { authorization: 'Bearer x' },
      resource: { 'service.name': 'mine', place: 'here' },
      version: '1.2',
    });
    request();
    await sent.finish();
    const [traces, metrics] = sent.receiver.received;
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
    sent.begin({ endpoint: 'http://127.0.0.1:1', traces: `${sent.receiver.url}/own/traces`, metrics: false });
    request();
    await sent.finish();
    expect(sent.receiver.received.map(({ path }) => path)).toEqual(['/own/traces']);
    expect(sent.collector.lost().get('otlp')).toBe(0);
  });
});

describe('faults', () => {
  it('that pass are waited for', async () => {
    sent.begin({ metrics: false });
    sent.receiver.answer({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 502 });
    request();
    await sent.collector.flush();
    expect(sent.receiver.spans()).toHaveLength(1);
    expect(sent.faults).toEqual([]);
  });

  it('after which the receiver asks for more time than there is lose the events, at once', async () => {
    sent.begin({ metrics: false });
    sent.receiver.answer({ status: 503, headers: { 'retry-after': '3600' } });
    request();
    await sent.collector.flush();
    expect(sent.collector.lost().get('otlp')).toBe(1);
    expect(sent.faults).toMatchObject([{ where: 'otlp', lost: 1, error: { code: 'TELEMETRY_EXPORT_FAILED' } }]);
  });

  it('of our own are not repeated', async () => {
    sent.begin({ metrics: false });
    sent.receiver.answer({ status: 400 });
    request();
    await sent.collector.flush();
    expect(sent.receiver.received).toEqual([]);
    expect(sent.collector.lost().get('otlp')).toBe(1);
    expect(String(sent.faults[0]?.error)).toContain('it answered 400');
  });

  it.each([
    ['that is down', true],
    ['that hangs', false],
  ])('of a sent.receiver %s cost no more than its time once, and then nothing for a while', async (_, isDown) => {
    sent.begin({ timeoutMs: 40, pauseMs: 60_000 });
    sent.receiver.answer({ hangs: true });
    if (isDown) await sent.receiver.close();
    for (let index = 0; index < 5; index += 1) {
      request({ requestId: `r${index}` });
      await sent.collector.flush();
    }
    expect(sent.collector.lost().get('otlp')).toBe(5);
    expect(String(sent.faults[0]?.error)).toContain(isDown ? 'ECONNREFUSED' : 'in time');
    for (const fault of sent.faults.slice(1)) expect(String(fault.error)).toContain('of late');
    expect(sent.receiver.spans()).toEqual([]);
  });

  it('of a receiver that has just lost spans ask it for nothing more, metrics neither', async () => {
    sent.begin({ pauseMs: 60_000 });
    sent.receiver.answer({ status: 400 });
    request();
    await sent.finish();
    expect(sent.receiver.received).toEqual([]);
  });

  it('of traces leave the metrics alone that go elsewhere', async () => {
    sent.begin({ pauseMs: 60_000, traces: 'http://127.0.0.1:1/v1/traces', timeoutMs: 40 });
    request();
    await sent.finish();
    expect(sent.receiver.received.map(({ path }) => path)).toEqual(['/v1/metrics']);
  });

  it('are over when the receiver is back', async () => {
    sent.begin({ pauseMs: 0, metrics: false });
    sent.receiver.answer({ status: 400 });
    request();
    await sent.collector.flush();
    request({ requestId: 'two' });
    await sent.collector.flush();
    expect(sent.receiver.spans().map(({ attributes }) => attributes['hotpath.request.id'])).toEqual(['two']);
  });

  it('of single spans are told, and the others are safe', async () => {
    sent.begin({ metrics: false });
    sent.receiver.answer({ partial: { rejected: 3, message: 'too old' } });
    request();
    await sent.collector.flush();
    expect(sent.collector.lost().get('otlp')).toBe(0);
    expect(sent.faults).toMatchObject([{ lost: 3 }]);
    expect(String(sent.faults[0]?.error)).toContain('too old');
  });

  it('with metrics are told; the next message has all of it', async () => {
    sent.begin({ traces: false });
    sent.receiver.answer({ status: 400 });
    request();
    await sent.finish();
    expect(sent.faults).toMatchObject([{ where: 'otlp', lost: 0 }]);
  });
});
