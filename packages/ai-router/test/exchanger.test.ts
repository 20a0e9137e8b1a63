import { describe, expect, it } from 'vitest';
import { upstreamUnreachable } from '../src/errors.ts';
import type { Stages } from '../src/exchange.ts';
import type { AnswerReceiver } from '../src/provider.ts';
import { createRouter } from '../src/router.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { memory, set, turn } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { completion, events, type ScriptedProvider, scripted } from './support/scripted-provider.ts';

it('tells how long each stage took that it passed', async () => {
  const limits = { models: { 'p/m': { concurrency: 1 } } };
  const { ask, provider } = set({ limits });
  const stages: Stages[] = [{}, {}, {}];
  await ask({ seed: 1 }, { stages: stages[0] as Stages });
  await ask({ seed: 2 }, { stages: stages[1] as Stages });
  expect(stages[1]).not.toHaveProperty('queueMs');
  provider.last.json(200, completion('ok'));
  await turn();
  provider.last.json(200, completion('ok'));
  await ask({ seed: 1 }, { stages: stages[2] as Stages });
  const time = expect.any(Number);
  expect(stages).toEqual([
    { routeMs: time, cacheMs: time },
    { routeMs: time, cacheMs: time, queueMs: time },
    { routeMs: time, cacheMs: time },
  ]);
});

describe('a whole answer', () => {
  it('passes byte for byte, is stored, and is a hit the next time', async () => {
    const { ask, provider } = set();
    const first = await ask();
    expect(Buffer.from(provider.last.body as Uint8Array).equals(first.raw)).toBe(true);
    const body = `${JSON.stringify(completion('ok'))} `;
    provider.last.json(200, body);
    expect(first.sink.text).toBe(body);
    expect(first.sink.head).toMatchObject({ status: 200, cache: 'miss', headers: { 'x-request-id': 'r1' } });
    const second = await ask();
    expect(second.sink.text).toBe(body);
    expect(second.sink.head).toMatchObject({ cache: 'hit', provider: 'p', model: 'm', usage: { inputTokens: 3 } });
    expect(provider.calls).toHaveLength(1);
  });

  it('is asked for once, however many ask at the same time', async () => {
    const { ask, provider } = set();
    const all = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(provider.calls).toHaveLength(1);
    provider.last.json(200, completion('ok'));
    const states = all.map(({ sink }) => sink.head?.cache);
    expect(states.filter((state) => state === 'miss')).toHaveLength(1);
    expect(states.filter((state) => state === 'coalesced')).toHaveLength(19);
    expect(new Set(all.map(({ sink }) => sink.text)).size).toBe(1);
  });

  it.each([
    ['an error', 429, { error: { message: 'slow down', type: 'rate_limit_error' } }],
    ['a server fault', 500, { error: { message: 'oops' } }],
    ['an error under status 200', 200, { error: { message: 'oops' } }],
  ])('that is %s reaches the client and is not stored', async (_name, status, body) => {
    const { ask, provider, cache } = set();
    const { sink } = await ask();
    provider.last.json(status, body);
    expect(JSON.parse(sink.text)).toEqual(body);
    expect(sink.head?.status).toBeGreaterThanOrEqual(400);
    expect(cache.entries.size).toBe(0);
    await ask();
    expect(provider.calls).toHaveLength(2);
  });

  it('that is cut is a failure, never a success', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask();
    provider.last.json(200, JSON.stringify(completion('a long answer')).slice(0, -10));
    expect(sink.error?.code).toBe('ROUTER_ANSWER_INVALID');
    expect(cache.entries.size).toBe(0);
  });

  it('that is an HTML page becomes an error body the SDK can read', async () => {
    const { ask, provider } = set();
    const { sink } = await ask();
    provider.last.json(502, '<html>Bad gateway</html>');
    expect(sink.head?.status).toBe(502);
    expect(JSON.parse(sink.text).error.message).toEqual(expect.any(String));
  });

  it('larger than the bound is refused', async () => {
    const { ask, provider } = set({ cachePolicy: { maxAnswerBytes: 100 } });
    const { sink } = await ask();
    provider.last.json(200, completion('x'.repeat(200)));
    expect(sink.error?.code).toBe('ROUTER_ANSWER_TOO_LARGE');
  });

  it('of a prefixed model is asked for under its own name, the other bytes untouched', async () => {
    const { ask, provider } = set();
    const { raw } = await ask({ model: 'p/m', n: 1.0 });
    expect(provider.last.text).toBe(raw.toString().replace('"p/m"', '"m"'));
    await ask({ messages: [{ role: 'user', content: 'p/m' }], model: 'p/m' });
    expect(JSON.parse(provider.last.text)).toEqual({ model: 'm', messages: [{ role: 'user', content: 'p/m' }] });
    const raw2 = Buffer.from('{"metadata":{"model":"p/m"},"model":"p\\/m","messages":[]}');
    await ask(JSON.parse(raw2.toString()), { raw: raw2 });
    expect(JSON.parse(provider.last.text)).toEqual({ metadata: { model: 'p/m' }, model: 'm', messages: [] });
  });
});

