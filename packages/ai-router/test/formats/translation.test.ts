import { describe, expect, test } from 'vitest';
import { anthropicMessages, formats, openaiChat } from '../../src/formats/index.ts';
import type { ModelRequest } from '../../src/wire-format.ts';

const request: ModelRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: false };

describe('a request written for Anthropic', () => {
  test('has a token limit even where the client gave none', () => {
    expect(anthropicMessages.encodeRequest(request).max_tokens).toBe(4096);
  });

  test('has its system messages on top and one turn for neighbours of the same role', () => {
    const written = anthropicMessages.encodeRequest({
      ...request,
      messages: [
        { role: 'user', content: 'One.' },
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Two.' },
        { role: 'assistant', content: 'Three.' },
        { role: 'system', content: '' },
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Four.' },
      ],
    });
    expect(written.system).toBe('Be brief.\n\nBe kind.');
    expect(written.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One.' },
          { type: 'text', text: 'Two.' },
        ],
      },
      { role: 'assistant', content: 'Three.' },
      { role: 'user', content: 'Four.' },
    ]);
  });

  test('cannot be hotter than Anthropic allows', () => {
    expect(anthropicMessages.encodeRequest({ ...request, temperature: 1 }).temperature).toBe(1);
    expect(() => anthropicMessages.encodeRequest({ ...request, temperature: 1.2 })).toThrow(
      expect.objectContaining({ code: 'ROUTER_REQUEST_INVALID', param: 'temperature' }),
    );
  });

  test('needs a turn', () => {
    expect(() =>
      anthropicMessages.encodeRequest({ ...request, messages: [{ role: 'system', content: 'Be brief.' }] }),
    ).toThrow(expect.objectContaining({ code: 'ROUTER_REQUEST_INVALID', param: 'messages' }));
  });
});

describe("a request written in OpenAI's protocol", () => {
  test.each([
    ['gpt-4o-mini', 'max_completion_tokens'],
    ['gpt-5.1', 'max_completion_tokens'],
    ['o3-mini', 'max_completion_tokens'],
    ['openai/gpt-5', 'max_completion_tokens'],
    ['ft:gpt-4o-mini:acme', 'max_completion_tokens'],
    ['gpt-oss:20b', 'max_tokens'],
    ['openai/gpt-oss-120b', 'max_tokens'],
    ['mistral-large-latest', 'max_tokens'],
    ['llama3.2', 'max_tokens'],
  ])('limits %s by %s', (model, field) => {
    const written = openaiChat.encodeRequest({ ...request, model, maxTokens: 5 });
    expect(written).toEqual({ model, messages: request.messages, [field]: 5 });
  });

  test('asks for usage in the stream where a client needs it', () => {
    const written = openaiChat.encodeRequest({ ...request, stream: true, streamUsage: true });
    expect(written).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });
});

describe('a stream written in OpenAI’s protocol', () => {
  const events = [
    { type: 'start', id: 'a', model: 'm' },
    { type: 'text', text: 'Hi' },
    { type: 'finish', reason: 'stop', usage: { inputTokens: 3, outputTokens: 2 } },
  ] as const;
  const write = (options?: { streamUsage: boolean }) => {
    const encoder = openaiChat.streamEncoder(options);
    return events.map((event) => encoder.push(event)).join('');
  };

  test('has usage only for a client that asked', () => {
    expect(write()).not.toContain('usage');
    expect(write({ streamUsage: true }).match(/"usage":null/g)).toHaveLength(3);
    expect(write({ streamUsage: true })).toContain('"choices":[],"usage":{"prompt_tokens":3,');
  });
});

describe.each(Object.values(formats))('streams of $protocol', (format) => {
  test('say nothing after their end', () => {
    const encoder = format.streamEncoder();
    encoder.push({ type: 'finish', reason: 'stop' });
    expect(encoder.push({ type: 'text', text: 'late' })).toBe('');
  });

  test('without a start still begin as clients expect', () => {
    const written = format.streamEncoder().push({ type: 'text', text: 'Hi' });
    const [start, text] = format.streamDecoder().push(Buffer.from(written));
    expect(start).toMatchObject({ type: 'start', id: expect.stringMatching(/.{10}/) });
    expect(text).toEqual({ type: 'text', text: 'Hi' });
  });

  test('with an event that never ends fail instead of filling the memory', () => {
    const decoder = format.streamDecoder();
    const tap = format.streamTap();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const events = Array.from({ length: 20 }, () => {
      tap.push(megabyte);
      return decoder.push(megabyte);
    }).flat();
    expect(events).toEqual([{ type: 'error', error: expect.objectContaining({ code: 'ROUTER_ANSWER_TOO_LARGE' }) }]);
    expect(tap.end()).toMatchObject({ outcome: 'error', error: { code: 'ROUTER_ANSWER_TOO_LARGE' } });
  });

  test('that hold nothing, or nothing but a terminator, are cut', () => {
    const tap = format.streamTap();
    expect(tap.end().outcome).toBe('cut');
    const ended = format.streamTap();
    const terminator = format.protocol === 'openai-chat' ? 'data: [DONE]\n\n' : 'data: {"type":"message_stop"}\n\n';
    expect(ended.push(Buffer.from(terminator))).toBe(true);
    expect(ended.end().outcome).toBe('cut');
  });
});
