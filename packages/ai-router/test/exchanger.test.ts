import { describe, expect, it, vi } from 'vitest';
import type { AnswerCache, CachedAnswer } from '../src/answer.ts';
import { upstreamUnreachable } from '../src/errors.ts';
import type { Exchange } from '../src/exchange.ts';
import type { AnswerReceiver } from '../src/provider.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { record } from './support/recorder.ts';
import { completion, events, type ScriptedProvider, scripted } from './support/scripted-provider.ts';

const memory = (): AnswerCache & { readonly entries: Map<string, CachedAnswer> } => {
  const entries = new Map<string, CachedAnswer>();
  return {
    entries,
    peek: (key) => entries.get(key),
    get: async (key) => entries.get(key),
    set: (key, answer) => void entries.set(key, answer),
  };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

function set(options: Partial<RouterOptions> = {}, provider: ScriptedProvider = scripted()) {
  const cache = memory();
  const router = createRouter({ providers: [provider], cache, ...options });
  const ask = async (body: JsonObject = {}, more: Partial<Exchange> = {}, takes?: number) => {
    const sink = record(takes);
    const full = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body };
    const raw = Buffer.from(JSON.stringify(full));
    const ticket = router.answer({ protocol: 'openai-chat', body: full, raw, ...more }, sink);
    await turn();
    return { sink, ticket, raw };
  };
  return { router, provider, cache, ask };
}

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

describe('only what is certainly complete is stored', () => {
  it.each([
    ['an empty object', {}],
    ['a message in place of an answer', { detail: 'model is loading' }],
    ['an error beside choices', { error: { message: 'oops' }, choices: [] }],
    ['a choice without a finish', { ...completion('ok'), choices: [{ index: 0, message: {}, finish_reason: null }] }],
    [
      'a choice that was interrupted',
      { ...completion('ok'), choices: [{ index: 0, message: {}, finish_reason: 'error' }] },
    ],
    ['one of two choices unfinished', { choices: [{ finish_reason: 'stop' }, { finish_reason: null }] }],
  ])('%s is not', async (_name, body) => {
    const { ask, provider, cache } = set();
    const { sink } = await ask();
    provider.last.json(200, body);
    expect(sink.body).toBeDefined();
    expect(cache.entries.size).toBe(0);
  });

  it('a stream with a malformed event is not, though it is passed on', async () => {
    for (const malformed of ['data: {"id": "c", "choices": [{\n\n', 'data: {"broken": }\n\n']) {
      const { ask, provider, cache } = set();
      const { sink } = await ask({ stream: true });
      const [first = '', ...rest] = events('a', 'b');
      provider.last.open();
      provider.last.send(first, malformed, ...rest);
      expect(sink.summary?.outcome).toBe('complete');
      expect(sink.text).toContain(malformed);
      expect(cache.entries.size).toBe(0);
    }
  });

  it('a translated stream with a malformed event is not', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ max_tokens: 10, stream: true }, { protocol: 'anthropic-messages' });
    const [first = '', ...rest] = events('a', 'b');
    provider.last.open();
    provider.last.send(first, 'data: {"broken": }\n\n', ...rest);
    expect(sink.summary?.outcome).toBe('complete');
    expect(cache.entries.size).toBe(0);
  });

  it('a stream that only ends with its terminator is not', async () => {
    const { ask, provider, cache } = set();
    await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a').slice(0, 2), 'data: [DONE]\n\n');
    provider.last.end();
    expect(cache.entries.size).toBe(0);
  });

  it('of several choices, only the terminator tells that all are whole', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true, n: 2 });
    provider.last.open();
    provider.last.send(...events('a').slice(0, -1));
    provider.last.end();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });
});

