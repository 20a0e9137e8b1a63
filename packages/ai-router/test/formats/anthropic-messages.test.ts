import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../src/formats/index.ts';
import { wrapProof } from '../../src/formats/reasoning-proof.ts';
import { testWireFormat } from '../../src/testing/wire-format.ts';
import type { AssistantPart, ModelEvent } from '../../src/wire-format.ts';
import { readFixtures } from './fixtures.ts';

testWireFormat(anthropicMessages, readFixtures('anthropic-messages'));

const text = (words: string) => ({ type: 'text', text: words }) as const;
const call = (id: string, json = '{}') => ({ type: 'tool-call', id, name: 'f', arguments: json }) as const;
const foreign = { protocol: 'openai-responses', data: 'gAAA', id: 'rs_1' } as const;

describe('an answer written for a client of Anthropic', () => {
  const answer = { id: 'a', model: 'm', finishReason: 'tool-calls' } as const;
  const write = (...content: AssistantPart[]) => anthropicMessages.encodeAnswer({ ...answer, content }).content;

  test('wraps the proofs of other protocols, and comes back as it was', () => {
    const parts: AssistantPart[] = [
      { type: 'reasoning', text: 'A summary.', proof: foreign },
      { type: 'reasoning', text: '', proof: foreign },
      { type: 'reasoning', text: 'Unproved.' },
    ];
    const blocks = write(...parts);
    expect(blocks).toEqual([
      { type: 'thinking', thinking: 'A summary.', signature: wrapProof(foreign) },
      { type: 'redacted_thinking', data: wrapProof(foreign) },
      { type: 'thinking', thinking: 'Unproved.', signature: '' },
    ]);
    expect(anthropicMessages.decodeAnswer({ content: blocks }).content).toEqual(parts);
  });

  test('tells what was written to the cache for how long', () => {
    const usage = { inputTokens: 9, outputTokens: 1, cacheWriteTokens: 5, longCacheWriteTokens: 2 };
    const lifetimes = { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 2 };
    expect(anthropicMessages.encodeAnswer({ ...answer, content: [], usage }).usage).toMatchObject({
      input_tokens: 4,
      cache_creation_input_tokens: 5,
      cache_creation: lifetimes,
    });
    expect(anthropicMessages.encodeAnswer({ ...answer, content: [] }).usage).toMatchObject({ cache_creation: null });
  });

  test('shows a refusal as text', () => {
    expect(write({ type: 'refusal', text: 'No.' }, text(''))).toEqual([{ type: 'text', text: 'No.', citations: null }]);
  });

  test('gives a call an id that Anthropic’s clients accept', () => {
    const [first, second] = [write(call('')), write(call(''))] as { id: string }[][];
    expect(first?.[0]?.id).toMatch(/^toolu_\w{32}$/);
    expect(first?.[0]?.id).not.toBe(second?.[0]?.id);
    expect(write(call('a.b'))).toEqual(write(call('a.b')));
  });

  test.each(['', '{}', ' '])('reads arguments %j as none', (json) => {
    expect(write(call('a', json))).toMatchObject([{ input: {} }]);
  });

  test.each(['[]', '{"a"'])('cannot call a tool with %s', (json) => {
    expect(() => write(call('a', json))).toThrow(
      expect.objectContaining({ code: 'ROUTER_ANSWER_INVALID', message: expect.stringContaining('"f"') }),
    );
  });
});

describe('a stream written for a client of Anthropic', () => {
  const encode = (...events: ModelEvent[]) => {
    const encoder = anthropicMessages.streamEncoder();
    return [{ type: 'start', id: 'a', model: 'm' } as const, ...events].map((event) => encoder.push(event));
  };
  const reasoning = { type: 'part', index: 0, part: { type: 'reasoning' } } as const;
  const proof = { type: 'proof', index: 0, proof: foreign } as const;
  const finish = { type: 'finish', reason: 'stop' } as const;
  const blocksOf = (...events: ModelEvent[]) =>
    [
      ...encode(...events, finish)
        .join('')
        .matchAll(/"content_block":(\{.*?\})\}\n|"delta":(\{"type":".*?\})\}\n/g),
    ].map((match) => JSON.parse(match[1] ?? match[2] ?? ''));

  test('says that the provider lives', () => {
    expect(encode({ type: 'ping' })[1]).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    expect(anthropicMessages.streamEncoder().push({ type: 'ping' })).not.toContain('message_start');
    expect(anthropicMessages.streamDecoder().push(Buffer.from('event: ping\ndata: {"type":"ping"}\n\n'))).toEqual([]);
  });

  test('signs reasoning where its block ends, wherever the proof came', () => {
    const signed = [
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'signature_delta', signature: wrapProof(foreign) },
    ];
    const words = { type: 'delta', index: 0, text: 'hm' } as const;
    expect(blocksOf(reasoning, words, proof)).toEqual(signed);
    expect(blocksOf(reasoning, proof, words)).toEqual(signed);
  });

  test('shows reasoning without a text as a block of its own, unless Anthropic does not', () => {
    expect(blocksOf(reasoning, proof)).toEqual([{ type: 'redacted_thinking', data: wrapProof(foreign) }]);
    const own = { ...proof, proof: { protocol: 'anthropic-messages', data: 'Eq' } } as const;
    expect(blocksOf(reasoning, own)).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'signature_delta', signature: 'Eq' },
    ]);
    expect(blocksOf(reasoning)).toEqual([]);
  });

  test('keeps redacted reasoning apart from a text that came with it', () => {
    const redacted = { ...proof, proof: { protocol: 'anthropic-messages', data: 'Em', id: 'redacted' } } as const;
    expect(blocksOf(reasoning, { type: 'delta', index: 0, text: 'hm' }, redacted)).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'redacted_thinking', data: 'Em' },
    ]);
  });

  test('begins a block with the first character of its part', () => {
    expect(encode({ type: 'part', index: 0, part: { type: 'text' } })[1]).toBe('');
    expect(encode({ type: 'part', index: 0, part: { type: 'tool-call', id: 'a', name: 'f' } })[1]).toContain(
      'tool_use',
    );
  });
});
