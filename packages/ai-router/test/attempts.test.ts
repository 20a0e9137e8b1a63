import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { upstreamClosed, upstreamUnreachable } from '../src/errors.ts';
import type { Exchange } from '../src/exchange.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import type { RouteOptions } from '../src/routes.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { memory } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { completion, events, message, scripted } from './support/scripted-provider.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A route "r" over two providers that the test answers for. */
function set(route: Partial<RouteOptions> = {}, options: Partial<RouterOptions> = {}) {
  const [one, other] = [scripted('one'), scripted('other')];
  const cache = memory();
  const router = createRouter({
    providers: [one, other],
    routes: { r: { targets: ['one/m', 'other/m'], ...route } },
    cache,
    random: () => 0.5,
    ...options,
  });
  const ask = async (body: JsonObject = {}, more: Partial<Exchange> = {}) => {
    const sink = record();
    const full = { model: 'r', messages: [{ role: 'user', content: 'hi' }], ...body };
    const ticket = router.answer({ protocol: 'openai-chat', body: full, ...more }, sink);
    await settle();
    return { sink, ticket };
  };
  return { one, other, router, cache, ask };
}

/** Lets promises and what is due now happen. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

const stream = { stream: true };
const prefillRefused = {
  error: { message: 'This model does not support assistant message prefill.', type: 'invalid_request_error' },
};
const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `w${index} `);
const textOf = (sse: string): string =>
  [...sse.matchAll(/^data: (\{.*)$/gm)]
    .map(([, data]) => JSON.parse(data as string).choices?.[0]?.delta?.content ?? '')
    .join('');

describe('before the first piece of an answer', () => {
  it('an object that is none is asked for again, and elsewhere', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(200, {});
    await vi.advanceTimersByTimeAsync(300);
    one.last.json(200, { detail: 'model is loading' });
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 3 });
  });

  it('silence before a whole answer takes no more than half of the time', async () => {
    const { one, other, ask } = set({}, { timeouts: { totalMs: 10_000 } });
    const { sink } = await ask();
    await vi.advanceTimersByTimeAsync(4_990);
    expect(one.last.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(20);
    expect(one.last.aborted).toBe(true);
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 2 });
  });

  it.each([
    ['429 without a wait', 429, { error: { message: 'slow down', type: 'rate_limit_error' } }],
    ['a wrong key', 401, { error: { message: 'no', type: 'authentication_error' } }],
    ['no such model', 404, { error: { message: 'no', code: 'model_not_found' } }],
  ])('%s goes to the next target at once, and nobody notices', async (_name, status, body) => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(status, body);
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ status: 200, provider: 'other', attempts: 2, cache: 'miss' });
    expect(JSON.parse(sink.text)).toEqual(completion('ok'));
  });

  it('a server error is tried once more here, after a while, and then elsewhere', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(500, { error: { message: 'oops' } });
    await settle();
    expect(one.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(one.calls).toHaveLength(2);
    one.last.json(500, { error: { message: 'oops' } });
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 3 });
  });

  it('a wait that the provider asked for is waited in full', async () => {
    const { one, ask } = set();
    await ask();
    one.last.receiver.onHead(429, { 'retry-after': '1', 'content-type': 'application/json' });
    one.last.receiver.onData(Buffer.from('{"error":{"message":"slow down"}}'));
    one.last.receiver.onEnd();
    await vi.advanceTimersByTimeAsync(990);
    expect(one.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(one.calls).toHaveLength(2);
  });

  it.each([
    ['is what the request itself gets', 400, { error: { message: 'bad', type: 'invalid_request_error' } }],
    ['of a content filter is an answer, not routed around', 400, { error: { message: 'no', code: 'content_filter' } }],
    [
      'for a context that is too long is passed on where none is larger',
      400,
      { error: { message: 'long', code: 'context_length_exceeded' } },
    ],
  ])('a refusal %s', async (_name, status, body) => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(status, body);
    await settle();
    expect(other.calls).toHaveLength(0);
    expect(sink.head).toMatchObject({ status, provider: 'one' });
    expect(JSON.parse(sink.text)).toEqual(body);
  });

  it('what is too long goes to a target with a larger context', async () => {
    const { one, other, ask } = set({
      targets: [
        { model: 'one/m', contextTokens: 1_000 },
        { model: 'other/m', contextTokens: 9_000 },
      ],
    });
    const { sink } = await ask();
    one.last.json(400, { error: { message: 'long', code: 'context_length_exceeded' } });
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head?.provider).toBe('other');
  });

  it('nothing of a stream that breaks off reaches the client', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(events()[0] as string);
    expect(sink.head).toBeUndefined();
    for (let call = 0; call < 2; call += 1) {
      one.last.receiver.onError(upstreamClosed('one'));
      await vi.advanceTimersByTimeAsync(300);
    }
    other.last.open();
    other.last.send(...events('a', 'b'));
    expect(textOf(sink.text)).toBe('ab');
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 3 });
  });

  it('an error as the first event of a stream is a failure like any other', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send('data: {"error":{"message":"rate","type":"rate_limit_error"}}\n\n');
    await settle();
    other.last.open();
    other.last.send(...events('a'));
    expect(textOf(sink.text)).toBe('a');
    expect(sink.text).not.toContain('error');
  });

  it('an error as the first event, and nobody left, has its status', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send('data: {"error":{"message":"no","code":"content_filter","type":"invalid_request_error"}}\n\n');
    await settle();
    expect(sink.head).toMatchObject({ status: 400, contentType: 'application/json' });
    expect(JSON.parse(sink.text)).toMatchObject({ error: { message: expect.stringContaining('no') } });
  });

  it('silence goes elsewhere after 15 seconds, though something else arrives', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    for (let second = 0; second < 14; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      one.last.send(': keep-alive\n\n');
    }
    expect(other.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.last.aborted).toBe(true);
    other.last.open();
    other.last.send(...events('a'));
    expect(textOf(sink.text)).toBe('a');
    expect(one.calls).toHaveLength(1);
  });

  it('the only target may take its time', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    await vi.advanceTimersByTimeAsync(60_000);
    one.last.send(...events('a'));
    expect(textOf(sink.text)).toBe('a');
  });

  it('six calls are the most, and the last failure is told', async () => {
    const { one, other, ask } = set({
      targets: Array.from({ length: 9 }, (_, index) => `${index % 2 ? 'other' : 'one'}/m${index}`),
    });
    const { sink } = await ask();
    for (let call = 0; call < 20 && !sink.head; call += 1) {
      for (const provider of [one, other]) {
        const last = provider.calls.at(-1);
        if (last && !last.aborted) last.receiver.onError(upstreamUnreachable(provider.id, new Error('refused')));
        await vi.advanceTimersByTimeAsync(1_000);
      }
      if (sink.error) break;
    }
    expect(one.calls.length + other.calls.length).toBeLessThanOrEqual(6);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_UNREACHABLE');
  });

  it('is no failure that a client left', async () => {
    const { one, other, ask } = set();
    const { ticket } = await ask();
    ticket.leave();
    expect(one.last.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.calls).toHaveLength(0);
  });

  it('an answer of the second target is stored under the name that was asked for', async () => {
    const { one, other, ask } = set();
    await ask();
    one.last.json(429, { error: { message: 'slow down' } });
    await settle();
    other.last.json(200, completion('ok'));
    const { sink } = await ask();
    expect(sink.head).toMatchObject({ cache: 'hit', provider: 'other' });
    expect(one.calls).toHaveLength(1);
  });
});

describe('after it, a stream that breaks off', () => {
  const prefill = { targets: ['one/m', { model: 'other/m', continues: 'prefill' as const }] };

  it('is continued by a model that goes on from its beginning', async () => {
    const { one, other, ask, cache } = set(prefill);
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events(...words(40)).slice(0, 41));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    const sent = JSON.parse(other.last.text) as { messages: { role: string; content: unknown }[] };
    expect(sent.messages.at(-1)).toMatchObject({ role: 'assistant', content: words(40).join('').trimEnd() });
    other.last.open();
    other.last.send(
      ...events(
        ...words(60)
          .slice(40)
          .map((word, index) => (index === 0 ? ` ${word}` : word)),
      ),
    );
    expect(textOf(sink.text)).toBe(words(60).join(''));
    expect(sink.text.match(/\[DONE\]/g)).toHaveLength(1);
    expect(sink.text.match(/"role":"assistant"/g)).toHaveLength(1);
    expect(sink.summary?.outcome).toBe('complete');
    expect(cache.entries.size).toBe(0);
  });

  it('is continued after a stall', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('Hello', ' wor').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.open();
    other.last.send(...events('ld', '!'));
    expect(textOf(sink.text)).toBe('Hello world!');
  });

  it('is continued in the client’s protocol, whatever the other provider speaks', async () => {
    const one = scripted('one', 'anthropic-messages');
    const other = scripted('other', 'openai-chat');
    const router = createRouter({ providers: [one, other], routes: { r: prefill } });
    const sink = record();
    router.answer(
      {
        protocol: 'anthropic-messages',
        body: { model: 'r', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], stream: true },
      },
      sink,
    );
    await settle();
    const event = (data: JsonObject): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
    one.last.open();
    one.last.send(
      event({ type: 'message_start', message: { ...message(''), content: [], stop_reason: null } }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
    );
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.open();
    other.last.send(...events(' world'));
    expect(sink.text.match(/message_start/g)).toHaveLength(2);
    expect(sink.text.match(/event: content_block_start/g)).toHaveLength(1);
    expect(sink.text).toContain(
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" world"}}',
    );
    expect(sink.text).toContain('event: message_stop');
    expect(sink.summary?.outcome).toBe('complete');
  });

  it('ends in an explicit error where nobody can go on', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    expect(other.calls).toHaveLength(0);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is gone on with as told, where a prefill is refused', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.json(400, prefillRefused);
    await settle();
    expect(other.calls).toHaveLength(2);
    const { messages } = JSON.parse(other.last.text);
    expect(messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }, { role: 'user' }]);
    other.last.json(400, prefillRefused);
    await settle();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('ends in the error it broke off with where the continuation comes as a whole answer of its own', async () => {
    const { one, other, ask } = set(prefill, { attempts: { maxAttempts: 2 } });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    const before = sink.text;
    other.last.json(200, completion('something else'));
    await settle();
    expect(sink.text).toBe(before);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is not asked for again without end, nor at once', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    const breakOff = async (provider: typeof one) => {
      provider.last.open();
      provider.last.send(...events('a', 'b').slice(0, 3));
      provider.last.receiver.onError(upstreamClosed(provider.id));
      await settle();
    };
    await breakOff(one);
    await breakOff(other);
    expect(other.calls).toHaveLength(1);
    for (let calls = 2; calls <= 3; calls += 1) {
      expect(other.calls).toHaveLength(calls - 1);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(other.calls).toHaveLength(calls);
      await breakOff(other);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(other.calls).toHaveLength(3);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is not continued in the middle of a tool call', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(
      events()[0] as string,
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 't', type: 'function', function: { name: 'f', arguments: '{"a' } }] }, finish_reason: null }] })}\n\n`,
    );
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    expect(other.calls).toHaveLength(0);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('begins anew for a client that asked for it, and says so', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream, { onCut: 'restart' });
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.open();
    other.last.send(...events('c', 'd'));
    const [before, after] = sink.text.split('event: hotpath.restart\ndata: {"type":"hotpath.restart"}\n\n');
    expect(textOf(before as string)).toBe('ab');
    expect(textOf(after as string)).toBe('cd');
  });

  it('begins anew also with an answer that comes whole', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream, { onCut: 'restart' });
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.json(200, completion('cd'));
    await settle();
    const [before, after] = sink.text.split('event: hotpath.restart\ndata: {"type":"hotpath.restart"}\n\n');
    expect([textOf(before as string), textOf(after as string)]).toEqual(['ab', 'cd']);
    expect(sink.summary?.outcome).toBe('complete');
  });

  it('by an error of the provider’s own passes that on, once nobody is left', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a').slice(0, 2), 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n');
    await settle();
    expect(textOf(sink.text)).toBe('a');
    expect(sink.text).toContain('overloaded');
    expect(sink.summary).toMatchObject({ outcome: 'error' });
  });
});

describe('more calls than one', () => {
  it('in a race: the first piece of an answer decides, and the others are cancelled', async () => {
    const { one, other, ask } = set({ strategy: 'race' });
    const { sink } = await ask(stream);
    one.last.open();
    other.last.open();
    other.last.send(...events('a'));
    expect(one.last.aborted).toBe(true);
    expect(textOf(sink.text)).toBe('a');
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 2 });
  });

  it('in a race: one that fails leaves it to the others', async () => {
    const { one, other, ask } = set({ strategy: 'race' });
    const { sink } = await ask();
    one.last.json(404, { error: { message: 'no', code: 'model_not_found' } });
    await settle();
    expect(sink.head).toBeUndefined();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ status: 200, provider: 'other' });
  });

  it('as a hedge: once the first takes longer than most, within the budget', async () => {
    const { one, other, ask } = set({ hedge: { afterMs: 500, budget: 1 } });
    const { sink } = await ask(stream);
    await vi.advanceTimersByTimeAsync(499);
    expect(other.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    other.last.open();
    other.last.send(...events('a'));
    expect(one.last.aborted).toBe(true);
    expect(textOf(sink.text)).toBe('a');
  });

  it('as a hedge: none beyond the budget', async () => {
    const { one, other, ask } = set({ hedge: { afterMs: 500, budget: 0.05 } });
    for (let count = 0; count < 40; count += 1) {
      await ask({ ...stream, seed: count });
      await vi.advanceTimersByTimeAsync(600);
      one.last.open();
      one.last.send(...events('a'));
    }
    expect(other.calls.length).toBeGreaterThan(0);
    expect(other.calls.length).toBeLessThanOrEqual(2);
  });

  it('in a cascade: on to the next where the answer does not pass, and nothing of it is seen', async () => {
    const { one, other, ask } = set({ strategy: 'cascade', check: { json: true } });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('no', ' json'));
    await settle();
    expect(sink.head).toBeUndefined();
    other.last.open();
    other.last.send(...events('{}'));
    expect(textOf(sink.text)).toBe('{}');
  });

  it('in a cascade: the first answer that passes is the answer', async () => {
    const { one, other, ask } = set({
      strategy: 'cascade',
      check: ({ content }) => (content.length === 1 ? undefined : 'not one part'),
    });
    const { sink } = await ask();
    one.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ status: 200, provider: 'one', attempts: 1 });
    expect(other.calls).toHaveLength(0);
  });

  it('by fallbacks that the request names', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask({ model: 'one/x' }, { fallbacks: ['other/y'] });
    one.last.json(404, { error: { message: 'no', code: 'model_not_found' } });
    await settle();
    expect(JSON.parse(other.last.text).model).toBe('y');
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', model: 'y' });
  });
});

describe('limits', () => {
  it('send what finds no room elsewhere, or refuse it with a wait', async () => {
    const limits = { providers: { one: { concurrency: 1 } }, queueMs: 0 };
    const { one, other, ask } = set({}, { limits });
    const first = await ask({ seed: 1 });
    const second = await ask({ seed: 2 });
    expect([one.calls.length, other.calls.length]).toEqual([1, 1]);
    const third = await ask({ model: 'one/m', seed: 3 });
    expect(third.sink.error).toMatchObject({ code: 'ROUTER_LIMITED', status: 429, retryAfterMs: expect.any(Number) });
    one.last.json(200, completion('ok'));
    other.last.json(200, completion('ok'));
    expect([first.sink.head?.status, second.sink.head?.status]).toEqual([200, 200]);
    await ask({ model: 'one/m', seed: 4 });
    expect(one.calls).toHaveLength(2);
  });

  it('are given back by a client that leaves', async () => {
    const { one, ask } = set({}, { limits: { providers: { one: { concurrency: 1 } }, queueMs: 0 } });
    const { ticket } = await ask({ model: 'one/m', seed: 1 });
    ticket.leave();
    await ask({ model: 'one/m', seed: 2 });
    expect(one.calls).toHaveLength(2);
  });
});

describe('a stream without its terminator', () => {
  it('is finished a second after its finish reason, though the connection stays open', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, -1));
    await vi.advanceTimersByTimeAsync(990);
    expect(sink.summary).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20);
    expect(sink.summary?.outcome).toBe('complete');
    expect(sink.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(one.last.aborted).toBe(true);
  });
});
