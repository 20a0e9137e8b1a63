import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { unsealMetadata } from '../../src/ai-sdk/metadata.ts';
import { answerOf, usageOf } from '../../src/ai-sdk/model-answer.ts';
import { stopped, usage } from '../support/language-models.ts';

const read = (result: Partial<LanguageModelV4GenerateResult>, isStructured = false) =>
  answerOf(
    { content: [], finishReason: stopped, usage: usage(7, 3), warnings: [], ...result },
    { provider: 'p', model: 'asked', isStructured },
  );
const call = { type: 'tool-call', toolCallId: '1', toolName: 't', input: '{"a":1}' } as const;

describe('an answer', () => {
  it('keeps its text, reasoning and calls in order, with what it counts', () => {
    const answer = read({
      content: [{ type: 'reasoning', text: 'hm' }, { type: 'text', text: 'so' }, call],
      finishReason: { unified: 'tool-calls', raw: 'tool_use' },
      response: { id: 'a', modelId: 'm-1' },
    });
    expect(answer).toEqual({
      id: 'a',
      model: 'm-1',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'so' },
        { type: 'tool-call', id: '1', name: 't', arguments: '{"a":1}' },
      ],
      finishReason: 'tool-calls',
      usage: { inputTokens: 7, outputTokens: 3 },
    });
  });

  it('names the model that was asked where it names none', () => {
    expect(read({})).toMatchObject({ id: '', model: 'asked' });
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content-filter', 'content-filter'],
    ['tool-calls', 'tool-calls'],
    ['other', 'other'],
    ['a word of a later version', 'other'],
  ])('that ends with %s ends with %s', (unified, reason) => {
    expect(read({ finishReason: { unified: unified as 'stop', raw: undefined } }).finishReason).toBe(reason);
  });

  it.each(['error', 'interrupted'] as const)('that ends with %s is none', (unified) => {
    const ended = () => read({ finishReason: { unified, raw: 'why' } });
    expect(ended).toThrow(expect.objectContaining({ code: 'ROUTER_ANSWER_INVALID', isRetryable: true }));
    expect(ended).toThrow(/why/);
  });

  it('seals what the model wants back with its reasoning and its calls', () => {
    const { content } = read({
      content: [
        { type: 'reasoning', text: 'hm', providerMetadata: { x: { signature: 's' } } },
        { type: 'text', text: 'so', providerMetadata: { x: { id: 't' } } },
        { ...call, providerMetadata: { x: { thoughtSignature: 'c' } } },
      ],
    });
    expect(content.map(({ type }) => type)).toEqual(['reasoning', 'reasoning', 'text', 'reasoning', 'tool-call']);
    const sealed = content.flatMap((part) => (part.type === 'reasoning' ? [unsealMetadata('p', part.proof)] : []));
    expect(sealed).toEqual([
      { owner: 'reasoning', metadata: { x: { signature: 's' } } },
      { owner: 'text', metadata: { x: { id: 't' } } },
      { owner: { call: '1' }, metadata: { x: { thoughtSignature: 'c' } } },
    ]);
  });

  it('puts nothing before a text for the sake of its metadata alone', () => {
    const { content } = read({ content: [{ type: 'text', text: 'so', providerMetadata: { x: { id: 't' } } }] });
    expect(content).toEqual([{ type: 'text', text: 'so' }]);
  });

  it('is the text that was chosen as the structured one, where that was asked for', () => {
    const texts = ['draft', '{}'].map((text) => ({ type: 'text', text }) as const);
    const result = { content: [{ type: 'reasoning', text: 'hm' } as const, ...texts], structuredOutputText: '{}' };
    expect(read(result, true).content).toEqual([{ type: 'reasoning', text: 'hm' }, texts[1]]);
    expect(read(result).content).toHaveLength(3);
  });

  it('leaves out what its provider did by itself, and sources', () => {
    const { content } = read({
      content: [
        { ...call, providerExecuted: true },
        { type: 'tool-result', toolCallId: '1', toolName: 't', result: 'r' },
        { type: 'source', sourceType: 'url', id: 's', url: 'https://host' },
        { type: 'text', text: 'so' },
      ],
    });
    expect(content).toEqual([{ type: 'text', text: 'so' }]);
  });

  it('is refused, naming the part, where a file was made', () => {
    const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA' } } as const;
    expect(() => read({ content: [{ type: 'text', text: 'so' }, file] })).toThrow(/"content\[1\]"/);
  });
});

describe('usage', () => {
  it('counts cached input within the input, and reasoning within the output', () => {
    expect(
      usageOf({
        inputTokens: { total: 10, noCache: 3, cacheRead: 5, cacheWrite: 2 },
        outputTokens: { total: 8, text: 3, reasoning: 5 },
      }),
    ).toEqual({ inputTokens: 10, outputTokens: 8, cachedInputTokens: 5, cacheWriteTokens: 2, reasoningTokens: 5 });
  });

  it('adds the input up where no total is told', () => {
    const told = { total: undefined, noCache: 3, cacheRead: 5, cacheWrite: undefined };
    expect(usageOf({ ...usage(), inputTokens: told })).toEqual({
      inputTokens: 8,
      outputTokens: 0,
      cachedInputTokens: 5,
    });
  });

  it('is none where nothing is known', () => {
    expect(usageOf(usage())).toBeUndefined();
  });
});
