import { describe, expect, it } from 'vitest';
import type { Exchange } from '../src/exchange.ts';
import type { Target } from '../src/models.ts';
import { mostTranslated } from '../src/translation-bound.ts';
import { upstreamBody } from '../src/upstream-body.ts';
import type { Json, Protocol } from '../src/wire-format.ts';

const many = (length: number, item: (index: number) => Json): Json[] =>
  Array.from({ length }, (_, index) => item(index));

const sent = (protocol: Protocol, to: Protocol, body: Exchange['body']) =>
  upstreamBody(
    { protocol, body, raw: Buffer.from('the very bytes') } as Exchange,
    { model: 'm', provider: { id: 'p', protocols: [to] } } as unknown as Target,
    to,
  );

const user = { role: 'user', content: 'x' };
const text = { type: 'text', text: 'x' };
const tool = { type: 'function', function: { name: 't', parameters: { type: 'object' } } };
const call = { id: 'c', type: 'function', function: { name: 't', arguments: '{}' } };
const tooMany = mostTranslated + 1;

const shapes: [string, Protocol, string, (count: number) => Exchange['body']][] = [
  ['messages', 'openai-chat', 'messages', (count) => ({ messages: many(count, () => user) })],
  [
    'parts of one message',
    'openai-chat',
    'messages',
    (count) => ({ messages: [{ role: 'user', content: many(count, () => text) }] }),
  ],
  [
    'parts of many messages',
    'openai-chat',
    'messages',
    (count) => ({ messages: many(Math.ceil(count / 2), () => ({ role: 'user', content: [text, text] })) }),
  ],
  [
    'calls',
    'openai-chat',
    'messages',
    (count) => ({ messages: [user, { role: 'assistant', tool_calls: many(count - 1, () => call) }] }),
  ],
  ['tools', 'openai-chat', 'tools', (count) => ({ messages: [user], tools: many(count - 1, () => tool) })],
  ['items', 'openai-responses', 'input', (count) => ({ input: many(count, () => user) })],
  [
    'parts of a result',
    'anthropic-messages',
    'messages',
    (count) => ({
      max_tokens: 1,
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 't', input: {} }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'c', content: many(count - 1, () => text) }],
        },
      ],
    }),
  ],
];

const other = (protocol: Protocol): Protocol => (protocol === 'openai-chat' ? 'anthropic-messages' : 'openai-chat');

describe.each(shapes)('%s beyond what is translated', (_, protocol, param, shape) => {
  it('are refused with the bound in the words', () => {
    expect(() => sent(protocol, other(protocol), { model: 'm', ...shape(tooMany) })).toThrow(
      expect.objectContaining({
        code: 'ROUTER_FIELD_UNSUPPORTED',
        status: 400,
        param,
        message: expect.stringContaining('100000'),
      }),
    );
  });

  it('pass untouched where the provider speaks the same protocol', () => {
    expect(String(sent(protocol, protocol, { model: 'm', ...shape(tooMany) }).body)).toBe('the very bytes');
  });

  it('are translated up to the bound', () => {
    expect(sent(protocol, other(protocol), { model: 'm', ...shape(mostTranslated) }).body.length).toBeGreaterThan(
      mostTranslated,
    );
  });
});

it('does not count what stands in a schema or in an argument', () => {
  const parameters = { type: 'object', properties: { a: { enum: many(tooMany, (index) => index) } } };
  const body = { model: 'm', messages: [user], tools: [{ type: 'function', function: { name: 't', parameters } }] };
  expect(sent('openai-chat', 'anthropic-messages', body).body.length).toBeGreaterThan(mostTranslated);
});

it('is not led astray by lists in lists', () => {
  let nested: Json = [];
  for (let depth = 0; depth < 1_000; depth += 1) nested = [nested, nested.length];
  const messages = [{ role: 'user', content: nested }] as Json[];
  expect(() => sent('openai-chat', 'anthropic-messages', { model: 'm', messages })).toThrow(/content/);
});
