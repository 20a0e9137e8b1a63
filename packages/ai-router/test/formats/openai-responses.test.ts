import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { openaiResponses as format } from '../../src/formats/index.ts';
import { mayMatter } from '../../src/formats/openai-responses/may-matter.ts';
import { createOpenaiResponses } from '../../src/formats/openai-responses.ts';
import { answerKey } from '../../src/key.ts';
import { testWireFormat } from '../../src/testing/wire-format.ts';
import type { AssistantPart, JsonObject, ModelEvent, ModelMessage, ModelRequest } from '../../src/wire-format.ts';
import { scripted } from '../support/scripted-provider.ts';
import { readFixtures } from './fixtures.ts';

const fixtures = readFixtures('openai-responses');
testWireFormat(format, fixtures);

const user: ModelMessage = { role: 'user', content: [{ type: 'text', text: 'Hi' }] };
const request: ModelRequest = { model: 'm', messages: [user], stream: false };

function write(more: Partial<ModelRequest>): { readonly body: JsonObject; readonly dropped: readonly string[] } {
  const dropped: string[] = [];
  return { body: format.encodeRequest({ ...request, ...more }, { drop: (path) => dropped.push(path) }), dropped };
}

describe('a request written for Responses', () => {
  test('leaves nothing behind at OpenAI', () => {
    expect(write({}).body).toEqual({
      model: 'm',
      input: [{ type: 'message', role: 'user', content: 'Hi' }],
      store: false,
    });
  });

  test('asks for encrypted reasoning where it is about reasoning, since other models refuse to be asked', () => {
    expect(write({}).body.include).toBeUndefined();
    expect(write({ model: 'gpt-5.1', reasoning: { effort: 'none' } }).body.include).toBeUndefined();
    expect(write({ reasoning: { effort: 'low' } }).body.include).toEqual(['reasoning.encrypted_content']);
  });

  test('says nothing of reasoning to models that cannot be told not to, and tells so', () => {
    const none = { reasoning: { effort: 'none', visible: true } } as const;
    expect(write({ model: 'gpt-5.1', ...none }).body.reasoning).toEqual({ effort: 'none', summary: 'auto' });
    const { body, dropped } = write({ model: 'o3', ...none });
    expect(body).not.toHaveProperty('reasoning');
    expect(body).not.toHaveProperty('include');
    expect(dropped).toEqual(['reasoning']);
    expect(write({ model: 'gpt-4.1', ...none }).dropped).toEqual([]);
  });

  test.each([
    [{ budgetTokens: 2048 }, { effort: 'low' }],
    [
      { budgetTokens: 16_384, visible: true },
      { effort: 'high', summary: 'auto' },
    ],
    [{ effort: 'max', budgetTokens: 1024, visible: false }, { effort: 'max' }],
  ] as const)('turns the reasoning options %j into %j', (reasoning, written) => {
    expect(write({ reasoning }).body.reasoning).toEqual(written);
  });

  test('has tools that are as loose as they were', () => {
    const tools = [
      { name: 'a', parameters: {} },
      { name: 'b', parameters: {}, strict: true },
    ];
    expect(write({ tools }).body.tools).toMatchObject([{ strict: false }, { strict: true }]);
  });

  test('names files that have no name', () => {
    const file = (mediaType: string) =>
      ({ type: 'file', source: { kind: 'base64', mediaType, data: 'SGk=' } }) as const;
    const content = [file('application/pdf'), file('text/plain'), file('application/zip')];
    expect(write({ messages: [{ role: 'user', content }] }).body.input).toMatchObject([
      { content: [{ filename: 'document.pdf' }, { filename: 'document.txt' }, { filename: 'document' }] },
    ]);
  });

  test('drops reasoning that OpenAI cannot know, and says so', () => {
    const ours = { protocol: 'openai-responses', data: 'gAAAA' } as const;
    const content: AssistantPart[] = [
      { type: 'text', text: 'One.' },
      { type: 'reasoning', text: 'Hm.', proof: { protocol: 'anthropic-messages', data: 'x' } },
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Two.' },
      { type: 'reasoning', text: '', proof: ours },
      { type: 'tool-call', id: 'c', name: 'n', arguments: '{}' },
    ];
    const result: ModelMessage = { role: 'tool', callId: 'c', content: [{ type: 'text', text: 'No.' }], isError: true };
    const { body, dropped } = write({ messages: [user, { role: 'assistant', content }, result] });
    expect(dropped).toEqual(['messages[1].content[1]', 'messages[1].content[2]', 'messages[2].isError']);
    expect(body.input).toEqual([
      { type: 'message', role: 'user', content: 'Hi' },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'One.', annotations: [] },
          { type: 'output_text', text: 'Two.', annotations: [] },
        ],
      },
      { type: 'reasoning', summary: [], encrypted_content: 'gAAAA' },
      { type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'No.' },
    ]);
  });

  test.each([
    ['topK', 40],
    ['seed', 0],
    ['frequencyPenalty', 0.5],
    ['presencePenalty', -0.5],
    ['stopSequences', ['END']],
  ] as const)('cannot say %s', (param, value) => {
    expect(() => write({ [param]: value })).toThrow(
      expect.objectContaining({ code: 'ROUTER_FIELD_UNSUPPORTED', param, status: 400 }),
    );
  });

  test('has arguments for every call', () => {
    const content = [{ type: 'tool-call', id: 'c', name: 'n', arguments: '' }] as const;
    expect(write({ messages: [user, { role: 'assistant', content }] }).body.input).toMatchObject([
      {},
      { type: 'function_call', arguments: '{}' },
    ]);
  });

  test('leaves out what says nothing', () => {
    const { body } = write({ frequencyPenalty: 0, presencePenalty: 0, stopSequences: [], streamUsage: true });
    expect(Object.keys(body)).toEqual(['model', 'input', 'store']);
  });
});