describe('a stream that was answered whole', () => {
  it('is still a stream to its client, usage included, and is not stored', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ stream: true, stream_options: { include_usage: true } });
    provider.last.json(200, completion('hello'));
    expect(sink.head?.contentType).toMatch(/^text\/event-stream/);
    expect(sink.text).toContain('"content":"hello"');
    expect(sink.text).toContain('"prompt_tokens":3');
    expect(sink.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(cache.entries.size).toBe(0);
  });

  it('carries usage only where the client asked for it', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    provider.last.json(200, completion('hello'));
    expect(sink.text).not.toContain('prompt_tokens');
  });

  it('passes as it is where it is more than text', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    const calls = [{ id: 'c1', type: 'function', function: { name: 't', arguments: '{}' } }];
    const message = { role: 'assistant', content: null, tool_calls: calls };
    provider.last.json(200, { ...completion(''), choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
    expect(JSON.parse(sink.text).choices[0].message.tool_calls).toEqual(calls);
  });

  it('is read as a stream where the provider forgot to say that it is one', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    provider.last.receiver.onHead(200, {});
    provider.last.send(...events('a'));
    expect(sink.summary?.outcome).toBe('complete');
    const shouting = set();
    const second = await shouting.ask({ stream: true });
    shouting.provider.last.receiver.onHead(200, { 'content-type': 'Text/Event-Stream' });
    shouting.provider.last.send(...events('a'));
    expect(second.sink.summary?.outcome).toBe('complete');
  });
});

