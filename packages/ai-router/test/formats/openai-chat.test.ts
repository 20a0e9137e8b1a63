import { describe, expect, test } from 'vitest';
import { anthropicMessages, openaiChat as format, formats } from '../../src/formats/index.ts';
import { testWireFormat } from '../../src/testing/wire-format.ts';
import type {
  AssistantPart,
  JsonObject,
  ModelEvent,
  ModelMessage,
  ModelRequest,
  ReasoningProof,
  UserPart,
} from '../../src/wire-format.ts';
import { readFixtures } from './fixtures.ts';

testWireFormat(format, readFixtures('openai-chat'));

const text = (words: string) => ({ type: 'text', text: words }) as const;
const user: ModelMessage = { role: 'user', content: [text('Hi')] };
const image: UserPart = { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } };
const call = (id: string, args = '{}'): AssistantPart => ({ type: 'tool-call', id, name: 'f', arguments: args });
const result = (callId: string, ...content: UserPart[]): ModelMessage => ({ role: 'tool', callId, content });

function write(more: Partial<ModelRequest>): { readonly body: JsonObject; readonly dropped: readonly string[] } {
  const dropped: string[] = [];
  const request: ModelRequest = { model: 'm', messages: [user], stream: false, ...more };
  return { body: format.encodeRequest(request, { drop: (path) => dropped.push(path) }), dropped };
}

/** The messages after the user's first. */
function writeMessages(messages: readonly ModelMessage[], model = 'm') {
  const { body, dropped } = write({ model, messages: [user, ...messages] });
  return { messages: (body.messages as JsonObject[]).slice(1), dropped };
}