describe('a streamed response', () => {
  const start: ModelEvent = { type: 'start', id: 'resp_1', model: 'm' };
  const begin: ModelEvent = { type: 'part', index: 0, part: { type: 'reasoning' } };
  const delta: ModelEvent = { type: 'delta', index: 0, text: 'Hm.' };
  const proof: ModelEvent = {
    type: 'proof',
    index: 0,
    proof: { protocol: 'openai-responses', data: 'gA', id: 'rs_7' },
  };
  const finish: ModelEvent = { type: 'finish', reason: 'stop' };
  const encode = (...events: ModelEvent[]): string => {
    const encoder = format.streamEncoder();
    return events.map((event) => encoder.push(event)).join('');
  };

  test("keeps the id for which OpenAI's proof holds, where it is known in time", () => {
    const items = encode(start, begin, proof, delta, finish).match(/"id":"rs_\w+"/g) ?? [];
    expect(new Set(items)).toEqual(new Set(['"id":"rs_7"']));
    expect(encode(start, begin, proof, delta, finish)).toContain('"encrypted_content":"gA"');
    expect(encode(start, begin, delta, proof, finish)).not.toContain('"encrypted_content":"gA"');
  });

  test('has no item for reasoning that says nothing', () => {
    expect(encode(start, begin, finish)).not.toContain('output_item');
  });

  test('is silent while the provider only lives, and after its end', () => {
    const encoder = format.streamEncoder();
    expect(encoder.push({ type: 'ping' })).toBe('');
    encoder.push(finish);
    expect(encoder.push(begin)).toBe('');
    expect(encoder.push(finish)).toBe('');
  });

  test('begins before its first piece, even where the provider does not say so', () => {
    const piece = 'data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi"}\n\n';
    const told = format.streamDecoder().push(Buffer.from(piece));
    expect(told.map(({ type }) => type)).toEqual(['start', 'part', 'delta']);
  });

  test('is cut where its last event holds no response', () => {
    const tap = format.streamTap();
    expect(tap.push(Buffer.from('data: {"type":"response.completed"}\n\n'))).toBe(true);
    expect(tap.end().outcome).toBe('cut');
  });
});

describe('a whole response', () => {
  const answer = { id: 'resp_1', model: 'm', finishReason: 'content-filter' } as const;

  test('is complete where the model refuses in words, and incomplete where the provider cut it off', () => {
    const refused = format.encodeAnswer({ ...answer, content: [{ type: 'refusal', text: 'No.' }] });
    expect(refused).toMatchObject({ status: 'completed', incomplete_details: null });
    const filtered = format.encodeAnswer({ ...answer, content: [{ type: 'text', text: 'So' }] });
    expect(filtered).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      output: [{ status: 'incomplete' }],
    });
  });

  test('has no item for reasoning that says nothing', () => {
    expect(format.encodeAnswer({ ...answer, content: [{ type: 'reasoning', text: '' }] }).output).toEqual([]);
  });

  test('says that nothing of it is stored, and when it was made', () => {
    const written = createOpenaiResponses({ now: () => 1_763_596_800_900 }).encodeAnswer({ ...answer, content: [] });
    expect(written).toMatchObject({ store: false, created_at: 1_763_596_800 });
  });
});