describe('a status that is no answer', () => {
  it.each([204, 301, 307])('%s becomes an error of the protocol', async (status) => {
    const { ask, provider, cache } = set();
    const { sink } = await ask();
    provider.last.json(status, '');
    expect(sink.head?.status).toBe(502);
    expect(JSON.parse(sink.text).error.message).toContain(String(status));
    expect(cache.entries.size).toBe(0);
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

describe('the cache', () => {
  it.each<[string, Partial<Exchange>, string, number]>([
    ['off neither reads nor stores', { cache: 'off' }, 'bypass', 0],
    ['refresh asks anew and stores', { cache: 'refresh' }, 'bypass', 1],
  ])('%s', async (_name, more, state, stored) => {
    const { ask, provider, cache } = set();
    for (let call = 1; call <= 2; call++) {
      const { sink } = await ask({}, more);
      expect(provider.calls).toHaveLength(call);
      provider.last.json(200, completion(`answer ${call}`));
      expect(sink.head?.cache).toBe(state);
      expect(cache.entries.size).toBe(stored);
    }
    if (stored) expect((await ask()).sink.text).toContain('answer 2');
  });

  it('leaves alone, and does not coalesce, requests that ask for variety', async () => {
    const { ask, provider } = set();
    const [first, second] = await Promise.all([ask({ temperature: 1 }), ask({ temperature: 1 })]);
    expect(provider.calls).toHaveLength(2);
    for (const call of provider.calls) call.json(200, completion('ok'));
    expect([first.sink.head?.cache, second.sink.head?.cache]).toEqual(['bypass', 'bypass']);
  });

  it('never gives one tenant the answer of another', async () => {
    const { ask, provider } = set();
    const first = await ask({}, { tenant: 'a' });
    const second = await ask({}, { tenant: 'b' });
    expect(provider.calls).toHaveLength(2);
    provider.calls[0]?.json(200, completion('for a'));
    provider.calls[1]?.json(200, completion('for b'));
    expect(first.sink.text).toContain('for a');
    expect((await ask({}, { tenant: 'b' })).sink.text).toContain('for b');
    expect(second.sink.head?.cache).toBe('miss');
  });

  const broken = () => {
    throw new Error('broken');
  };
  it.each<[string, Partial<AnswerCache>]>([
    ['peek throws', { peek: broken }],
    ['get throws', { get: broken }],
    ['get rejects', { get: () => Promise.reject(new Error('broken')) }],
    ['set throws', { set: broken }],
    ['set rejects', { set: () => Promise.reject(new Error('broken')) }],
  ])('whose %s fails no request', async (_name, fault) => {
    const { ask, provider } = set({ cache: { ...memory(), ...fault } });
    const { sink } = await ask();
    provider.last.json(200, completion('ok'));
    await turn();
    expect(sink.text).toContain('ok');
  });

  it('keeps an answer for 24 hours, or as long as it is told', async () => {
    for (const [cachePolicy, ttlMs] of [
      [{}, 86_400_000],
      [{ ttlMs: 5 }, 5],
    ] as const) {
      const setEntry = vi.fn();
      const { ask, provider } = set({ cache: { ...memory(), set: setEntry }, cachePolicy });
      await ask();
      provider.last.json(200, completion('ok'));
      expect(setEntry.mock.lastCall?.[2]).toEqual({ ttlMs });
    }
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

describe('another protocol', () => {
  const anthropicAsk = { protocol: 'anthropic-messages' } as const;

  it("is translated both ways, and cached in the client's own", async () => {
    const { ask, provider } = set();
    const body = { max_tokens: 10, system: 'Be brief.' };
    const { sink } = await ask(body, { ...anthropicAsk, headers: { 'anthropic-beta': 'x' } });
    expect(JSON.parse(provider.last.text)).toMatchObject({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
    });
    expect(provider.last.headers).toEqual({});
    provider.last.json(200, completion('ok'));
    expect(JSON.parse(sink.text)).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'ok' }] });
    expect((await ask(body, { ...anthropicAsk, headers: { 'anthropic-beta': 'x' } })).sink.head?.cache).toBe('hit');
  });

  it('is translated as a stream', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ max_tokens: 10, stream: true }, anthropicAsk);
    provider.last.open();
    provider.last.send(...events('Hel', 'lo'));
    provider.last.end();
    expect(sink.summary?.outcome).toBe('complete');
    expect(sink.text).toContain('event: message_stop');
    expect(sink.text.match(/"text_delta","text":"(\w+)"/g)).toHaveLength(2);
  });

  it('gets a cut as an error, never as an end', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ max_tokens: 10, stream: true }, anthropicAsk);
    provider.last.open();
    provider.last.send(...events('Hel', 'lo').slice(0, 2));
    provider.last.end();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
    expect(sink.text).not.toContain('message_stop');
    expect(cache.entries.size).toBe(0);
  });

  it("gets a provider's error in its own shape", async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ max_tokens: 10 }, anthropicAsk);
    provider.last.json(429, { error: { message: 'slow down', type: 'rate_limit_error' } });
    expect(sink.head?.status).toBe(429);
    expect(JSON.parse(sink.text)).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: expect.stringContaining('slow down') },
    });
  });

  it('refuses what cannot be carried also where an answer without it is stored', async () => {
    const { ask, provider } = set();
    await ask({ max_tokens: 10 }, anthropicAsk);
    provider.last.json(200, completion('ok'));
    const { sink } = await ask({ max_tokens: 10, service_tier: 'flex' }, anthropicAsk);
    expect(sink.error?.code).toBe('ROUTER_FIELD_UNSUPPORTED');
  });

  it('asks for usage in the stream only for its own sake', async () => {
    const { ask, provider } = set({}, scripted('p', 'anthropic-messages'));
    const { sink } = await ask({ max_tokens: 10, stream: true });
    provider.last.open();
    provider.last.send(
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m1","model":"m","usage":{"input_tokens":3,"output_tokens":0}}}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    );
    expect(sink.summary).toMatchObject({ outcome: 'complete', usage: { inputTokens: 3, outputTokens: 2 } });
    expect(sink.text).not.toContain('"usage":{');
  });

  it('that cannot carry a field is refused before anyone is asked', async () => {
    const { ask, provider } = set();
    const tools = [{ name: 't', input_schema: { type: 'object' } }];
    const { sink } = await ask({ max_tokens: 10, tools }, anthropicAsk);
    expect(sink.error).toMatchObject({ code: 'ROUTER_FIELD_UNSUPPORTED', status: 400, param: 'tools' });
    expect(provider.calls).toHaveLength(0);
  });
});
