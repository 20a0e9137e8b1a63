import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { attempt, noon, request, sending, traceparent } from './sending.ts';

const sent = sending();

describe('spans', () => {
  it('are requests, with their attempts below them and above them who asked', async () => {
    sent.begin();
    attempt({ traceparent });
    attempt({ traceparent, cause: 'failover', status: 200, outcome: 'complete', error: undefined });
    request({ traceparent, agent: 'reviewer' });
    await sent.collector.flush();
    const spans = sent.receiver.spans();
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
      'gen_ai.agent.name': 'reviewer',
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
    sent.begin({}, 'ask');
    attempt();
    await sent.collector.flush();
    request({ error: { code: 'ROUTER_OUT' }, outcome: 'failed', usage: undefined, finishReason: undefined });
    attempt({ requestId: 'two' });
    await sent.collector.flush();
    const [first, root, other] = ['attempt xai', 'chat best', 'attempt xai'].map(
      (name, index) => sent.receiver.spans().filter((span) => span.name === name)[index === 2 ? 1 : 0],
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
    sent.begin();
    const run = channel('hotpath:batch:run');
    run.publish({ type: 'run-start', run: 'r1', atMs: noon, name: 'review' });
    const step = { run: 'r1', step: 'look[3]', attempt: 2, state: 'failed', isReused: false, error: { code: 'BAD' } };
    run.publish({ type: 'step-end', ...step, atMs: noon + 50, durationMs: 40, costUsd: undefined });
    run.publish({ type: 'run-end', run: 'r1', atMs: noon + 60, state: 'failed', durationMs: 60, costUsd: 0 });
    const undone = { name: 'review', isAsked: true, steps: ['a'], conflicts: [] };
    run.publish({ type: 'undo-end', run: 'r1', atMs: noon + 90, ...undone });
    await sent.collector.flush();
    const byName = (name: string) => sent.receiver.spans().find((span) => span.name === name);
    const root = byName('invoke_workflow review');
    expect(root).toMatchObject({ kind: 'SPAN_KIND_INTERNAL', parentSpanId: '', status: { code: 'STATUS_CODE_ERROR' } });
    expect(root?.attributes).toMatchObject({ 'gen_ai.operation.name': 'invoke_workflow', 'hotpath.run.id': 'r1' });
    for (const name of ['step look[]', 'run reverted'])
      expect(byName(name)).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId });
    expect(byName('step look[]')).toMatchObject({
      startTimeUnixNano: `${noon + 10}000000`,
      attributes: { 'error.type': 'BAD', 'hotpath.step.attempts': '2' },
    });
  });

  it('are left out where who began the trace does not keep it, and beyond the share', async () => {
    sent.begin({ sampleRatio: 0.5 });
    request({ requestId: 'a', traceparent: traceparent.replace(/01$/, '00') });
    await sent.collector.flush();
    expect(sent.receiver.spans()).toEqual([]);
    request({ requestId: 'b', traceparent });
    for (let index = 0; index < 400; index += 1) {
      attempt({ requestId: `r${index}` });
      request({ requestId: `r${index}` });
    }
    await sent.collector.flush();
    const kept = sent.receiver.spans().filter(({ name }) => name === 'chat best');
    expect(kept.some(({ parentSpanId }) => parentSpanId === '00f067aa0ba902b7')).toBe(true);
    expect(kept.length).toBeGreaterThan(150);
    expect(kept.length).toBeLessThan(250);
    const attempts = sent.receiver.spans().filter(({ name }) => name === 'attempt xai');
    expect(new Set(attempts.map(({ traceId }) => traceId))).toEqual(
      new Set(kept.filter(({ parentSpanId }) => parentSpanId === '').map(({ traceId }) => traceId)),
    );
  });

  it('of many events and of any text arrive whole', async () => {
    sent.begin({ compression: 'none' });
    const asked = `${'通义 "x" '.repeat(35)}\ud800`;
    for (let index = 0; index < 900; index += 1) request({ requestId: `r${index}`, asked });
    await sent.collector.flush();
    expect(sent.receiver.received).toHaveLength(1);
    expect(sent.receiver.spans()).toHaveLength(900);
    expect(sent.receiver.spans()[899]?.attributes['gen_ai.request.model']).toBe(asked.toWellFormed());
  });
});