describe('a request written in Chat Completions', () => {
  test('has its texts as one, since some servers take no lists, and lists only where something else is in them', () => {
    const { messages } = writeMessages([
      { role: 'system', content: [text('One.'), text('Two.')] },
      { role: 'user', content: [text('One.'), text('Two.')] },
      { role: 'assistant', content: [text('One, '), text('two.')] },
      { role: 'user', content: [text('What?'), image] },
    ]);
    expect(messages).toEqual([
      { role: 'system', content: 'One.\nTwo.' },
      { role: 'user', content: 'One.\nTwo.' },
      { role: 'assistant', content: 'One, two.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What?' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ]);
  });

  test('puts images of results behind the last result of the run, which must follow the calls at once', () => {
    const png: UserPart = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' },
      detail: 'high',
    };
    const { messages } = writeMessages([
      { role: 'assistant', content: [call('a'), call('b')] },
      result('a', text('See'), image, text('this.')),
      result('b', png),
      user,
      { role: 'assistant', content: [call('c')] },
      result('c', image),
    ]);
    expect(messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'See\nthis.' },
      { role: 'tool', tool_call_id: 'b', content: '' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO', detail: 'high' } },
        ],
      },
      { role: 'user', content: 'Hi' },
      expect.objectContaining({ role: 'assistant' }),
      { role: 'tool', tool_call_id: 'c', content: '' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
    ]);
  });

  test('says that a result is a failure in its text alone', () => {
    const failed: ModelMessage = { role: 'tool', callId: 'a', content: [text('No such city.')], isError: true };
    const { messages, dropped } = writeMessages([{ role: 'assistant', content: [call('a')] }, failed]);
    expect(messages[1]).toEqual({ role: 'tool', tool_call_id: 'a', content: 'No such city.' });
    expect(dropped).toEqual(['messages[2].isError']);
  });

  test('has arguments that can be read as JSON, even where there are none', () => {
    const { messages } = writeMessages([{ role: 'assistant', content: [text('Now.'), call('a', '')] }]);
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: 'Now.',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
    ]);
  });

  test('names files that have no name, and refuses a file that is given by its URL', () => {
    const file = (mediaType: string): UserPart => ({
      type: 'file',
      source: { kind: 'base64', mediaType, data: 'SGk=' },
    });
    const { messages } = writeMessages([
      { role: 'user', content: [file('application/pdf'), file('text/plain'), file('application/zip')] },
    ]);
    expect(messages[0]?.content).toMatchObject([
      { file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,SGk=' } },
      { file: { filename: 'document.txt' } },
      { file: { filename: 'document' } },
    ]);
    const remote: UserPart = { type: 'file', source: { kind: 'url', url: 'https://example.com/a.pdf' } };
    const refused = (param: string) =>
      expect.objectContaining({ code: 'ROUTER_FIELD_UNSUPPORTED', param, status: 400 });
    expect(() => writeMessages([{ role: 'user', content: [text('Read.'), remote] }])).toThrow(
      refused('messages[1].content[1].source.url'),
    );
    expect(() => writeMessages([result('a', remote)])).toThrow(refused('messages[1].content[0].source.url'));
    for (const model of ['gpt-5.1', 'openai/gpt-4o', 'grok-4.5']) {
      expect(() => write({ model, topK: 40 })).toThrow(refused('topK'));
    }
  });

  test('says nothing of tools where there are none', () => {
    const { body } = write({ toolChoice: 'auto', parallelToolCalls: false, stopSequences: [] });
    expect(Object.keys(body)).toEqual(['model', 'messages']);
  });

  test.each([
    [{ effort: 'xhigh' }, 'm', 'xhigh'],
    [{ budgetTokens: 2048 }, 'm', 'low'],
    [{ effort: 'low', budgetTokens: 32_000 }, 'm', 'low'],
    [{ effort: 'none' }, 'gpt-5.1', 'none'],
    [{ effort: 'none' }, 'gpt-4o', undefined],
    [{ effort: 'none' }, 'gpt-5', undefined],
    [{ effort: 'none' }, 'gpt-5.2-pro', undefined],
    [{ effort: 'none' }, 'o3', undefined],
    [{ effort: 'none' }, 'openai/gpt-6-sol', 'none'],
    [{ effort: 'none' }, 'grok-4.5', 'none'],
    [{ effort: 'none' }, 'grok-3-mini', undefined],
    [{ effort: 'none' }, 'qwen3-32b', undefined],
    [{ budgetTokens: 0 }, 'deepseek-reasoner', undefined],
    [{ effort: 'low' }, 'gpt-4o', 'low'],
    [{ visible: true }, 'm', undefined],
  ] as const)('turns the reasoning options %j for %s into the effort %s', (reasoning, model, effort) => {
    expect(write({ model, reasoning }).body.reasoning_effort).toBe(effort);
  });

  test.each(['qwen3-32b', 'openai/gpt-oss-120b', 'm'])('passes top_k to servers that may know it: %s', (model) => {
    expect(write({ model, topK: 40 }).body.top_k).toBe(40);
  });

  test.each([
    ['gpt-5.1', []],
    ['gpt-4o', []],
    ['gpt-5', ['reasoning']],
    ['qwen3-32b', ['reasoning']],
  ])('tells that %s cannot be told not to reason, where it may: %j', (model, expected) => {
    expect(write({ model, reasoning: { effort: 'none' } }).dropped).toEqual(expected);
  });

  test('drops reasoning that the server cannot know, and says so; a turn of nothing else is no turn', () => {
    const claudes: AssistantPart = {
      type: 'reasoning',
      text: 'Hm.',
      proof: { protocol: 'anthropic-messages', data: 'EqQB' },
    };
    const { messages, dropped } = writeMessages([
      { role: 'assistant', content: [claudes, text('Four.')] },
      { role: 'assistant', content: [claudes] },
      { role: 'assistant', content: [] },
    ]);
    expect(messages).toEqual([
      { role: 'assistant', content: 'Four.' },
      { role: 'assistant', content: '' },
    ]);
    expect(dropped).toEqual(['messages[1].content[0]', 'messages[2].content[0]']);
  });

  test("gives plain reasoning back, but not to OpenAI's own models, which have none and refuse it", () => {
    const turn: ModelMessage = { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.' }, call('a')] };
    expect(writeMessages([turn], 'deepseek-chat').messages[0]).toMatchObject({ reasoning_content: 'Hm.' });
    const { messages, dropped } = writeMessages([turn], 'gpt-5.1');
    expect(messages[0]).not.toHaveProperty('reasoning_content');
    expect(dropped).toEqual(['messages[1].content[0]']);
  });

  test('gives back a proof of its own that it cannot read as encrypted reasoning', () => {
    const proof: ReasoningProof = { protocol: 'openai-chat', data: 'opaque' };
    const { messages } = writeMessages([{ role: 'assistant', content: [{ type: 'reasoning', text: '', proof }] }]);
    expect(messages[0]).toMatchObject({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'opaque' }] });
  });
});