describe('a tap on a streamed response', () => {
  const streams = new Map(fixtures.streams.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]));
  const eventsOf = (name: string): string[] => (streams.get(name) ?? '').split(/(?<=\n\n)/);
  const typeOf = (event: string): string => /"type":"([\w.]+)"/.exec(event)?.[1] ?? '';

  test.each(['text', 'two-calls', 'reasoning'])('parses little of the stream %s once it has begun', (name) => {
    const tap = format.streamTap();
    const parse = vi.spyOn(JSON, 'parse');
    const read = eventsOf(name).filter((event) => {
      const begun = tap.hasContent();
      const before = parse.mock.calls.length;
      tap.push(Buffer.from(event));
      return begun && parse.mock.calls.length > before;
    });
    parse.mockRestore();
    const kinds = new Set(read.map(typeOf));
    kinds.delete('response.output_item.added');
    expect(kinds).toEqual(new Set(['response.completed']));
  });

  test('passes calls that come in turns', () => {
    const spaced = eventsOf('calls-in-turns').map((event) =>
      event.replace(/^event: .*\ndata: {"type":/, 'data: {"type": '),
    );
    const tap = format.streamTap();
    for (const event of spaced) tap.push(Buffer.from(event));
    expect(tap.end()).toMatchObject({ outcome: 'complete', finishReason: 'tool-calls' });
  });

  test.each([
    ['response.completed', true],
    ['response.incomplete', true],
    ['response.failed', true],
    ['error', true],
    ['response.output_item.added', true],
    ['response.refusal.delta', true],
    ['response.created', false],
    ['response.in_progress', false],
    ['response.output_item.done', false],
    ['response.output_text.delta', false],
    ['response.output_text.done', false],
    ['response.content_part.done', false],
    ['response.function_call_arguments.delta', false],
    ['response.file_search_call.completed', false],
    ['response.reasoning_summary_text.delta', false],
    ['response.reasoning_text.delta', false],
    ['response.image_generation_call.partial_image', false],
    ['response.queued', false],
  ])('looks at %s: %s', (type, matters) => {
    const data = `data: {"type":"${type}","delta":"event: response.completed"}`;
    expect(mayMatter(Buffer.from(`event: ${type}\n${data}`), 0)).toBe(matters);
    expect(mayMatter(Buffer.from(`x${data}`), 1)).toBe(matters);
  });

  test('looks at what it does not know', () => {
    for (const event of [
      'data: {"type": "response.output_text.delta"}',
      'event:response.created',
      'data: [DONE]',
      'e',
    ]) {
      expect(mayMatter(Buffer.from(event), 0)).toBe(true);
    }
  });
});

describe('the cache key of a Responses request', () => {
  const { models, send, close, protocols } = scripted('openai', 'openai-responses');
  const target = { provider: { id: 'openai', protocols, models, send, close }, model: 'm' };
  const key = (more: JsonObject) =>
    answerKey({ protocol: 'openai-responses', body: { model: 'm', input: 'Hi', ...more } }, target);

  test('ignores only what cannot change an answer', () => {
    expect(key({ safety_identifier: 'u', metadata: { a: 'b' }, prompt_cache_key: 'k', service_tier: 'flex' })).toBe(
      key({}),
    );
    const different = [
      {},
      { store: true },
      { store: false },
      { previous_response_id: 'resp_1' },
      { instructions: 'x' },
    ];
    expect(new Set(different.map(key)).size).toBe(different.length);
  });

  test.each([{ conversation: 'conv_1' }, { background: true }])(
    'is refused to %j, which is made for more than its answer',
    (more) => {
      expect(key(more)).toBeUndefined();
      expect(key({ conversation: null, background: false })).toBeDefined();
    },
  );
});

