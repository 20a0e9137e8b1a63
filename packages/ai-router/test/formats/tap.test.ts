import { describe, expect, test, vi } from 'vitest';
import { formats } from '../../src/formats/index.ts';
import type { Protocol } from '../../src/wire-format.ts';
import { readFixtures } from './fixtures.ts';

/** The events that a tap parses as JSON, once the answer has started. */
function parsedBy(protocol: Protocol, start: string, later: readonly string[]): number {
  const tap = formats[protocol].streamTap();
  tap.push(Buffer.from(start));
  const parse = vi.spyOn(JSON, 'parse');
  try {
    for (const event of later) tap.push(Buffer.from(event));
    return parse.mock.calls.length;
  } finally {
    parse.mockRestore();
  }
}

const chunk = (delta: object, rest: object = {}, spaced = false): string => {
  const body = { id: 'a', model: 'm', choices: [{ index: 0, delta, finish_reason: null }], ...rest };
  return `data: ${spaced ? JSON.stringify(body, null, 1).replaceAll(/\n */g, ' ') : JSON.stringify(body)}\n\n`;
};

describe('a tap', () => {
  test.each([
    ['plain', chunk({ content: 'Hello' })],
    ['with null usage', chunk({ content: 'Hello' }, { usage: null })],
    ['spaced as Python does', chunk({ content: 'Hello' }, { usage: null }, true)],
    ['quoting keys', chunk({ content: '"finish_reason": "stop", "usage": {"prompt_tokens": 1}, "error": 1, [DONE]' })],
    ['of a tool call', chunk({ tool_calls: [{ function: { arguments: '{"error":{"usage":1}}' } }] })],
  ])('does not parse an OpenAI chunk of text, %s', (_, event) => {
    expect(parsedBy('openai-chat', chunk({ role: 'assistant' }), [event, event])).toBe(0);
  });

  test.each([
    ['a finish reason', chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })],
    ['a spaced finish reason', chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }, true)],
    ['usage beside text', chunk({ content: 'x' }, { usage: { prompt_tokens: 1, completion_tokens: 1 } })],
    ['usage alone', 'data: {"choices":[],"usage":{"total_tokens":2,"prompt_tokens":1}}\n\n'],
    ['an error', 'data: {"error": {"message": "no"}}\n\n'],
    ['an error beside an unfinished choice', 'data: {"error":{"message":"no"},"choices":[{"finish_reason":null}]}\n\n'],
    ['no finish reason at all', 'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'],
    ['white space before a colon', 'data: {"choices":[{"index":0,"delta":{},"finish_reason" : null}]}\n\n'],
  ])('parses an OpenAI chunk with %s', (_, event) => {
    expect(parsedBy('openai-chat', chunk({ role: 'assistant' }), [event])).toBe(1);
  });

  test('parses only the frame of an Anthropic stream', () => {
    const text = readFixtures('anthropic-messages').streams.find(({ name }) => name === 'text');
    const [start = '', ...later] = Buffer.from(text?.bytes ?? [])
      .toString()
      .split(/(?<=\n\n)/);
    expect(later).toHaveLength(8);
    expect(parsedBy('anthropic-messages', start, later)).toBe(2);
  });

  test('says when the terminator was seen, and ignores what follows', () => {
    const tap = formats['openai-chat'].streamTap();
    expect(tap.push(Buffer.from(chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })))).toBe(false);
    expect(tap.push(Buffer.from('data: [DO'))).toBe(false);
    expect(tap.push(Buffer.from('NE]\n\n'))).toBe(true);
    expect(tap.push(Buffer.from('data: {"error":{"message":"late"}}\n\n'))).toBe(true);
    expect(tap.end()).toEqual({ outcome: 'complete', model: 'm', finishReason: 'stop' });
  });

  test('closes the last event where the provider did not', () => {
    const tap = formats['openai-chat'].streamTap();
    tap.push(Buffer.from(chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }).trimEnd()));
    expect(tap.end()).toMatchObject({ outcome: 'complete', closing: '\n\ndata: [DONE]\n\n' });
  });

  test('calls an answer cut that ends within an event, even after its finish', () => {
    const tap = formats['openai-chat'].streamTap();
    tap.push(Buffer.from(chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })));
    tap.push(Buffer.from('data: {"choices":[],"usa'));
    expect(tap.end().outcome).toBe('cut');
  });
});
