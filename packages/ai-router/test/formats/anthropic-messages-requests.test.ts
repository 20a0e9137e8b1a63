import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../src/formats/index.ts';
import type { AssistantPart, JsonObject, ModelMessage, ModelRequest } from '../../src/wire-format.ts';

const text = (words: string) => ({ type: 'text', text: words }) as const;
const user = (words: string): ModelMessage => ({ role: 'user', content: [text(words)] });
const assistant = (...content: AssistantPart[]): ModelMessage => ({ role: 'assistant', content });
const call = (id: string, json = '{}') => ({ type: 'tool-call', id, name: 'f', arguments: json }) as const;
const request: ModelRequest = { model: 'claude-opus-4-6', messages: [user('Hi')], stream: false };
const foreign = { protocol: 'openai-responses', data: 'gAAA', id: 'rs_1' } as const;
/** A written request, and what writing it left out. */
function write(fields: Partial<ModelRequest>): { body: JsonObject; dropped: string[] } {
  const dropped: string[] = [];
  return {
    body: anthropicMessages.encodeRequest({ ...request, ...fields }, { drop: (path) => dropped.push(path) }),
    dropped,
  };
}

describe('a request written for Anthropic', () => {
  test('has its system messages on top and one turn for neighbours of the same role', () => {
    const { body } = write({
      messages: [
        user('One.'),
        { role: 'system', content: [text('Be brief.')] },
        user('Two.'),
        assistant(text('Three.')),
        { role: 'system', content: [] },
        { role: 'system', content: [text('Be kind.')] },
        user('Four.'),
      ],
    });
    expect(body.system).toEqual([text('Be brief.'), text('Be kind.')]);
    expect(body.messages).toEqual([
      { role: 'user', content: [text('One.'), text('Two.')] },
      { role: 'assistant', content: 'Three.' },
      { role: 'user', content: 'Four.' },
    ]);
  });

  test('has no text that cannot be seen, which Anthropic refuses, and no turn that says nothing', () => {
    const { body } = write({
      messages: [
        { role: 'system', content: [text(' ')] },
        user('One.'),
        assistant(text('\n\n')),
        { role: 'user', content: [text('\n'), text('Two.')] },
        assistant(text('\n'), call('a')),
        { role: 'tool', callId: 'a', content: [text(' '), text('Done.')] },
      ],
    });
    expect(body).not.toHaveProperty('system');
    expect(body.messages).toEqual([
      { role: 'user', content: [text('One.'), text('Two.')] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'Done.' }] },
    ]);
  });

  test('has the results of tools before all else in the turn after the calls', () => {
    const { body } = write({
      messages: [
        user('Go.'),
        assistant(call('a'), call('b')),
        { role: 'tool', callId: 'a', content: [text('1')] },
        user('Look:'),
        {
          role: 'tool',
          callId: 'b',
          content: [{ type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } }],
        },
      ],
    });
    expect(body.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'image', source: { type: 'url' } }] },
          text('Look:'),
        ],
      },
    ]);
  });

  test('names a call and its result alike where Anthropic forbids the id', () => {
    const named = (id: string) => {
      const { body } = write({
        messages: [user('Go.'), assistant(call(id)), { role: 'tool', callId: id, content: [] }],
      });
      const [, calls, results] = body.messages as { content: { id?: string; tool_use_id?: string }[] }[];
      expect(results?.content[0]?.tool_use_id).toBe(calls?.content[0]?.id);
      return calls?.content[0]?.id ?? '';
    };
    expect(named('call_aZ-9')).toBe('call_aZ-9');
    expect(named('functions.f:0')).toMatch(/^toolu_[\w-]{24}$/);
    expect(named('functions.f:0')).toBe(named('functions.f:0'));
    expect(named('functions.f:0')).not.toBe(named('functions.f:1'));
    expect(named('')).toMatch(/^toolu_/);
  });

  test.each(['[]', '"x"', '{"a":', 'null'])('cannot call a tool with %s', (json) => {
    expect(() => write({ messages: [user('Go.'), assistant(text('Yes.'), call('a', json))] })).toThrow(
      expect.objectContaining({
        code: 'ROUTER_REQUEST_INVALID',
        status: 400,
        param: 'messages[1].content[1].arguments',
      }),
    );
  });

  test('keeps only reasoning that Anthropic can prove, and says what it dropped', () => {
    const { body, dropped } = write({
      messages: [
        user('Hi'),
        assistant(
          { type: 'reasoning', text: 'Foreign.', proof: foreign },
          { type: 'reasoning', text: 'Unproved.' },
          { type: 'reasoning', text: 'Mine.', proof: { protocol: 'anthropic-messages', data: 'EqQB+/=' } },
          { type: 'reasoning', text: '', proof: { protocol: 'anthropic-messages', data: 'EmwK', id: 'redacted' } },
          text('Yes.'),
        ),
        user('Go on.'),
      ],
    });
    expect(dropped).toEqual(['messages[1].content[0]', 'messages[1].content[1]']);
    expect((body.messages as JsonObject[])[1]?.content).toEqual([
      { type: 'thinking', thinking: 'Mine.', signature: 'EqQB+/=' },
      { type: 'redacted_thinking', data: 'EmwK' },
      text('Yes.'),
    ]);
  });

  test('cannot be hotter than Anthropic allows', () => {
    expect(write({ temperature: 1 }).body.temperature).toBe(1);
    expect(() => write({ temperature: 1.2 })).toThrow(
      expect.objectContaining({ code: 'ROUTER_REQUEST_INVALID', param: 'temperature' }),
    );
  });

  test.each([
    [{ temperature: 0.5, topP: 1 }, { temperature: 0.5 }],
    [{ temperature: 1, topP: 0.5 }, { top_p: 0.5 }],
    [{ temperature: 1, topP: 1 }, { temperature: 1 }],
    [
      { temperature: 0.5, topP: 0.5 },
      { temperature: 0.5, top_p: 0.5 },
    ],
    [{ temperature: 1 }, { temperature: 1 }],
    [{ topP: 1 }, { top_p: 1 }],
  ])('says of %j only what is needed, as newer models refuse both', (fields, expected) => {
    const { temperature, top_p } = write(fields).body;
    expect(JSON.parse(JSON.stringify({ temperature, top_p }))).toEqual(expected);
  });

  test('needs a turn', () => {
    expect(() => write({ messages: [{ role: 'system', content: [text('Be brief.')] }] })).toThrow(
      expect.objectContaining({ code: 'ROUTER_REQUEST_INVALID', param: 'messages' }),
    );
  });

  test.each([
    ['seed', { seed: 0 }],
    ['frequencyPenalty', { frequencyPenalty: 0.5 }],
    ['presencePenalty', { presencePenalty: -1 }],
    ['responseFormat', { responseFormat: { type: 'json' } }],
  ] as const)('cannot have a %s', (param, fields) => {
    expect(() => write(fields)).toThrow(
      expect.objectContaining({ code: 'ROUTER_FIELD_UNSUPPORTED', status: 400, param }),
    );
  });

  test('is the same with penalties of zero', () => {
    expect(write({ frequencyPenalty: 0, presencePenalty: 0 })).toEqual(write({}));
  });

  test('drops how closely to look at an image', () => {
    const image = (detail: 'low' | 'auto') =>
      ({ type: 'image', source: { kind: 'url', url: 'https://x.test' }, detail }) as const;
    const { body, dropped } = write({ messages: [{ role: 'user', content: [image('auto'), image('low')] }] });
    expect(dropped).toEqual(['messages[0].content[1].detail']);
    expect(JSON.stringify(body)).not.toContain('detail');
  });

  test.each([
    ['text/markdown', '# Größe', 'text'],
    ['application/json', '{}', 'text'],
    ['application/pdf', '%PDF', 'base64'],
  ])('has a file of %s', (mediaType, words, type) => {
    const data = Buffer.from(words).toString('base64');
    const { body } = write({
      messages: [{ role: 'user', content: [{ type: 'file', source: { kind: 'base64', mediaType, data } }] }],
    });
    expect(body.messages).toMatchObject([
      { content: [{ type: 'document', source: { type, data: type === 'text' ? words : data } }] },
    ]);
  });

  test('cannot have a file of another kind', () => {
    const source = { kind: 'base64', mediaType: 'application/zip', data: 'UEsD' } as const;
    const messages: ModelMessage[] = [
      user('a'),
      { role: 'tool', callId: 'c', content: [text('b'), { type: 'file', source }] },
    ];
    expect(() => write({ messages })).toThrow(
      expect.objectContaining({ code: 'ROUTER_FIELD_UNSUPPORTED', param: 'messages[1].content[1]' }),
    );
  });

  test('gives tools the schema that Anthropic demands', () => {
    const tools = [
      { name: 'now', parameters: {} },
      { name: 'f', parameters: { type: 'object', properties: { a: {} } }, description: 'F.', strict: false },
    ];
    expect(write({ tools }).body.tools).toEqual([
      { name: 'now', input_schema: { type: 'object' } },
      { name: 'f', description: 'F.', input_schema: { type: 'object', properties: { a: {} } }, strict: false },
    ]);
  });

  test.each([
    [{}, undefined],
    [{ toolChoice: 'auto' }, { type: 'auto' }],
    [{ toolChoice: 'none', parallelToolCalls: false }, { type: 'none' }],
    [{ toolChoice: 'required' }, { type: 'any' }],
    [
      { toolChoice: { name: 'now' }, parallelToolCalls: false },
      { type: 'tool', name: 'now', disable_parallel_tool_use: true },
    ],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [{ parallelToolCalls: true }, undefined],
  ] as const)('says which tool may be called: %j', (fields, choice) => {
    expect(write({ tools: [{ name: 'now', parameters: {} }], ...fields }).body.tool_choice).toEqual(choice);
  });

  test.each(['auto', 'none'] as const)('says nothing of tools where there are none: %s', (toolChoice) => {
    expect(write({ toolChoice, parallelToolCalls: false, tools: [] })).toEqual(write({}));
  });

  test('moves what describes an answer into its schema', () => {
    const format = (schema: JsonObject, description?: string) =>
      write({ responseFormat: { type: 'json-schema', name: 'x', schema, ...(description && { description }) } }).body
        .output_config;
    expect(format({ type: 'object' })).toEqual({ format: { type: 'json_schema', schema: { type: 'object' } } });
    expect(format({ type: 'object' }, 'A.')).toMatchObject({
      format: { schema: { type: 'object', description: 'A.' } },
    });
    expect(format({ description: 'B.' }, 'A.')).toMatchObject({ format: { schema: { description: 'B.' } } });
  });
});

