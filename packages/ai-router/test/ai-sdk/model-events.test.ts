import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { unsealMetadata } from '../../src/ai-sdk/metadata.ts';
import { createStreamReader } from '../../src/ai-sdk/model-events.ts';
import { streamErrorOf } from '../../src/ai-sdk/model-failure.ts';
import { collectAnswer } from '../../src/answer-events.ts';
import type { AssistantPart, ModelEvent } from '../../src/wire-format.ts';
import { stopped, usage } from '../support/language-models.ts';

const read = (...parts: LanguageModelV4StreamPart[]): ModelEvent[] => {
  const reader = createStreamReader({ provider: 'p', model: 'asked', readError: (error) => streamErrorOf(error, 'p') });
  return parts.flatMap((part) => reader.push(part));
};
const finish: LanguageModelV4StreamPart = { type: 'finish', finishReason: stopped, usage: usage(7, 3) };

/** The parts they add up to; each part's deltas must come after its beginning and before the next part's. */
const partsOf = (events: readonly ModelEvent[]): readonly AssistantPart[] => {
  const collected = collectAnswer();
  let open = -1;
  for (const event of events) {
    if (event.type === 'part') expect(event.index).toBe(++open);
    if (event.type === 'delta' || event.type === 'proof') expect(event.index).toBe(open);
    collected.push(event);
  }
  return collected.content();
};
const unsealed = (parts: readonly AssistantPart[]) =>
  parts.map((part) => (part.type === 'reasoning' && part.proof ? unsealMetadata('p', part.proof) : part));

const textOf = (id: string, ...deltas: string[]): LanguageModelV4StreamPart[] => [
  { type: 'text-start', id },
  ...deltas.map((delta) => ({ type: 'text-delta', id, delta }) as const),
  { type: 'text-end', id },
];
const callStart = (id: string, more = {}) =>
  ({ type: 'tool-input-start', id, toolName: `tool-${id}`, ...more }) as const;
const callDelta = (id: string, delta: string) => ({ type: 'tool-input-delta', id, delta }) as const;
const callEnd = (id: string, input: string, more = {}): LanguageModelV4StreamPart[] => [
  { type: 'tool-input-end', id },
  { type: 'tool-call', toolCallId: id, toolName: `tool-${id}`, input, ...more },
];

