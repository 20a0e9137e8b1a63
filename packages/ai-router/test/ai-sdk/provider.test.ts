import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openaiChat } from '../../src/formats/openai-chat.ts';
import { type AiSdkOptions, aiSdk } from '../../src/providers/ai-sdk.ts';
import { testProvider } from '../../src/testing/provider.ts';
import type { JsonObject, ModelRequest } from '../../src/wire-format.ts';
import { said, stopped, streamOf, usage, written } from '../support/language-models.ts';
import { callProvider } from '../support/provider-call.ts';

const only = (model: LanguageModelV4) => (name: string) => (name === 'm' ? model : undefined);
const create = (model: LanguageModelV4, options: Partial<AiSdkOptions> = {}) =>
  aiSdk({ id: 'p', model: only(model), models: ['m'], ...options });

testProvider('aiSdk', { create: () => create(written()), model: 'm' });

const question: ModelRequest = {
  model: 'm',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
  stream: false,
};
const ask = (model: LanguageModelV4, request: Partial<ModelRequest> = {}, more = {}) =>
  callProvider(create(model), { ...question, ...request }, more);

describe('a call', () => {
  it('is one of the model, without a retry, and carries the headers of the client', async () => {
    const model = written();
    await ask(model, {}, { headers: { 'x-mine': '1' } }).done;
    expect(model.calls).toHaveLength(1);
    expect(model.calls[0]).toMatchObject({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
      headers: { 'x-mine': '1' },
      abortSignal: expect.any(AbortSignal),
    });
  });

  it('is answered with the headers of the model’s own answer, but for those of its body', async () => {
    const headers = { 'X-Request-Id': 'r', 'content-encoding': 'gzip', 'content-length': '9' };
    const outcome = await ask(written({ result: { response: { headers } } })).done;
    expect(outcome.headers).toEqual({ 'x-request-id': 'r', 'content-type': 'application/json' });
  });

  it('tells of an end that nobody knows, so that the answer is not kept', async () => {
    const finishReason = { unified: 'other', raw: 'pause' } as const;
    const whole = await ask(written({ result: { finishReason } })).done;
    expect(openaiChat.summarise(JSON.parse(whole.text) as JsonObject).outcome).toBe('cut');
    const parts = said('Hi.').map((part) => (part.type === 'finish' ? { ...part, finishReason } : part));
    const streamed = await ask(written({ parts }), { stream: true }).done;
    expect(streamed.text).toContain('"finish_reason":"other"');
  });

  it('refuses what has no place in a call, naming it', async () => {
    const model = written();
    const outcome = await callProvider(create(model), question, { body: { logit_bias: { 1: 2 } } }).done;
    expect(outcome.status).toBe(400);
    expect(JSON.parse(outcome.text)).toMatchObject({
      error: { code: 'ROUTER_FIELD_UNSUPPORTED', param: 'logit_bias', type: 'invalid_request_error' },
    });
    expect(model.calls).toHaveLength(0);
  });

  it('refuses an image at an address that the model does not fetch', async () => {
    const image = { type: 'image', source: { kind: 'url', url: 'https://host/a.png' } } as const;
    const messages = [{ role: 'user', content: [image] }] as const;
    const refused = await ask(written(), { messages }).done;
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { param: 'messages[0].content[0]' } });
    const model = written({ supportedUrls: Promise.resolve({ 'image/*': [/^https:\/\/host\//g] }) });
    for (const _ of [1, 2]) expect((await ask(model, { messages }).done).status).toBe(200);
    expect(model.calls[0]?.prompt).toMatchObject([
      { content: [{ type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL('https://host/a.png') } }] },
    ]);
  });

  it('fails for a model of an older specification, saying what to install', async () => {
    const old = { ...written(), specificationVersion: 'v2' } as unknown as LanguageModelV4;
    const { error } = await ask(old).done;
    expect(error).toMatchObject({ code: 'ROUTER_INTERNAL', message: expect.stringMatching(/AI SDK 7/) });
  });
});

describe('a streamed call', () => {
  it('reads on only as fast as it is read', async () => {
    let read = 0;
    const parts = said('one two three four five six seven eight');
    const stream = new ReadableStream<LanguageModelV4StreamPart>(
      {
        pull(controller) {
          const part = parts[read++];
          if (part) controller.enqueue(part);
        },
      },
      { highWaterMark: 0 },
    );
    const model = written({ stream: async () => ({ stream }) });
    const call = ask(model, { stream: true }, { onData: (control: { pause(): void }) => control.pause() });
    await vi.waitFor(() => expect(call.outcome.text).not.toBe(''));
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    const [text, before] = [call.outcome.text, read];
    await new Promise((resolve) => setImmediate(resolve));
    expect([call.outcome.text, read]).toEqual([text, before]);
    call.control.resume();
    await vi.waitFor(() => expect(call.outcome.text.length).toBeGreaterThan(text.length));
    call.control.abort();
  });

  it('cancels the model and its stream when it is aborted, and says nothing more', async () => {
    let cancelled = false;
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      start: (controller) => {
        for (const part of said('Hello there.').slice(0, 4)) controller.enqueue(part);
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const model = written({ stream: async () => ({ stream }) });
    const call = ask(model, { stream: true });
    await vi.waitFor(() => expect(call.outcome.text).toContain('Hello'));
    call.control.abort();
    expect(model.calls[0]?.abortSignal?.aborted).toBe(true);
    expect(cancelled).toBe(true);
    expect(call.outcome).toMatchObject({ ended: 0, error: undefined });
  });

  it.each([
    ['without a finish', said('Hello there.').slice(0, -1)],
    [
      'with a finish that says it was interrupted',
      [
        ...said('Hello there.').slice(0, -1),
        { type: 'finish', finishReason: { unified: 'interrupted', raw: undefined }, usage: usage() } as const,
      ],
    ],
  ])('is cut where the model’s ends %s', async (_name, parts) => {
    const { error, text } = await ask(written({ parts }), { stream: true }).done;
    expect(text).toContain('there.');
    expect(text).not.toContain('[DONE]');
    expect(error).toMatchObject({ code: 'ROUTER_UPSTREAM_CUT', isRetryable: true });
  });

  it('is cut where the model’s breaks off', async () => {
    const parts = said('Hello there.').slice(0, 4);
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      pull(controller) {
        const part = parts.shift();
        if (part) controller.enqueue(part);
        else controller.error(new Error('socket hang up'));
      },
    });
    const { error } = await ask(written({ stream: async () => ({ stream }) }), { stream: true }).done;
    expect(error).toMatchObject({ code: 'ROUTER_UPSTREAM_CUT', message: expect.stringContaining('socket hang up') });
  });

  it('ends in the model’s own error', async () => {
    const parts: LanguageModelV4StreamPart[] = [
      ...said('Hello there.').slice(0, 4),
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { type: 'finish', finishReason: stopped, usage: usage(1, 1) },
    ];
    const { text, ended } = await ask(written({ parts }), { stream: true }).done;
    expect(text).toMatch(/"error":\{"message":"Overloaded".*\n\n$/);
    expect(text).not.toContain('[DONE]');
    expect(ended).toBe(1);
  });
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const never = { generate: () => new Promise<never>(() => {}), stream: () => new Promise<never>(() => {}) };

  it.each([
    ['total', false, { totalMs: 50 }],
    ['first-token', true, { firstTokenMs: 50 }],
  ] as const)('that runs out cancels the model (%s)', async (phase, stream, limits) => {
    const model = written(never);
    const timeouts = { connectMs: 10, firstTokenMs: 0, idleMs: 0, totalMs: 0, ...limits };
    const call = ask(model, { stream }, { timeouts });
    await vi.advanceTimersByTimeAsync(49);
    expect(call.outcome.error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(call.outcome.error).toMatchObject({ code: 'ROUTER_UPSTREAM_TIMEOUT', phase });
    expect(model.calls[0]?.abortSignal?.aborted).toBe(true);
  });

  it('between two pieces counts, but not while the reader pauses', async () => {
    const timeouts = { connectMs: 0, firstTokenMs: 0, idleMs: 50, totalMs: 0 };
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      start: (controller) => {
        for (const part of said('Hello there.').slice(0, 4)) controller.enqueue(part);
      },
    });
    const call = ask(written({ stream: async () => ({ stream }) }), { stream: true }, { timeouts });
    await vi.advanceTimersByTimeAsync(1);
    call.control.pause();
    await vi.advanceTimersByTimeAsync(500);
    expect(call.outcome.error).toBeUndefined();
    call.control.resume();
    await vi.advanceTimersByTimeAsync(50);
    expect(call.outcome.error).toMatchObject({ phase: 'idle' });
  });
});

describe('closing', () => {
  it('fails what is under way and what comes later', async () => {
    const model = written({ stream: async () => ({ stream: new ReadableStream() }) });
    const provider = create(model);
    const call = callProvider(provider, { ...question, stream: true });
    await vi.waitFor(() => expect(call.outcome.status).toBe(200));
    await provider.close();
    expect(call.outcome.error).toMatchObject({ code: 'ROUTER_UPSTREAM_CUT' });
    expect((await callProvider(provider, question).done).error).toMatchObject({ code: 'ROUTER_UPSTREAM_UNREACHABLE' });
    expect(model.calls).toHaveLength(1);
  });
});

it('hands a stream of parts over in order, whatever the size of the answer', async () => {
  const text = Array.from({ length: 2000 }, (_, index) => `word${index} `).join('');
  const { text: body } = await ask(written({ stream: async () => ({ stream: streamOf(said(text)) }) }), {
    stream: true,
  }).done;
  const decoder = openaiChat.streamDecoder();
  const events = [...decoder.push(Buffer.from(body)), ...decoder.end()];
  expect(events.map((event) => (event.type === 'delta' ? event.text : '')).join('')).toBe(text);
});