describe('what Responses can say', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  const id = fc.stringMatching(/^[a-z]{1,8}$/);
  const source = fc.oneof(
    fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
    fc.record({
      kind: fc.constant('base64' as const),
      mediaType: fc.constantFrom('image/png', 'application/pdf'),
      data: fc.base64String(),
    }),
  );
  const textPart = fc.record({ type: fc.constant('text' as const), text });
  const userPart = fc.oneof(
    textPart,
    fc.record(
      { type: fc.constant('image' as const), source, detail: fc.constantFrom('low' as const, 'high' as const) },
      { requiredKeys: ['type', 'source'] },
    ),
    fc.record({ type: fc.constant('file' as const), source, name: id }),
  );
  const proof = fc.oneof(
    fc.record({ protocol: fc.constant('openai-responses' as const), data: text, id }),
    fc.record(
      { protocol: fc.constantFrom('anthropic-messages' as const, 'openai-chat' as const), data: text, id },
      { requiredKeys: ['protocol', 'data'] },
    ),
  );
  const reasoning = fc.oneof(
    fc.record({ type: fc.constant('reasoning' as const), text: fc.string({ unit: 'grapheme' }), proof }),
    fc.record({ type: fc.constant('reasoning' as const), text }),
  );
  const call = fc.record({ type: fc.constant('tool-call' as const), id, name: id, arguments: fc.json() });
  const said = fc.oneof(textPart, fc.record({ type: fc.constant('refusal' as const), text }), call);
  const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 4 });
  const usage = fc.record({
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
    cachedInputTokens: fc.nat(),
    cacheWriteTokens: fc.nat(),
    reasoningTokens: fc.nat(),
  });

  test('of a request survives being written', () => {
    const ownReasoning = fc.record({
      type: fc.constant('reasoning' as const),
      text: fc.string({ unit: 'grapheme' }),
      proof: fc.record({ protocol: fc.constant('openai-responses' as const), data: text, id }),
    });
    const turn = fc.tuple(
      list(userPart).map((content) => ({ role: 'user' as const, content })),
      list(fc.oneof(said, ownReasoning)).map((content) => ({ role: 'assistant' as const, content })),
      fc.record({ role: fc.constant('tool' as const), callId: id, content: fc.array(userPart, { maxLength: 3 }) }),
    );
    fc.assert(
      fc.property(list(textPart), list(turn), (system, turns) => {
        const messages: ModelMessage[] = [{ role: 'system', content: system }, ...turns.flat()];
        const written = JSON.parse(JSON.stringify(format.encodeRequest({ ...request, messages })));
        expect(format.decodeRequest(written).messages).toEqual(messages);
      }),
    );
  });

  test('of an answer survives being written, whole and as a stream', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(said, reasoning), { maxLength: 5 }), usage, (content, used) => {
        const calls = content.some(({ type }) => type === 'tool-call');
        const refuses = content.some(({ type }) => type === 'refusal');
        const finishReason = calls ? 'tool-calls' : refuses ? 'content-filter' : 'stop';
        const answer = { id: 'resp_1', model: 'm', content, finishReason, usage: used } as const;
        expect(format.decodeAnswer(JSON.parse(JSON.stringify(format.encodeAnswer(answer))))).toEqual(answer);

        const encoder = format.streamEncoder();
        const bytes = [
          { type: 'start', id: 'resp_1', model: 'm' } as const,
          ...content.flatMap(partEvents),
          { type: 'finish', reason: finishReason, usage: used } as const,
        ].map((event) => encoder.push(event));
        const decoder = format.streamDecoder();
        const events = [...decoder.push(Buffer.from(bytes.join(''))), ...decoder.end()];
        expect(events).toEqual([
          { type: 'start', id: 'resp_1', model: 'm' },
          ...content.flatMap(partEvents),
          { type: 'finish', reason: finishReason, usage: used },
        ]);
      }),
    );
  });
});

function partEvents(part: AssistantPart, index: number): ModelEvent[] {
  const start =
    part.type === 'tool-call' ? ({ type: part.type, id: part.id, name: part.name } as const) : { type: part.type };
  const text = part.type === 'tool-call' ? part.arguments : part.text;
  return [
    { type: 'part', index, part: start },
    ...(text === '' ? [] : [{ type: 'delta', index, text } as const]),
    ...(part.type === 'reasoning' && part.proof ? [{ type: 'proof', index, proof: part.proof } as const] : []),
  ];
}
