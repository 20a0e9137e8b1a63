import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicMessages, openaiChat, openaiResponses } from '../../src/formats/index.ts';
import type {
  AssistantPart,
  ChatProtocol,
  JsonObject,
  ModelAnswer,
  ModelEvent,
  ModelRequest,
  Protocol,
  ReasoningProof,
  WireFormat,
} from '../../src/wire-format.ts';

const text = (words: string) => ({ type: 'text', text: words }) as const;
const request: ModelRequest = { model: 'm', messages: [{ role: 'user', content: [text('Hi')] }], stream: false };

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
    expect(written).toEqual({ model, messages: [{ role: 'user', content: 'Hi' }], [field]: 5 });
  });

  test('asks for usage in the stream where a client needs it', () => {
    const written = openaiChat.encodeRequest({ ...request, stream: true, streamUsage: true });
    expect(written).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });
});

const begin: readonly ModelEvent[] = [
  { type: 'part', index: 0, part: { type: 'text' } },
  { type: 'delta', index: 0, text: 'Hi' },
];

describe('a stream written in OpenAI’s protocol', () => {
  const events: readonly ModelEvent[] = [
    { type: 'start', id: 'a', model: 'm' },
    ...begin,
    { type: 'finish', reason: 'stop', usage: { inputTokens: 3, outputTokens: 2 } },
  ];
  const write = (options?: { streamUsage: boolean }) => encode(openaiChat, events, options);

  test('has usage only for a client that asked', () => {
    expect(write()).not.toContain('usage');
    expect(write({ streamUsage: true }).match(/"usage":null/g)).toHaveLength(3);
    expect(write({ streamUsage: true })).toContain('"choices":[],"usage":{"prompt_tokens":3,');
  });
});

function encode(format: WireFormat, events: readonly ModelEvent[], options?: { streamUsage: boolean }): string {
  const encoder = format.streamEncoder(options);
  return events.map((event) => encoder.push(event)).join('');
}

function decode(format: WireFormat, bytes: string): ModelEvent[] {
  const decoder = format.streamDecoder();
  return [...decoder.push(Buffer.from(bytes)), ...decoder.end()];
}

const chatFormats = [openaiChat, openaiResponses, anthropicMessages];

