import Anthropic from '@anthropic-ai/sdk';
import { formats, type JsonObject, type ModelAnswer, type ModelEvent } from '@hotpath/ai-router';
import { createSoundEvents } from '@hotpath/ai-router/formats/sound-events';
import OpenAI, { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { call, claudesAnswer, eventsOf, type Part, text } from './support/answers.ts';

const format = formats['openai-chat'];

const thought: Part = {
  type: 'reasoning',
  text: 'Ask\nthe weather.',
  proof: { protocol: 'anthropic-messages', data: 'EqoBCkgIARAB+/=' },
};
const redacted: Part = {
  type: 'reasoning',
  text: '',
  proof: { protocol: 'anthropic-messages', data: 'Er8B', id: 'redacted' },
};
const encrypted: Part = {
  type: 'reasoning',
  text: 'Summed up.',
  proof: { protocol: 'openai-responses', data: 'gAAA', id: 'rs_1' },
};

const answers: readonly [name: string, answer: Partial<ModelAnswer>, ends: string][] = [
  ['words', { content: [text('Größe: 東京 🗼 "{\n}" [DONE]')] }, 'stop'],
  ['no words', { content: [] }, 'stop'],
  ['a refusal', { content: [{ type: 'refusal', text: 'No.' }], finishReason: 'content-filter' }, 'stop'],
  ['words that were filtered', { content: [text('Once')], finishReason: 'content-filter' }, 'content_filter'],
  ['too many words', { content: [text('Once upon')], finishReason: 'length' }, 'length'],
  ['reasoning and words', { content: [thought, redacted, encrypted, text('Sunny.')] }, 'stop'],
  [
    'words and calls',
    {
      content: [
        thought,
        text('Let me look.'),
        call('toolu_1', 'weather', '{"city":"東京"}'),
        call('toolu_2', 'now', '{}'),
      ],
      finishReason: 'tool-calls',
    },
    'tool_calls',
  ],
  ['a call without arguments', { content: [call('c', 'now', '')], finishReason: 'tool-calls' }, 'tool_calls'],
];

const encode = (events: readonly ModelEvent[]): Buffer => {
  const encoder = format.streamEncoder({ streamUsage: true });
  return Buffer.from(events.map((event) => encoder.push(event)).join(''));
};

/** A client of OpenAI's whose every request is answered with these bytes; it keeps what it was asked. */
function clientOf(bytes: Buffer | string, contentType = 'text/event-stream') {
  const asked: JsonObject[] = [];
  const client = new OpenAI({
    apiKey: 'x',
    maxRetries: 0,
    logLevel: 'off',
    fetch: async (_url, init) => {
      asked.push(JSON.parse(String(init?.body)) as JsonObject);
      return new Response(Uint8Array.from(Buffer.from(bytes)), { headers: { 'content-type': contentType } });
    },
  });
  return { client, asked };
}

const question = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

/** What the official client should make of an answer. */
function expected({ content }: ModelAnswer, ends: string): object {
  const said = (type: 'text' | 'refusal') => content.map((part) => (part.type === type ? part.text : '')).join('');
  const calls = content.flatMap((part) =>
    part.type === 'tool-call'
      ? [{ id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments || '{}' } }]
      : [],
  );
  return {
    id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
    model: 'claude-opus-4-6',
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        finish_reason: ends,
        message: {
          role: 'assistant',
          ...(said('text') !== '' && { content: said('text') }),
          ...(said('refusal') !== '' && { refusal: said('refusal') }),
          ...(calls.length > 0 && { tool_calls: calls }),
        },
      },
    ],
    usage: {
      prompt_tokens: 900,
      completion_tokens: 80,
      total_tokens: 980,
      prompt_tokens_details: { cached_tokens: 512, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 64 },
    },
  };
}

