import { beforeAll, describe, expect, it } from 'vitest';
import { answerChecks } from '../src/answer-check.ts';
import { loadJsonSchema, misfitOf } from '../src/json-schema.ts';
import type { JsonObject, ModelAnswer } from '../src/wire-format.ts';
import { set, turn } from './support/exchanges.ts';
import { completion, events, scripted } from './support/scripted-provider.ts';

const schema: JsonObject = {
  type: 'object',
  properties: { name: { type: 'string' }, size: { type: 'integer', minimum: 0 } },
  required: ['name', 'size'],
  additionalProperties: false,
};
const good = '{"name":"a","size":1}';
const bad = '{"name":"a","size":-1}';

describe('what does not fit a JSON Schema', () => {
  beforeAll(loadJsonSchema);

  it.each<[string, JsonObject, unknown, string | undefined]>([
    ['fits', schema, { name: 'a', size: 1 }, undefined],
    ['names the place and the rule, not the value', schema, { name: 'a', size: -7 }, '"minimum" at "#/size"'],
    ['a field that is not there', schema, { name: 'a' }, '"required" at "#"'],
    ['a field too many', schema, { name: 'a', size: 1, more: 1 }, '"false" at "#/more"'],
    [
      'references within',
      { $ref: '#/$defs/n', $defs: { n: { type: 'array', items: { $ref: '#/$defs/one' } }, one: { const: 1 } } },
      [1, 2],
      '"const" at "#/1"',
    ],
    [
      'drafts differ: a list of items is a tuple in draft 7',
      { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ const: 1 }, { const: 2 }] },
      [1, 3],
      '"const" at "#/1"',
    ],
    ['a reference to elsewhere is no reason to refuse', { $ref: 'https://example.com/s.json' }, 1, undefined],
    ['a broken expression is none either', { pattern: '(' }, 'a', undefined],
  ])('%s', (_name, given, value, expected) => {
    expect(misfitOf(given, value)).toBe(expected);
  });

  it('a schema that would never come to an end is cut short', () => {
    expect(misfitOf({ pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`)).toBe('it takes too long');
    const doubled = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [
        `d${n}`,
        { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] },
      ]),
    );
    expect(misfitOf({ $ref: '#/$defs/d0', $defs: { ...doubled, d60: { type: 'number' } } }, 1)).toBe(
      'it takes too long',
    );
    expect(misfitOf(schema, { name: 'a', size: 1 })).toBeUndefined();
  });
});

describe('a check by schema', () => {
  beforeAll(loadJsonSchema);
  const says = (text: string, more: Partial<ModelAnswer> = {}): ModelAnswer => ({
    id: 'a',
    model: 'm',
    content: [{ type: 'text', text }],
    finishReason: 'stop',
    ...more,
  });
  const call: ModelAnswer['content'] = [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }];

  it.each<[string, boolean | JsonObject, JsonObject | undefined, ModelAnswer, RegExp | undefined]>([
    ['takes what fits', schema, undefined, says(good), undefined],
    ['refuses what does not', schema, undefined, says(bad), /JSON Schema.*#\/size/],
    ['refuses what is no JSON', schema, undefined, says('Sure! {}'), /not JSON/],
    ["goes by the request's own", true, schema, says(bad), /JSON Schema/],
    ['asks for nothing where the request did not', true, undefined, says('hello'), undefined],
    ['goes by its own where the request has another', schema, { type: 'string' }, says(good), undefined],
    ['lets a tool call pass', schema, undefined, says('', { content: call }), undefined],
    ['is off', false, schema, says('hello'), undefined],
  ])('%s', (_name, wanted, asked, answer, expected) => {
    const reason = answerChecks({ schema: wanted })(answer, { schema: asked });
    if (expected) expect(reason).toMatch(expected);
    else expect(reason).toBeUndefined();
  });
});

describe('a cascade by schema', () => {
  const formats = {
    'openai-chat': { response_format: { type: 'json_schema', json_schema: { name: 's', schema } } },
    'openai-responses': { text: { format: { type: 'json_schema', name: 's', schema } } },
    'anthropic-messages': { output_config: { format: { type: 'json_schema', schema } }, max_tokens: 10 },
  } as const;
  const questions = {
    'openai-chat': { messages: [{ role: 'user', content: 'hi' }] },
    'openai-responses': { messages: undefined, input: 'hi' },
    'anthropic-messages': { messages: [{ role: 'user', content: 'hi' }] },
  } as const;

  const cascade = () => {
    const [small, large] = [scripted('small'), scripted('large')];
    const built = set({
      providers: [small, large],
      routes: { r: { targets: ['small/m', 'large/m'], strategy: 'cascade', check: { schema: true } } },
      attempts: {},
    });
    const ask = async (...given: Parameters<typeof built.ask>) => {
      const asked = await built.ask(...given);
      // The validator is loaded at the first request.
      await loadJsonSchema();
      await turn();
      return asked;
    };
    return { small, large, ask };
  };

  it.each(['openai-chat', 'openai-responses', 'anthropic-messages'] as const)(
    'of %s goes on to the next',
    async (protocol) => {
      const { small, large, ask } = cascade();
      const { sink } = await ask({ model: 'r', ...questions[protocol], ...formats[protocol] }, { protocol });
      small.last.json(200, completion(bad));
      await turn();
      large.last.json(200, completion(good));
      expect(sink.head).toMatchObject({ status: 200, provider: 'large', attempts: 2 });
    },
  );

  it('of a stream as well, and stops at the first that fits', async () => {
    const { small, large, ask } = cascade();
    const { sink } = await ask({ model: 'r', stream: true, ...formats['openai-chat'] });
    small.last.open();
    small.last.send(...events('{"name":"a",', '"size":1}'));
    expect(sink.summary).toMatchObject({ outcome: 'complete' });
    expect(large.calls).toHaveLength(0);
  });
});
