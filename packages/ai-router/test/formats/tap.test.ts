import { describe, expect, test, vi } from 'vitest';
import { formats } from '../../src/formats/index.ts';
import type { Protocol } from '../../src/wire-format.ts';
import { readFixtures } from './fixtures.ts';

/** The events that a tap parses as JSON, once the first piece of the answer was seen. */
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
    ['of another tool call', chunk({ tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'f' } }] })],
    ['of reasoning', chunk({ reasoning_content: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] })],
    ['of a proof', chunk({ reasoning_details: [{ type: 'reasoning.text', signature: 'a', format: 'f', index: 0 }] })],
    ['of a refusal', chunk({ refusal: 'No' })],
  ])('does not parse an OpenAI chunk of text, %s', (_, event) => {
    expect(parsedBy('openai-chat', chunk({ role: 'assistant', content: 'x' }), [event, event])).toBe(0);
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
    expect(parsedBy('openai-chat', chunk({ role: 'assistant', content: 'x' }), [event])).toBe(1);
  });

  test.each([
    ['anthropic-messages', 'content_block_delta', 2],
    ['openai-responses', 'response.output_text.delta', 1],
  ] as const)('parses only the frame of a stream of %s', (protocol, piece, frame) => {
    const text = readFixtures(protocol).streams.find(({ name }) => name === 'text');
    const events = Buffer.from(text?.bytes ?? [])
      .toString()
      .split(/(?<=\n\n)/);
    const first = events.findIndex((event) => event.startsWith(`event: ${piece}`)) + 1;
    const later = events.slice(first);
    expect(later.length).toBeGreaterThan(frame + 2);
    expect(parsedBy(protocol, events.slice(0, first).join(''), later)).toBe(frame);
  });

  test.each([
    ['text', { content: 'H' }],
    ['reasoning', { reasoning_content: 'H' }],
    ["Groq's reasoning", { reasoning: 'H' }],
    ['encrypted reasoning', { reasoning_details: [{ type: 'reasoning.encrypted', data: 'a', format: 'f' }] }],
    ["Mistral's reasoning", { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'H' }] }] }],
    ['a refusal', { refusal: 'N' }],
    ['a tool call', { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] }],
    ['a custom tool call', { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'f', input: '' } }] }],
    ['an old function call', { function_call: { name: 'f', arguments: '' } }],
    ['audio', { audio: { id: 'a' } }],
  ])('sees that an answer has begun by the first piece of %s', (_, delta) => {
    const tap = formats['openai-chat'].streamTap();
    tap.push(Buffer.from(chunk({ role: 'assistant', content: '', refusal: null, tool_calls: [] })));
    expect(tap.hasContent()).toBe(false);
    tap.push(Buffer.from(chunk(delta)));
    // What only the end reveals is known then.
    tap.push(Buffer.from(chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })));
    expect(tap.hasContent()).toBe(true);
    expect(tap.end().outcome).toBe('complete');
  });

  test('does not mind pieces that no other protocol can carry, even where it reads every chunk', () => {
    const tap = formats['openai-chat'].streamTap();
    const usage = { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
    const call = (index: number, more: object) =>
      Buffer.from(chunk({ tool_calls: [{ index, ...more, function: { name: 'f', arguments: '{' } }] }, usage));
    tap.push(call(0, { id: 'a' }));
    tap.push(call(1, { id: 'b' }));
    tap.push(call(0, {}));
    tap.push(Buffer.from(chunk({ audio: { id: 'a' } }, usage)));
    tap.push(Buffer.from(chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], ...usage })));
    expect(tap.end()).toMatchObject({ outcome: 'complete', finishReason: 'tool-calls' });
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

  test('calls an answer complete whose finish was seen, though what follows is cut', () => {
    const tap = formats['openai-chat'].streamTap();
    tap.push(Buffer.from(chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })));
    tap.push(Buffer.from('data: {"choices":[],"usa'));
    expect(tap.end().outcome).toBe('complete');
  });
});