describe.each(chatFormats)('streams of $protocol', (format) => {
  test('say nothing after their end', () => {
    const encoder = format.streamEncoder();
    encoder.push({ type: 'finish', reason: 'stop' });
    expect(begin.map((event) => encoder.push(event)).join('')).toBe('');
    expect(encoder.push({ type: 'ping' })).toBe('');
  });

  test('without a start still begin as clients expect', () => {
    const [start, ...rest] = decode(format, encode(format, begin));
    expect(start).toMatchObject({ type: 'start', id: expect.stringMatching(/.{10}/) });
    expect(rest.slice(0, 2)).toEqual(begin);
  });

  test('say that the provider lives, or nothing, but never more', () => {
    const events = decode(format, encode(format, [{ type: 'start', id: 'a', model: 'm' }, { type: 'ping' }, ...begin]));
    expect(events.filter(({ type }) => type !== 'ping').map(({ type }) => type)).toEqual([
      'start',
      'part',
      'delta',
      'error',
    ]);
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

  test('that hold nothing are cut', () => {
    expect(format.streamTap().end().outcome).toBe('cut');
    expect(decode(format, '')).toMatchObject([{ type: 'error', error: { code: 'ROUTER_UPSTREAM_CUT' } }]);
  });
});

test.each([
  [openaiChat, 'data: [DONE]\n\n'],
  [anthropicMessages, 'data: {"type":"message_stop"}\n\n'],
])('a stream of $protocol that holds nothing but its terminator is cut', (format, terminator) => {
  const tap = format.streamTap();
  expect(tap.push(Buffer.from(terminator))).toBe(true);
  expect(tap.end().outcome).toBe('cut');
});

// What all protocols can say alike: reasoning, then words, then calls.
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const words = fc.string({ unit: 'grapheme', minLength: 1 });
const proofs = fc.record(
  {
    // Chat has no proofs of its own that a string could stand for: its servers have one shape each.
    protocol: fc.constantFrom<Protocol>('openai-responses', 'anthropic-messages'),
    data: fc.base64String({ minLength: 1 }),
    id: name,
  },
  { requiredKeys: ['protocol', 'data'] },
);

/** A proof as its protocol makes them: Anthropic's stand for a text, or say that they do not; OpenAI's have an id. */
function partOf(said: string, proof: ReasoningProof): AssistantPart {
  const { protocol, data, id = 'rs_1' } = proof;
  if (protocol === 'openai-responses') return { type: 'reasoning', text: said, proof: { protocol, data, id } };
  if (said === '') return { type: 'reasoning', text: '', proof: { protocol, data, id: 'redacted' } };
  return { type: 'reasoning', text: said, proof: { protocol, data } };
}

const reasoning = fc
  .tuple(fc.oneof(words, fc.constant('')), proofs)
  .map(([said, proof]) => partOf(said, proof as ReasoningProof));
const calls = fc
  .uniqueArray(fc.record({ id: name, name, input: fc.dictionary(words, fc.jsonValue({ noUnicodeString: false })) }), {
    selector: ({ id }) => id,
    maxLength: 3,
  })
  .map((list) =>
    list.map(({ input, ...call }): AssistantPart => ({ type: 'tool-call', ...call, arguments: JSON.stringify(input) })),
  );
const contents = fc
  .tuple(fc.array(reasoning, { maxLength: 3 }), fc.option(words), calls)
  .map(([thoughts, said, list]): AssistantPart[] => [...thoughts, ...(said === null ? [] : [text(said)]), ...list])
  .filter((content) => content.length > 0);

const answerOf = (content: readonly AssistantPart[]): ModelAnswer => ({
  id: 'answer-1',
  model: 'm',
  content,
  finishReason: content.at(-1)?.type === 'tool-call' ? 'tool-calls' : 'stop',
  usage: { inputTokens: 9, outputTokens: 5, cachedInputTokens: 3, reasoningTokens: 2 },
});

/** The events of an answer, its texts cut into pieces. */
function eventsOf({ id, model, content, finishReason, usage }: ModelAnswer, pieceLength: number): ModelEvent[] {
  const pieces = new RegExp(`.{1,${pieceLength}}`, 'gsu');
  const parts = content.flatMap((part, index): ModelEvent[] => {
    const start = part.type === 'tool-call' ? { type: part.type, id: part.id, name: part.name } : { type: part.type };
    const said = part.type === 'tool-call' ? part.arguments : part.text;
    return [
      { type: 'part', index, part: start },
      ...(said.match(pieces) ?? []).map((piece) => ({ type: 'delta', index, text: piece }) as const),
      ...(part.type === 'reasoning' && part.proof ? [{ type: 'proof', index, proof: part.proof } as const] : []),
    ];
  });
  return [{ type: 'start', id, model }, ...parts, { type: 'finish', reason: finishReason, ...(usage && { usage }) }];
}

/** The parts that events tell of. */
function contentOf(events: readonly ModelEvent[]): AssistantPart[] {
  const parts: AssistantPart[] = [];
  for (const event of events) {
    if (event.type === 'part') {
      parts[event.index] =
        event.part.type === 'tool-call' ? { ...event.part, arguments: '' } : { ...event.part, text: '' };
    }
    const part = 'index' in event ? parts[event.index] : undefined;
    if (!part || event.type === 'part') continue;
    if (event.type === 'proof') Object.assign(part, { proof: event.proof });
    else if (event.type === 'delta') {
      if (part.type === 'tool-call') Object.assign(part, { arguments: part.arguments + event.text });
      else Object.assign(part, { text: part.text + event.text });
    }
  }
  return parts;
}

/** The request in which a client of each protocol sends an answer back, as it got it. */
const sentBack: Readonly<Record<ChatProtocol, (answer: JsonObject) => JsonObject>> = {
  'openai-chat': ({ choices }) => {
    const { message } = (choices as [{ message: JsonObject }])[0];
    return { model: 'm', messages: [{ role: 'user', content: 'Hi' }, message, { role: 'user', content: 'And?' }] };
  },
  'openai-responses': ({ output }) => ({
    model: 'm',
    store: false,
    input: [{ role: 'user', content: 'Hi' }, ...(output as JsonObject[]), { role: 'user', content: 'And?' }],
  }),
  'anthropic-messages': ({ role, content }) => ({
    model: 'm',
    max_tokens: 9,
    messages: [
      { role: 'user', content: 'Hi' },
      { role: role ?? null, content: content ?? null },
      { role: 'user', content: 'And?' },
    ],
  }),
};

const throughJson = (body: JsonObject): JsonObject => JSON.parse(JSON.stringify(body));

describe.each(chatFormats)('an answer given to a client of $protocol', (format) => {
  test('is read again as it was', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const answer = answerOf(content);
        expect(format.decodeAnswer(throughJson(format.encodeAnswer(answer)))).toMatchObject(answer);
      }),
    );
  });

  test('is read again as it was when streamed, in whatever pieces', () => {
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 9 }), (content, pieceLength) => {
        const answer = answerOf(content);
        const again = decode(format, encode(format, eventsOf(answer, pieceLength), { streamUsage: true }));
        expect(contentOf(again)).toEqual(content);
        expect(again[0]).toMatchObject({ type: 'start', id: answer.id, model: answer.model });
        expect(again.at(-1)).toMatchObject({ type: 'finish', reason: answer.finishReason, usage: answer.usage });
      }),
    );
  });

  test('comes back from the client as it was, proofs to the letter', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const body = sentBack[format.protocol as ChatProtocol](throughJson(format.encodeAnswer(answerOf(content))));
        const { messages } = format.decodeRequest(body);
        expect(messages.flatMap((message) => (message.role === 'assistant' ? message.content : []))).toEqual(content);
      }),
    );
  });
});

