import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startUpstream, type Upstream } from './index.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const openai = () => new OpenAI({ apiKey: 'key', baseURL: upstream.openaiUrl, maxRetries: 0 });
const anthropic = () => new Anthropic({ apiKey: 'key', baseURL: upstream.url, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'Say something.' }];

describe('normal answers, read by the official clients', () => {
  test('OpenAI whole and streamed answers carry the same text and usage', async () => {
    const whole = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages });
    const text = whole.choices[0]?.message.content ?? '';
    expect(text).toMatch(/^Answer-[0-9a-f]{8} .*日本語/);
    expect(whole.usage?.completion_tokens).toBe(12);
    expect(whole._request_id).toMatch(/^req_/);

    const stream = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let streamed = '';
    let last: OpenAI.ChatCompletionChunk | undefined;
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? '';
      last = chunk;
    }
    expect(streamed).toBe(text);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toEqual(whole.usage);
    expect(last?.id).toBe(whole.id);
  });

  test('Anthropic whole and streamed answers carry the same text and usage', async () => {
    const whole = await anthropic().messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages });
    const final = await anthropic()
      .messages.stream({ model: 'claude-haiku-4-5', max_tokens: 100, messages })
      .finalMessage();
    expect(whole.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/^Answer-/) });
    expect(final.content).toEqual(whole.content);
    expect(final.usage).toEqual(whole.usage);
    expect([whole.stop_reason, final.stop_reason]).toEqual(['end_turn', 'end_turn']);
    expect(whole._request_id).toMatch(/^req_/);
  });

  test('answers differ by conversation and are cut by limits and stop sequences', async () => {
    const create = (extra: object) => openai().chat.completions.create({ model: 'gpt-4o-mini', messages, ...extra });
    const [first, again] = [await create({}), await create({})];
    expect(again).toEqual(first);
    const other = await create({ messages: [{ role: 'user', content: 'Something else.' }] });
    expect(other.choices[0]?.message.content).not.toBe(first.choices[0]?.message.content);
    expect((await create({ max_tokens: 2 })).choices[0]?.finish_reason).toBe('length');
    expect((await create({ stop: ' keep' })).choices[0]?.message.content).toMatch(/ paths$/);
    const stopped = await anthropic().messages.create({
      model: 'c',
      max_tokens: 9,
      messages,
      stop_sequences: [' keep'],
    });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ' keep' });
  });

  test('knobs shape the answer', async () => {
    upstream.set({ text: 'Grüße', cachedTokens: 3 });
    const answer = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages });
    expect(answer.choices[0]?.message.content).toBe('Grüße');
    expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(3);
    const message = await anthropic().messages.create({ model: 'c', max_tokens: 9, messages });
    expect(message.usage.cache_read_input_tokens).toBe(3);
    upstream.set({ rejectPrefill: true });
    await expect(
      anthropic().messages.create({
        model: 'c',
        max_tokens: 9,
        messages: [...messages, { role: 'assistant', content: 'I' }],
      }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining('prefill') });
  });

  test('a model goes on from the beginning of a given text, unless it refuses to', async () => {
    upstream.set({ text: 'one two three four', tokens: 4 });
    const beginning = [...messages, { role: 'assistant' as const, content: 'one two' }];
    const more = await anthropic().messages.create({ model: 'c', max_tokens: 9, messages: beginning });
    expect(more.content[0]).toMatchObject({ text: ' three four' });
    expect(more.usage.output_tokens).toBe(3);
    const asked = [...beginning, { role: 'user' as const, content: 'Go on.' }];
    upstream.set({ rejectPrefill: true });
    const told = await openai().chat.completions.create({ model: 'm', messages: asked });
    expect(told.choices[0]?.message.content).toBe(' three four');
    await expect(openai().chat.completions.create({ model: 'm', messages: beginning })).rejects.toThrow(/prefill/);
  });

  test('both model lists', async () => {
    upstream.set({ models: ['one', 'two'] });
    expect((await openai().models.list()).data.map((model) => model.id)).toEqual(['one', 'two']);
    expect((await anthropic().models.list()).data.map((model) => model.id)).toEqual(['one', 'two']);
  });

  test('requests that the services refuse', async () => {
    const bare = async (path: string, init: RequestInit) => {
      const response = await fetch(`${upstream.url}${path}`, init);
      return { status: response.status, body: await response.json() };
    };
    const post = (body: unknown, headers: Record<string, string>) => ({
      method: 'POST',
      body: JSON.stringify(body),
      headers,
    });
    const chat = '/v1/chat/completions';
    expect(await bare(chat, post({ model: 'm', messages }, {}))).toMatchObject({ status: 401 });
    const key = { authorization: 'Bearer key' };
    expect(await bare(chat, post({ model: 'm' }, key))).toMatchObject({
      status: 400,
      body: { error: { param: 'messages' } },
    });
    expect(await bare(chat, { method: 'POST', body: '{', headers: key })).toMatchObject({ status: 400 });
    expect(
      await bare('/v1/messages', post({ model: 'm', max_tokens: 1, messages }, { 'x-api-key': 'key' })),
    ).toMatchObject({
      status: 400,
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'anthropic-version: header is required' },
      },
    });
    const version = { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' };
    expect(await bare('/v1/messages', post({ model: 'm', messages }, version))).toMatchObject({
      body: { error: { message: 'max_tokens: Field required' } },
    });
    expect(await bare('/v1/nothing', { headers: key })).toMatchObject({ status: 404 });
    expect(await bare(chat, { headers: key })).toMatchObject({ status: 405 });
  });
});