describe('thinking written for Anthropic', () => {
  const old = 'claude-haiku-4-5';
  const adaptive = { type: 'adaptive' };
  const enabled = (budget_tokens: number) => ({ type: 'enabled', budget_tokens });
  test.each<[string, Partial<ModelRequest>, JsonObject]>([
    ['of no concern', {}, { max_tokens: 4096 }],
    ['of no concern, with a limit', { maxTokens: 9 }, { max_tokens: 9 }],
    ['none', { reasoning: { effort: 'none' } }, { max_tokens: 4096, thinking: { type: 'disabled' } }],
    ['as much as it likes', { reasoning: {} }, { max_tokens: 12_288, thinking: adaptive }],
    [
      'low',
      { reasoning: { effort: 'low' } },
      { max_tokens: 6144, thinking: adaptive, output_config: { effort: 'low' } },
    ],
    [
      'minimal',
      { reasoning: { effort: 'minimal' }, maxTokens: 9 },
      { max_tokens: 9, thinking: adaptive, output_config: { effort: 'low' } },
    ],
    [
      'max, to read',
      { reasoning: { effort: 'max', visible: true }, maxTokens: 9 },
      { max_tokens: 9, thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'max' } },
    ],
    [
      'a budget',
      { reasoning: { budgetTokens: 2000, visible: false } },
      { max_tokens: 6096, thinking: { ...enabled(2000), display: 'omitted' } },
    ],
    [
      'a budget and an effort',
      { reasoning: { budgetTokens: 2000, effort: 'low' } },
      { max_tokens: 6096, thinking: enabled(2000), output_config: { effort: 'low' } },
    ],
    [
      'a budget above the limit',
      { reasoning: { budgetTokens: 2000 }, maxTokens: 2000 },
      { max_tokens: 2000, thinking: enabled(1999) },
    ],
    [
      'high, by an older model',
      { model: old, reasoning: { effort: 'high' } },
      { max_tokens: 20_480, thinking: enabled(16_384) },
    ],
    [
      'max, by an older model',
      { model: old, reasoning: { effort: 'max' } },
      { max_tokens: 32_000, thinking: enabled(27_904) },
    ],
    [
      'high, by an older model with a limit',
      { model: old, reasoning: { effort: 'high' }, maxTokens: 4000 },
      { max_tokens: 4000, thinking: enabled(3000) },
    ],
  ])('%s', (_, fields, expected) => {
    const { body, dropped } = write(fields);
    const { max_tokens, thinking, output_config } = body;
    expect({ max_tokens, ...(thinking && { thinking }), ...(output_config && { output_config }) }).toEqual(expected);
    expect(dropped).toEqual([]);
  });

  test('is dropped where the limit leaves no room for Anthropic’s least budget', () => {
    const { body, dropped } = write({ model: old, reasoning: { effort: 'low' }, maxTokens: 1000 });
    expect(body).toEqual({ model: old, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1000 });
    expect(dropped).toEqual(['reasoning']);
  });

  test.each([
    ['claude-3-7-sonnet-20250219', 'enabled'],
    ['claude-sonnet-4-20250514', 'enabled'],
    ['anthropic.claude-opus-4-1-20250805-v1:0', 'enabled'],
    ['claude-opus-4-5', 'enabled'],
    ['claude-opus-4-6', 'adaptive'],
    ['claude-opus-4.8', 'adaptive'],
    ['claude-haiku-5-5', 'adaptive'],
    ['claude-sonnet-5', 'adaptive'],
  ])('by %s is %s', (model, type) => {
    expect(write({ model, reasoning: { effort: 'high' } }).body.thinking).toMatchObject({ type });
  });
});