describe('a provider that misbehaves', () => {
  it('cannot leave a request unanswered by failing within send', async () => {
    for (const fault of [
      (receiver: AnswerReceiver) => receiver.onError(upstreamUnreachable('p', new Error('no'))),
      () => {
        throw new Error('no');
      },
    ]) {
      const provider = scripted();
      provider.send = (_call, receiver) => {
        fault(receiver);
        return { pause() {}, resume() {}, abort() {} };
      };
      const { ask } = set({}, provider);
      for (let call = 0; call < 2; call++) {
        expect((await ask()).sink.error?.code).toBe('ROUTER_UPSTREAM_UNREACHABLE');
      }
    }
  });

  it('is cancelled when its answer is refused', async () => {
    const { ask, provider } = set({ cachePolicy: { maxAnswerBytes: 10 } });
    await ask();
    provider.last.receiver.onHead(200, {});
    provider.last.send('x'.repeat(11));
    expect(provider.last.aborted).toBe(true);
  });
});

describe('a streamed answer', () => {
  it('passes event by event, is stored whole, and is replayed as a stream', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    const parts = events('Hel', 'lo');
    provider.last.open();
    expect(sink.head).toBeUndefined();
    provider.last.send(...parts);
    expect(sink.chunks).toEqual(parts);
    expect(sink.summary?.outcome).toBe('complete');
    const replay = await ask({ stream: true });
    expect(replay.sink.head).toMatchObject({ cache: 'hit', contentType: 'text/event-stream' });
    expect(replay.sink.text).toBe(parts.join(''));
    expect(provider.calls).toHaveLength(1);
  });

  it('takes late joiners, who get it from the beginning', async () => {
    const { ask, provider } = set();
    const first = await ask({ stream: true });
    const parts = events('a', 'b', 'c');
    provider.last.open();
    provider.last.send(...parts.slice(0, 3));
    const late = await ask({ stream: true });
    expect(late.sink.head?.cache).toBe('coalesced');
    expect(late.sink.chunks).toEqual(parts.slice(0, 3));
    provider.last.send(...parts.slice(3));
    expect(late.sink.text).toBe(first.sink.text);
    expect(provider.calls).toHaveLength(1);
  });

  it.each([
    ['ends without its terminator', (provider: ScriptedProvider) => provider.last.end()],
    [
      'breaks',
      (provider: ScriptedProvider) => provider.last.receiver.onError(upstreamUnreachable('p', new Error('reset'))),
    ],
  ])('that %s is an explicit error and is not stored', async (_name, cut) => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a', 'b').slice(0, 2));
    cut(provider);
    expect(sink.chunks).toHaveLength(2);
    expect(sink.error).toMatchObject({ status: 502, isRetryable: true });
    expect(sink.summary).toBeUndefined();
    expect(cache.entries.size).toBe(0);
  });

  it('that has nothing but its terminator is an error before it began', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    provider.last.open();
    provider.last.send('data: [DONE]\n\n');
    expect(sink.head).toBeUndefined();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('that carries an error event is passed on and not stored', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a').slice(0, 2), 'data: {"error":{"message":"overloaded"}}\n\n');
    provider.last.end();
    expect(sink.summary?.outcome).toBe('error');
    expect(sink.text).toContain('overloaded');
    expect(cache.entries.size).toBe(0);
  });

  it('that finished but lost its terminator is whole, and gets one', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a').slice(0, -1));
    provider.last.end();
    expect(sink.summary?.outcome).toBe('complete');
    expect(sink.text).toBe(events('a').join(''));
    expect(cache.entries.size).toBe(1);
  });

  it('ends with its terminator, though the provider keeps the connection open', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a'));
    expect(sink.summary?.outcome).toBe('complete');
    provider.last.send('data: {}\n\n');
    expect(sink.text).toBe(events('a').join(''));
  });

  it('too large to keep still reaches the client whole', async () => {
    const { ask, provider, cache } = set({ cachePolicy: { maxAnswerBytes: 400 } });
    const { sink } = await ask({ stream: true });
    const parts = events('a'.repeat(200), 'b'.repeat(200));
    provider.last.open();
    provider.last.send(...parts);
    expect(sink.text).toBe(parts.join(''));
    expect(sink.summary?.outcome).toBe('complete');
    expect(cache.entries.size).toBe(0);
  });
});

