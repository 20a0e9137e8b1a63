import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateInputTokens } from '../../src/limits/estimate.ts';
import type { Json, JsonObject, Protocol } from '../../src/wire-format.ts';

/** Texts and their tokens, counted with gpt-tokenizer 4.0.0. */
const texts: readonly { name: string; text: string; o200k: number; cl100k: number }[] = JSON.parse(
  readFileSync(new URL('./__fixtures__/token-counts.json', import.meta.url), 'utf8'),
);

const protocols: readonly Protocol[] = ['openai-chat', 'openai-responses', 'anthropic-messages'];

const estimate = estimateInputTokens;

const requestOf = (protocol: Protocol, text: string): JsonObject => {
  if (protocol === 'openai-responses') return { model: 'm', input: text };
  return { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: text }] };
};
const emptyTokens = (protocol: Protocol): number => (protocol === 'openai-responses' ? 0 : 4);

const base64 = Buffer.alloc(300_000, 'base64 of an image').toString('base64');

describe('texts', () => {
  it.each([
    ['English prose', 30, 60],
    ['German', 30, 60],
    ['French', 30, 60],
    ['TypeScript', -20, 20],
    ['Markdown with a table', -20, 20],
    ['JSON, indented', -20, 20],
    ['JSON, compact', -20, 20],
    ['chat with emoji', 0, 25],
    ['Chinese', 0, 25],
    ['Japanese', 0, 25],
    ['Korean', 0, 25],
    ['Russian', 80, 190],
    ['Arabic', 80, 190],
    ['Hindi', 80, 190],
    ['log', -60, -30],
    ['columns of numbers', -60, -30],
  ])('%s: off by %i to %i percent', (name, from, to) => {
    const { text, o200k } = texts.find((one) => one.name === name) as (typeof texts)[number];
    for (const protocol of protocols) {
      const tokens = estimate(protocol, requestOf(protocol, text)) - emptyTokens(protocol);
      const error = 100 * (tokens / o200k - 1);
      expect(error).toBeGreaterThan(from);
      expect(error).toBeLessThan(to);
    }
  });

  it('count by another length of a token where one is given', () => {
    const body = requestOf('openai-responses', 'x'.repeat(1_000));
    expect(estimate('openai-responses', body)).toBe(278);
    expect(estimate('openai-responses', body, { bytesPerToken: 4 })).toBe(250);
  });
});

describe('what the model reads', () => {
  const bytesOf = (protocol: Protocol, body: JsonObject): number => estimate(protocol, body, { bytesPerToken: 1 });

  it('is found in each protocol, and settings are not', () => {
    const settings = {
      model: 'a-long-model-name',
      metadata: { note: 'x'.repeat(500) },
      user: 'somebody',
      stop: ['end'],
    };
    const messages = [
      { role: 'user', content: 'a'.repeat(10) },
      { role: 'assistant', content: [{ type: 'text', text: 'b'.repeat(20) }] },
    ];
    expect(bytesOf('openai-chat', { ...settings, messages })).toBe(30 + 8);
    expect(bytesOf('anthropic-messages', { ...settings, system: 'c'.repeat(5), messages })).toBe(35 + 8);
    expect(
      bytesOf('openai-responses', {
        ...settings,
        instructions: 'c'.repeat(5),
        input: [
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'd'.repeat(7) }] },
          { type: 'function_call_output', call_id: 'call_1234', output: 'e'.repeat(3) },
          { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'f'.repeat(900) },
        ],
      }),
    ).toBe(15 + 4);
  });

  it('has tools and the schemas of answers in it, names of properties too', () => {
    const schema = { type: 'object', properties: { city: { type: 'string', format: 'city' } }, required: ['city'] };
    // type object, properties, city, type string, format city, required city, each key with its punctuation.
    const schemaBytes = 4 + 6 + 10 + 4 + 4 + 6 + 6 + 4 + 8 + 4 + 6 * 4;
    const tool = { name: 'weather', description: 'Of a city' };
    const words = 'weather'.length + 'Of a city'.length;
    expect(bytesOf('openai-chat', { tools: [{ type: 'function', function: { ...tool, parameters: schema } }] })).toBe(
      words + schemaBytes,
    );
    expect(bytesOf('anthropic-messages', { tools: [{ ...tool, input_schema: schema }] })).toBe(words + schemaBytes);
    expect(bytesOf('openai-responses', { tools: [{ type: 'function', ...tool, parameters: schema }] })).toBe(
      words + schemaBytes,
    );
    expect(bytesOf('openai-responses', { text: { format: { type: 'json_schema', name: 'weather', schema } } })).toBe(
      7 + schemaBytes,
    );
  });

  it('has calls of tools in it, whole', () => {
    const input = { url: 'https://example.org', data: base64.slice(0, 100), count: 12, exact: true };
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'fetch', input }];
    const bytes = 5 + (3 + 19) + (4 + 100) + (5 + 2) + (5 + 4) + 4 * 4;
    expect(bytesOf('anthropic-messages', { messages: [{ role: 'assistant', content }] })).toBe(bytes + 4);
  });
});