const pairs = chatFormats.flatMap((provider) =>
  chatFormats
    .filter((client) => client !== provider)
    .map((client) => [provider.protocol, client.protocol, provider, client] as const),
);

describe.each(pairs)('an answer by %s for a client of %s', (_provider, _client, provider, client) => {
  test('goes back to the provider as it came', () => {
    const made = contents.map((content) =>
      content
        .map((part): AssistantPart => {
          if (part.type !== 'reasoning' || !part.proof) return part;
          // Servers of Chat prove nothing, but want their reasoning back.
          if (provider.protocol === 'openai-chat') return { type: 'reasoning', text: part.text || 'Hm.' };
          return partOf(part.text, { ...part.proof, protocol: provider.protocol });
        })
        // Chat has one text for all the reasoning of an answer.
        .filter((part, index) => provider.protocol !== 'openai-chat' || part.type !== 'reasoning' || index === 0),
    );
    fc.assert(
      fc.property(made, (content) => {
        const arrived = provider.decodeAnswer(throughJson(provider.encodeAnswer(answerOf(content))));
        const body = sentBack[client.protocol as ChatProtocol](throughJson(client.encodeAnswer(arrived)));
        const returned = provider.decodeRequest(throughJson(provider.encodeRequest(client.decodeRequest(body))));
        const said = returned.messages.flatMap((message) => (message.role === 'assistant' ? message.content : []));
        // Anthropic refuses text that cannot be seen.
        const blank = (part: AssistantPart) => part.type === 'text' && part.text.trim() === '';
        expect(said).toEqual(content.filter((part) => provider.protocol !== 'anthropic-messages' || !blank(part)));
      }),
    );
  });
});