describe('a client that leaves', () => {
  it('cancels the call when nobody else waits', async () => {
    const { ask, provider, cache } = set();
    const first = await ask({ stream: true });
    const second = await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a').slice(0, 1));
    first.ticket.leave();
    expect(provider.last.aborted).toBe(false);
    second.ticket.leave();
    expect(provider.last.aborted).toBe(true);
    expect(cache.entries.size).toBe(0);
    await ask({ stream: true });
    expect(provider.calls).toHaveLength(2);
  });

  it('before its call was made hears nothing', async () => {
    const { router, provider } = set();
    const sink = record();
    const body = { model: 'm', messages: [] };
    router.answer({ protocol: 'openai-chat', body }, sink).leave();
    await turn();
    expect(provider.calls.every(({ aborted }) => aborted)).toBe(true);
    expect(sink.head ?? sink.error).toBeUndefined();
  });
});

describe('a request', () => {
  it('that names no known model, or none, fails with its code', async () => {
    const { ask } = set({ providers: [scripted('p'), scripted('q')] });
    expect((await ask({ model: 'nope' })).sink.error?.code).toBe('ROUTER_MODEL_UNKNOWN');
    expect((await ask({ model: 3 })).sink.error?.code).toBe('ROUTER_REQUEST_INVALID');
  });

  it('nested deeper than the stack is answered, not cached', async () => {
    const { ask, provider } = set();
    let nested: JsonObject = {};
    for (let depth = 0; depth < 20_000; depth++) nested = { nested };
    const body = { model: 'm', messages: [], nested };
    const sink = record();
    const router = createRouter({ providers: [provider], cache: memory() });
    router.answer({ protocol: 'openai-chat', body, raw: Buffer.from('{"model":"m"}') }, sink);
    await turn();
    provider.last.json(200, completion('ok'));
    expect(sink.head?.cache).toBe('bypass');
    void ask;
  });

  it('in flight fails when the router closes, and later ones are refused', async () => {
    const { router, ask } = set();
    const running = await ask();
    await router.close();
    await router.close();
    expect(running.sink.error?.code).toBe('ROUTER_CLOSED');
    expect((await ask()).sink.error?.code).toBe('ROUTER_CLOSED');
  });
});