describe('images, documents and recordings', () => {
  const image = `data:image/png;base64,${base64}`;
  const chat = (part: Json): JsonObject => ({ messages: [{ role: 'user', content: [part] }] });

  it('count by a constant, however large their base64 is', () => {
    const source = { type: 'base64', media_type: 'image/png', data: base64 };
    expect(estimate('openai-chat', chat({ type: 'image_url', image_url: { url: image } }))).toBe(1_504);
    expect(estimate('openai-chat', chat({ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }))).toBe(
      1_504,
    );
    expect(estimate('anthropic-messages', chat({ type: 'image', source }))).toBe(1_504);
    expect(estimate('anthropic-messages', chat({ type: 'image', source: { type: 'file', file_id: 'file_1' } }))).toBe(
      1_504,
    );
    const parts = [{ type: 'input_image', image_url: image }];
    expect(estimate('openai-responses', { input: [{ role: 'user', content: parts }] })).toBe(1_504);
    expect(estimate('openai-chat', chat({ type: 'image_url', image_url: { url: image } }), { imageTokens: 85 })).toBe(
      89,
    );
  });

  it('are found in results of tools', () => {
    const content = [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }];
    expect(estimate('anthropic-messages', chat({ type: 'tool_result', tool_use_id: 'toolu_1', content }))).toBe(1_504);
  });

  it('count as documents and recordings where they are', () => {
    const name = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    const file = { filename: 'a.docx', file_data: `data:${name};base64,${base64}` };
    expect(estimate('openai-chat', chat({ type: 'file', file }))).toBe(3_004);
    expect(estimate('openai-chat', chat({ type: 'input_audio', input_audio: { data: base64, format: 'wav' } }))).toBe(
      504,
    );
    const source = { type: 'text', media_type: 'text/plain', data: 'Plain text that is read. '.repeat(100) };
    expect(estimate('anthropic-messages', chat({ type: 'document', source }), { documentTokens: 0 })).toBe(699);
  });

  it('are not seen where a text only looks like them', () => {
    const text = 'data: {"type": "image"}\ndata: [DONE]';
    const options = { bytesPerToken: 1 };
    expect(estimate('openai-chat', chat({ type: 'text', text }), options)).toBe(4 + text.length);
  });
});

describe('any body', () => {
  it('counts without fault', () => {
    const key = fc.constantFrom('role', 'type', 'content', 'text', 'input', 'parameters', 'data', 'url', '__proto__');
    const value = fc.json().map((json) => JSON.parse(json) as Json);
    const body = fc.dictionary(
      fc.constantFrom('messages', 'input', 'system', 'tools', 'text', 'model'),
      fc.oneof(value, fc.array(fc.dictionary(key, value))),
    );
    fc.assert(
      fc.property(body, fc.constantFrom(...protocols), (request, protocol) => {
        const tokens = estimate(protocol, request, { imageTokens: 0, documentTokens: 0, audioTokens: 0 });
        expect(tokens).toBeGreaterThanOrEqual(0);
        expect(tokens).toBeLessThanOrEqual(JSON.stringify(request).length);
      }),
    );
    for (const nonsense of [[], 'text', 5] as unknown[])
      expect(estimate('openai-chat', nonsense as JsonObject)).toBe(0);
  });

  it('may nest however deep', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"input":', '}'],
    ] as const) {
      const json = `{"messages":${open.repeat(100_000)}"text"${close.repeat(100_000)}}`;
      expect(estimate('openai-chat', JSON.parse(json))).toBeLessThan(500);
    }
  });
});