// Servers of this protocol refuse a request with the reasoning of another, or without their own.
describe.each(['anthropic-messages', 'openai-responses'] as const)(
  'reasoning that a client of %s sends back',
  (client) => {
    const told = { index: 0, finish_reason: 'stop' };
    const signed = { type: 'reasoning.text', text: 'Add.', signature: 'EqQB', format: 'anthropic-claude-v1', index: 0 };
    const sealed = { type: 'reasoning.encrypted', data: 'gA', id: 'rs_1', format: 'openai-responses-v1', index: 1 };
    const summed = { type: 'reasoning.summary', summary: 'Sum.', format: 'openai-responses-v1', index: 2 };
    const extra = { extra_content: { google: { thought_signature: 'CpQB' } } };
    const calls = [
      { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' }, ...extra },
      { id: 'c2', type: 'function', function: { name: 'f', arguments: '{}' } },
    ];
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Add.' }], closed: true };

    test.each([
      ['DeepSeek', { content: 'Four.', reasoning_content: 'Add.' }, {}],
      ['Groq', { content: 'Four.', reasoning: 'Add.' }, {}],
      ['Mistral', { content: [thinking, { type: 'text', text: 'Four.' }] }, {}],
      ['Gemini', { content: null, tool_calls: calls }, {}],
      [
        'OpenRouter',
        { content: 'Four.', reasoning_details: [signed, sealed, summed] },
        { reasoning_content: 'Add.Sum.' },
      ],
    ])('reaches %s as it came from there', (_, message: JsonObject, more) => {
      const body = { id: 'a', model: 'm', choices: [{ ...told, message: { role: 'assistant', ...message } }] };
      const answer = formats[client].encodeAnswer(format.decodeAnswer(body));
      const history: JsonObject =
        client === 'anthropic-messages'
          ? {
              max_tokens: 9,
              messages: [
                { role: 'assistant', content: answer.content ?? null },
                { role: 'user', content: 'And?' },
              ],
            }
          : { store: false, input: [...(answer.output as JsonObject[]), { role: 'user', content: 'And?' }] };
      const dropped: string[] = [];
      const losses = { drop: (path: string) => dropped.push(path) };
      const again = format.encodeRequest(formats[client].decodeRequest({ model: 'm', ...history }, losses), losses);
      expect((again.messages as JsonObject[])[0]).toEqual({ role: 'assistant', ...message, ...more });
      expect(dropped).toEqual([]);
    });
  },
);

describe('a streamed answer in Chat Completions', () => {
  const encode = (...events: ModelEvent[]): JsonObject[] => {
    const encoder = format.streamEncoder();
    const bytes = events.map((event) => encoder.push(event)).join('');
    return bytes
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => (JSON.parse(event.slice(6)) as { choices: [JsonObject] }).choices[0]);
  };
  const deltas = (...events: ModelEvent[]) => encode(...events).map(({ delta }) => delta);
  const proof = (data: string, id?: string): ModelEvent => ({
    type: 'proof',
    index: 0,
    proof: { protocol: 'anthropic-messages', data, ...(id && { id }) },
  });
  const finish: ModelEvent = { type: 'finish', reason: 'stop' };
  const role = { role: 'assistant', content: '', refusal: null };

  test('tells reasoning in plain and in the details that a client sends back, its proof last', () => {
    const thought: ModelEvent = { type: 'part', index: 0, part: { type: 'reasoning' } };
    const piece: ModelEvent = { type: 'delta', index: 0, text: 'Hm.' };
    const said = [
      { reasoning_content: 'Hm.', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', index: 0 }] },
      {
        reasoning_details: [{ type: 'reasoning.text', signature: 'EqQB', format: 'anthropic-messages', index: 0 }],
      },
    ];
    expect(deltas(thought, piece, proof('EqQB'), finish)).toEqual([role, ...said, {}]);
    expect(deltas(thought, proof('EqQB'), piece, finish)).toEqual([role, ...said, {}]);
    expect(deltas(thought, proof('Er8B', 'redacted'), finish)).toEqual([
      role,
      {
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'Er8B', id: 'redacted', format: 'anthropic-messages', index: 0 },
        ],
      },
      {},
    ]);
  });

  test('numbers its stretches of reasoning, so that a client can put their pieces together', () => {
    const stretches = [0, 1].flatMap((index): ModelEvent[] => [
      { type: 'part', index: 2 * index, part: { type: 'reasoning' } },
      { type: 'delta', index: 2 * index, text: 'Hm.' },
      proof(`proof-${index}`),
      { type: 'part', index: 2 * index + 1, part: { type: 'text' } },
      { type: 'delta', index: 2 * index + 1, text: 'Well.' },
    ]);
    const details = deltas(...stretches, finish).flatMap((delta) => (delta as JsonObject).reasoning_details ?? []);
    expect(details.map((detail) => (detail as JsonObject).index)).toEqual([0, 0, 1, 1]);
  });

  test('has arguments that can be read as JSON, even where there are none', () => {
    const begin = (index: number): ModelEvent => ({
      type: 'part',
      index,
      part: { type: 'tool-call', id: `c${index}`, name: 'f' },
    });
    const piece: ModelEvent = { type: 'delta', index: 1, text: '{"x":1}' };
    expect(deltas(begin(0), begin(1), piece, { type: 'finish', reason: 'tool-calls' })).toEqual([
      role,
      { tool_calls: [{ index: 0, id: 'c0', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      { tool_calls: [{ index: 1, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{"x":1}' } }] },
      {},
    ]);
  });

  test.each([
    ['refusal', 'stop'],
    ['text', 'content_filter'],
  ] as const)('that was filtered, as %s, ends with %s', (type, reason) => {
    const choices = encode(
      { type: 'part', index: 0, part: { type } },
      { type: 'delta', index: 0, text: 'No.' },
      { type: 'finish', reason: 'content-filter' },
    );
    expect(choices.at(-1)?.finish_reason).toBe(reason);
  });

  test('is silent while the provider only lives', () => {
    expect(format.streamEncoder().push({ type: 'ping' })).toBe('');
  });

  test('from Claude comes back to Claude to the letter, even from a client that never puts pieces together', () => {
    const bytes = readFixtures('anthropic-messages').streams.find(
      ({ name }) => name === 'thinking-and-tool-use',
    )?.bytes;
    const decoder = anthropicMessages.streamDecoder();
    const events = [...decoder.push(Buffer.from(bytes ?? [])), ...decoder.end()];
    const proofs = events.flatMap((event) => (event.type === 'proof' ? [event.proof] : []));
    expect(proofs.length).toBeGreaterThan(0);
    const choices = encode(...events) as unknown as { delta: { reasoning_details?: JsonObject[] } }[];
    const details = choices.flatMap(({ delta }) => delta.reasoning_details ?? []);
    const { messages } = format.decodeRequest({
      model: 'm',
      messages: [{ role: 'assistant', content: 'x', reasoning_details: details }],
    });
    const returned = messages[0]?.content.flatMap((part) =>
      part.type === 'reasoning' && part.proof ? [part.proof] : [],
    );
    expect(returned).toEqual(proofs);
  });
});