describe('the openai SDK, given an answer in Chat Completions', () => {
  it.each(answers)('puts the stream together again: %s', async (_, parts, ends) => {
    const answer = claudesAnswer(parts);
    const { client } = clientOf(encode(eventsOf(answer, [{ type: 'ping' }])));
    const calls: string[] = [];
    const stream = client.chat.completions.stream({ ...question, stream_options: { include_usage: true } });
    stream.on('tool_calls.function.arguments.done', (done) => calls.push(done.arguments));
    expect(await stream.finalChatCompletion()).toMatchObject(expected(answer, ends));
    // Each call is told once, with all of its arguments, which can be read as JSON.
    expect(calls).toEqual(
      answer.content.flatMap((part) => (part.type === 'tool-call' ? [part.arguments || '{}'] : [])),
    );
  });

  it.each(answers)('reads the whole answer: %s', async (_, parts, ends) => {
    const answer = claudesAnswer(parts);
    const { client } = clientOf(JSON.stringify(format.encodeAnswer(answer)), 'application/json');
    const read = await client.chat.completions.create(question);
    expect(read).toMatchObject(expected(answer, ends));
    expect(read.created).toBeGreaterThan(1_700_000_000);
    // The SDK's types promise both, whatever was said.
    expect(Object.keys(read.choices[0]?.message ?? {})).toEqual(expect.arrayContaining(['content', 'refusal']));
  });

  it.each(answers)('sends it back as it was: %s', async (_, parts) => {
    const answer = claudesAnswer(parts);
    const { client, asked } = clientOf(JSON.stringify(format.encodeAnswer(answer)), 'application/json');
    const { choices } = await client.chat.completions.create(question);
    const message = choices[0]?.message as OpenAI.ChatCompletionMessage;
    await client.chat.completions.create({ ...question, messages: [...question.messages, message] });
    const { messages } = format.decodeRequest(asked[1] ?? {});
    const content = answer.content.map((part) =>
      part.type === 'tool-call' ? { ...part, arguments: part.arguments || '{}' } : part,
    );
    expect(messages[1]).toEqual({ role: 'assistant', content });
  });

  it('gets the pieces of reasoning, from which it can send back every proof', async () => {
    const answer = claudesAnswer({ content: [thought, redacted, encrypted, text('Sunny.')] });
    const { client } = clientOf(encode(eventsOf(answer, [{ type: 'ping' }])));
    let reasoning = '';
    const details: JsonObject[] = [];
    for await (const { choices } of await client.chat.completions.create({ ...question, stream: true })) {
      const delta = choices[0]?.delta as { reasoning_content?: string; reasoning_details?: JsonObject[] } | undefined;
      reasoning += delta?.reasoning_content ?? '';
      details.push(...(delta?.reasoning_details ?? []));
    }
    expect(reasoning).toBe('Ask\nthe weather.Summed up.');
    const { messages } = format.decodeRequest({
      model: 'm',
      messages: [{ role: 'assistant', content: 'Sunny.', reasoning_details: details }],
    });
    expect(messages[0]?.content).toEqual(answer.content);
  });

  it('throws the error that ends a stream', async () => {
    const events = eventsOf(claudesAnswer({ content: [text('Once')] })).slice(0, -1);
    const error = { status: 529, type: 'overloaded_error', message: 'Overloaded.', code: 'busy' };
    const { client } = clientOf(encode([...events, { type: 'error', error }]));
    const stream = await client.chat.completions.create({ ...question, stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    const thrown = await read().catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({
      code: 'busy',
      type: 'server_error',
      message: expect.stringContaining('Overloaded.'),
    });
  });
});

const bad = 'data: {"choices":[{"delta":{"content":\n\n';
const chunk = (words: string) =>
  `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta: { content: words } }] })}\n\n`;

/** Reads a stream with the official client of its protocol; returns what it said. */
const readers: readonly [
  protocol: string,
  stream: string,
  malformed: string,
  read: (bytes: Buffer) => Promise<string>,
][] = [
  [
    'openai-chat',
    `${chunk('One')}${bad}${chunk(' two.')}data: [DONE]\n\n`,
    bad,
    async (bytes) => {
      let said = '';
      const stream = await clientOf(bytes).client.chat.completions.create({ ...question, stream: true });
      for await (const { choices } of stream) said += choices[0]?.delta.content ?? '';
      return said;
    },
  ],
  [
    'openai-responses',
    [
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"One"}\n\n',
      'event: response.output_text.delta\ndata: {"type":"response.output_t\n\n',
      'event: keepalive\n\n',
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":" two."}\n\n',
    ].join(''),
    'event: response.output_text.delta\ndata: {"type":"response.output_t\n\nevent: keepalive\n\n',
    async (bytes) => {
      let said = '';
      const stream = await clientOf(bytes).client.responses.create({ model: 'm', input: 'Hi', stream: true });
      for await (const event of stream) if (event.type === 'response.output_text.delta') said += event.delta;
      return said;
    },
  ],
  [
    'anthropic-messages',
    [
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"One"}}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index"\n\n',
      'event: ping\ndata: {"type": "ping"}\n\n',
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" two."}}\n\n',
    ].join(''),
    'event: content_block_delta\ndata: {"type":"content_block_delta","index"\n\n',
    async (bytes) => {
      const client = new Anthropic({
        apiKey: 'x',
        maxRetries: 0,
        fetch: async () => new Response(Uint8Array.from(bytes), { headers: { 'content-type': 'text/event-stream' } }),
        logLevel: 'off',
      });
      let said = '';
      const stream = await client.messages.create({ ...question, max_tokens: 9, stream: true });
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') said += event.delta.text;
      }
      return said;
    },
  ],
];

describe.each(readers)('the official client of %s, given a malformed event', (_, stream, malformed, read) => {
  it('throws', async () => {
    await expect(read(Buffer.from(stream))).rejects.toThrow(SyntaxError);
  });

  it('reads on where that was taken out, and nothing else', async () => {
    const events = createSoundEvents();
    const bytes = Buffer.concat([events.push(Buffer.from(stream)) ?? Buffer.alloc(0), events.end() ?? Buffer.alloc(0)]);
    expect(await read(bytes)).toBe('One two.');
    expect(bytes.toString()).toBe(stream.replace(malformed, ''));
  });
});