describe('a stream', () => {
  it('starts with what it tells of itself and ends with the finish', () => {
    const events = read(
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', id: 'a', modelId: 'm-1' },
      ...textOf('0', 'Hel', '', 'lo'),
      finish,
    );
    expect(events).toEqual([
      { type: 'start', id: 'a', model: 'm-1' },
      { type: 'part', index: 0, part: { type: 'text' } },
      { type: 'delta', index: 0, text: 'Hel' },
      { type: 'delta', index: 0, text: 'lo' },
      { type: 'finish', reason: 'stop', usage: { inputTokens: 7, outputTokens: 3 } },
    ]);
  });

  it('starts all the same where it tells nothing of itself', () => {
    expect(read(...textOf('0', 'x'), finish)[0]).toEqual({ type: 'start', id: '', model: 'asked' });
    expect(read(finish)).toMatchObject([{ type: 'start' }, { type: 'finish' }]);
  });

  it('says one stretch after the other where the model takes turns', () => {
    const events = read(
      { type: 'text-start', id: 't' },
      { type: 'reasoning-start', id: 'r' },
      { type: 'text-delta', id: 't', delta: 'a' },
      { type: 'reasoning-delta', id: 'r', delta: 'b' },
      { type: 'text-delta', id: 't', delta: 'c' },
      finish,
    );
    expect(partsOf(events)).toEqual([
      { type: 'text', text: 'a' },
      { type: 'reasoning', text: 'b' },
      { type: 'text', text: 'c' },
    ]);
  });

  it('passes arguments on as they come, and holds back what comes between them', () => {
    const head = read(callStart('1'), callDelta('1', '{"a"'));
    expect(head.at(-1)).toEqual({ type: 'delta', index: 0, text: '{"a"' });
    const events = read(
      callStart('1'),
      callDelta('1', '{"a"'),
      callStart('2'),
      callDelta('2', '{"b"'),
      { type: 'text-delta', id: 't', delta: 'and' },
      callDelta('1', ':1}'),
      callDelta('2', ':2}'),
      ...callEnd('2', '{"b":2}'),
      ...callEnd('1', '{"a":1}'),
      finish,
    );
    expect(partsOf(events)).toEqual([
      { type: 'tool-call', id: '1', name: 'tool-1', arguments: '{"a":1}' },
      { type: 'tool-call', id: '2', name: 'tool-2', arguments: '{"b":2}' },
      { type: 'text', text: 'and' },
    ]);
    expect(events.at(-1)?.type).toBe('finish');
  });

  it('reads calls that come whole, without deltas, or in an encoding of their own', () => {
    const events = read(
      { type: 'tool-call', toolCallId: '1', toolName: 'tool-1', input: '{"a":1}' },
      callStart('2'),
      ...callEnd('2', '{"b":2}'),
      callStart('3', { inputEncoding: 'text' }),
      callDelta('3', 'raw "text"'),
      ...callEnd('3', '"raw \\"text\\""'),
      finish,
    );
    expect(partsOf(events).map((part) => part.type === 'tool-call' && part.arguments)).toEqual([
      '{"a":1}',
      '{"b":2}',
      '"raw \\"text\\""',
    ]);
  });

  it('ends calls that the model left open', () => {
    const events = read(callStart('1'), callStart('2'), callDelta('2', '{}'), callStart('3'), finish);
    expect(partsOf(events).map((part) => part.type === 'tool-call' && part.id)).toEqual(['1', '2', '3']);
    expect(events.at(-1)?.type).toBe('finish');
  });

  it('seals metadata, wherever in a part it comes', () => {
    const events = read(
      { type: 'reasoning-start', id: 'r', providerMetadata: { x: { id: 'r' } } },
      { type: 'reasoning-delta', id: 'r', delta: 'hm' },
      { type: 'reasoning-delta', id: 'r', delta: '', providerMetadata: { x: { signature: 's' } } },
      { type: 'reasoning-end', id: 'r' },
      { type: 'reasoning-start', id: 'q', providerMetadata: { x: { redacted: 'q' } } },
      { type: 'reasoning-end', id: 'q' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'so' },
      { type: 'text-end', id: 't', providerMetadata: { x: { id: 't' } } },
      callStart('1', { providerMetadata: { x: { early: 1 } } }),
      ...callEnd('1', '{}'),
      callStart('2'),
      ...callEnd('2', '{}', { providerMetadata: { x: { late: 2 } } }),
      finish,
    );
    expect(unsealed(partsOf(events))).toEqual([
      { owner: 'reasoning', metadata: { x: { id: 'r', signature: 's' } } },
      { owner: 'reasoning', metadata: { x: { redacted: 'q' } } },
      { type: 'text', text: 'so' },
      { owner: 'text', metadata: { x: { id: 't' } } },
      { owner: { call: '1' }, metadata: { x: { early: 1 } } },
      expect.objectContaining({ id: '1' }),
      expect.objectContaining({ id: '2' }),
      { owner: { call: '2' }, metadata: { x: { late: 2 } } },
    ]);
  });

  it('leaves out what the provider did by itself', () => {
    const events = read(
      callStart('1', { providerExecuted: true }),
      callDelta('1', '{}'),
      ...callEnd('1', '{}', { providerExecuted: true }),
      { type: 'tool-result', toolCallId: '1', toolName: 'tool-1', result: 'r' },
      { type: 'source', sourceType: 'url', id: 's', url: 'https://host' },
      { type: 'raw', rawValue: 1 },
      ...textOf('0', 'so'),
      finish,
    );
    expect(partsOf(events)).toEqual([{ type: 'text', text: 'so' }]);
  });

  it.each([
    ['a file', { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA' } }, /"stream.file"/],
    ['an error for its end', { ...finish, finishReason: { unified: 'error', raw: 'why' } }, /why/],
    ['an error', { type: 'error', error: new Error('broken') }, /broken/],
  ] as const)('fails with %s, once', (_name, part, message) => {
    const events = read(...textOf('0', 'so'), part as LanguageModelV4StreamPart, finish);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { message: expect.stringMatching(message) } });
    expect(events.filter(({ type }) => type === 'error' || type === 'finish')).toHaveLength(1);
  });
});
