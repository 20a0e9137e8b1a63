import { describe, expect, test, vi } from 'vitest';
import { readEmbeddingsRequest, summariseEmbeddings } from '../../src/formats/embeddings.ts';
import { estimateInputTokens } from '../../src/limits/estimate.ts';
import type { JsonObject } from '../../src/wire-format.ts';

const read = (body: JsonObject) => readEmbeddingsRequest({ model: 'text-embedding-3-small', ...body });

describe('a request for embeddings', () => {
  test.each([
    ['a text', 'Your text string goes here', 1, 8],
    ['several texts', ['Your text string goes here', 'Hello world'], 2, 11],
    ['a text in Chinese', '今天天气很好', 1, 5],
    ['tokens, counted exactly', [9906, 1917, 0], 1, 3],
    ['tokens of several texts', [[9906, 1917], [15339]], 2, 3],
    ["a vendor's image", [{ image: 'https://example.com/a.png' }], 1, 10],
  ])('is measured by %s', (_, input, inputs, tokens) => {
    expect(read({ input })).toEqual({ model: 'text-embedding-3-small', inputs });
    expect(estimateInputTokens('openai-embeddings', { model: 'm', input })).toBe(tokens);
  });

  test.each([undefined, null, 7, {}, [], [null], [[]]])('counts nothing much of an input that is none: %j', (input) => {
    expect(estimateInputTokens('openai-embeddings', { model: 'm', input } as JsonObject)).toBeLessThan(3);
  });

  test.each(['float', 'base64'])('in %s is left as it is', (encoding) => {
    const body = Object.freeze({ model: 'm', input: 'x', encoding_format: encoding, dimensions: 256, user: 'u' });
    expect(readEmbeddingsRequest(body).model).toBe('m');
    expect(body).toEqual({ model: 'm', input: 'x', encoding_format: encoding, dimensions: 256, user: 'u' });
  });

  test.each([
    [{ input: 'x' }, 'model'],
    [{ model: '', input: 'x' }, 'model'],
    [{ model: 'm' }, 'input'],
    [{ model: 'm', input: [] }, 'input'],
    [{ model: 'm', input: 7 }, 'input'],
    [{ model: 'm', input: null }, 'input'],
  ])('%j is refused', (body, param) => {
    expect(() => readEmbeddingsRequest(body as JsonObject)).toThrow(
      expect.objectContaining({ code: 'ROUTER_REQUEST_INVALID', param, status: 400 }),
    );
  });
});

const usage = { prompt_tokens: 8, total_tokens: 8 };
const answer = (vectors: readonly (string | number[])[], more: object = { usage }) => ({
  object: 'list',
  data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'text-embedding-3-small',
  ...more,
});
const summarise = (body: unknown, space?: number) =>
  summariseEmbeddings(Buffer.from(JSON.stringify(body, null, space)));
const complete = { outcome: 'complete', model: 'text-embedding-3-small', usage: { inputTokens: 8, outputTokens: 0 } };

const floats = Array.from({ length: 1536 }, (_, index) => Math.sin(index) / 10);
const base64 = Buffer.from(Float32Array.from(floats).buffer).toString('base64');

describe('an answer with embeddings', () => {
  test.each([
    ['numbers', [[0.1, -2e-5]]],
    ['base64', ['AAAAAA==']],
    ['several', [[0.1], [0.2]]],
  ])('is summed up: %s', (_, vectors) => {
    expect(summarise(answer(vectors))).toEqual(complete);
    expect(summarise(answer(vectors), 2)).toEqual(complete);
  });

  test.each([
    ['numbers', Array.from({ length: 10 }, () => floats)],
    ['base64', Array.from({ length: 20 }, () => base64)],
  ])('by the megabyte is summed up without being parsed: %s', (_, vectors) => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      for (const space of [undefined, 2]) {
        const body = Buffer.from(JSON.stringify(answer(vectors), null, space));
        expect(body.length).toBeGreaterThan(150_000);
        expect(summariseEmbeddings(body)).toEqual(complete);
      }
      const [longest = 0] = parse.mock.calls.map(([text]) => text.length).sort((one, other) => other - one);
      expect(longest).toBeLessThan(1000);
    } finally {
      parse.mockRestore();
    }
  });

  test('by the megabyte is summed up wherever the usage stands, and whatever it holds', () => {
    const first = { usage: { prompt_tokens: 8, details: { text: 8 }, total_tokens: 8 }, ...answer([], {}) };
    const body = { ...first, data: answer(Array.from({ length: 10 }, () => floats)).data };
    expect(summarise(body)).toEqual(complete);
  });

  test('counts by its total where a vendor tells nothing else', () => {
    expect(summarise(answer([[1]], { usage: { total_tokens: 5 } })).usage).toEqual({ inputTokens: 5, outputTokens: 0 });
    expect(summarise(answer([[1]], {}))).toEqual({ outcome: 'complete', model: 'text-embedding-3-small' });
  });

  test('is cut without its vectors, or without its end', () => {
    expect(summarise(answer([]))).toMatchObject({ outcome: 'cut' });
    expect(summarise({ object: 'list', data: [{ index: 0 }] })).toEqual({ outcome: 'cut' });
    expect(summariseEmbeddings(Buffer.from('{"data":['))).toEqual({ outcome: 'cut' });
    const large = Buffer.from(JSON.stringify(answer(Array.from({ length: 10 }, () => floats))));
    expect(summariseEmbeddings(large.subarray(0, -1)).outcome).toBe('cut');
    expect(summariseEmbeddings(large.subarray(0, 100_000)).outcome).toBe('cut');
    expect(summarise({ note: 'x'.repeat(100_000) }).outcome).toBe('cut');
  });

  test('by the megabyte is parsed where it is not as expected', () => {
    const data = answer(Array.from({ length: 10 }, () => floats)).data;
    const behind = { ...answer([]), data, usage: { ...usage, by: [[8]] } };
    expect(summarise(behind)).toEqual(complete);
    expect(summarise({ ...answer([]), note: 'x'.repeat(5000), data })).toEqual(complete);
    expect(summarise({ ...answer([]), data, note: 'x'.repeat(5000) })).toEqual(complete);
  });

  test('may be an error all the same', () => {
    expect(summarise({ error: { message: 'No.', type: 'invalid_request_error' } })).toEqual({
      outcome: 'error',
      error: { status: 400, type: 'invalid_request_error', message: 'No.' },
    });
  });
});
