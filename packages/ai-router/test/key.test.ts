import { describe, expect, it } from 'vitest';
import type { Exchange } from '../src/exchange.ts';
import { answerKey } from '../src/key.ts';
import type { Target } from '../src/models.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { scripted } from './support/scripted-provider.ts';

const ask = (body: JsonObject, more: Partial<Exchange> = {}): string | undefined =>
  answerKey({ protocol: 'openai-chat', body, ...more }, target('openai'));

function target(id: string, model = 'gpt', scope?: string): Target {
  const { models, send, close, protocols } = scripted(id);
  return { provider: { id, protocols, models, send, close, ...(scope !== undefined && { scope }) }, model };
}

const base = { model: 'gpt', messages: [{ role: 'user', content: 'hi' }] };

describe('the cache key', () => {
  it('is the same whatever the order of names, and however the model is named', () => {
    const turned = { messages: [{ content: 'hi', role: 'user' }], model: 'openai/gpt' };
    expect(ask(turned)).toBe(ask(base));
    expect(ask(base)).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    ['an unknown field', { ...base, some_new_parameter: 1 }],
    ['stream', { ...base, stream: true }],
    ['a nested value', { ...base, response_format: { type: 'json_object' } }],
    [
      'the order of messages',
      {
        ...base,
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'user', content: '' },
        ],
      },
    ],
    ['a type', { ...base, seed: '1' }],
    ['null', { ...base, seed: null }],
  ])('differs by %s', (_name, body) => {
    expect(ask(body as JsonObject)).not.toBe(ask(base));
  });

  it('differs by tenant, protocol, provider, model and passed-on headers', () => {
    const keys = [
      ask(base),
      ask(base, { tenant: 'other' }),
      ask(base, { protocol: 'anthropic-messages' }),
      ask(base, { headers: { 'openai-beta': 'x' } }),
      answerKey({ protocol: 'openai-chat', body: base }, target('groq')),
      answerKey({ protocol: 'openai-chat', body: base }, target('openai', 'gpt-2')),
      answerKey({ protocol: 'openai-chat', body: base }, target('openai', 'gpt', 'elsewhere')),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('ignores only what cannot change an answer', () => {
    expect(ask({ ...base, user: 'u1', metadata: { a: 'b' } })).toBe(ask(base));
  });

  it('cannot be confused by text that looks like structure', () => {
    const one = ask({ ...base, a: 'x","b":"y' });
    const two = ask({ ...base, a: 'x', b: 'y' });
    expect(one).not.toBe(two);
    expect(ask(base, { tenant: 'a","b' })).not.toBe(ask(base, { tenant: 'a' }));
  });

  it('heeds a name that objects have of their own', () => {
    const body = (text: string) => JSON.parse(`{"model":"gpt","tools":[${text}]}`) as JsonObject;
    const keys = ['{}', '{"__proto__":1}', '{"__proto__":{"a":1}}', '{"a":1}'].map((text) => ask(body(text)));
    expect(new Set(keys).size).toBe(4);
  });

  it('is refused to integers that JavaScript cannot tell apart', () => {
    expect(ask({ ...base, seed: JSON.parse('9007199254740993') as number })).toBeUndefined();
    expect(ask({ ...base, tools: [{ maximum: 2 ** 53 }] })).toBeUndefined();
    expect(ask({ ...base, seed: JSON.parse('1e999') as number })).toBeUndefined();
    expect(ask({ ...base, top_p: 0.1 })).toBeDefined();
    expect(ask({ ...base, seed: Number.MAX_SAFE_INTEGER })).toBeDefined();
  });
});
