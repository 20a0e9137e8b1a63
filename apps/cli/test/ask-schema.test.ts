import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closed, parseAnswer, responseFormatOf } from '../src/ask/answer-schema.ts';
import { readConciseSchema } from '../src/ask/concise-schema.ts';
import { freshMachine, type Machine } from './built.ts';
import { type Reply, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

describe('the concise form of a schema', () => {
  it('is a list of fields with types and descriptions', () => {
    expect(readConciseSchema('name, age int, score float, alive bool, tags str[]: three words')).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer' },
        score: { type: 'number' },
        alive: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' }, description: 'three words' },
      },
      required: ['name', 'age', 'score', 'alive', 'tags'],
      additionalProperties: false,
    });
  });

  it('has fields on lines of their own where a description holds a comma', () => {
    const { properties } = readConciseSchema('\nname: first, then last\n  age int\n');
    expect(properties).toEqual({ name: { type: 'string', description: 'first, then last' }, age: { type: 'integer' } });
  });

  it.each(['', ' , ', 'two words here', 'age integ', 'name, name', '9lives', 'a b c: d', 'x constructor'])(
    'refuses %j and says what to write',
    (text) => {
      expect(() => readConciseSchema(text)).toThrow(/is no field\. Write a name/);
    },
  );

  it('is read for anything, or refused in our words', () => {
    const piece = fc.oneof(
      fc.constantFrom('name', 'age int', '__proto__', 'constructor', 'tags str[]', ':', ',', '\n', ' '),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          const schema = readConciseSchema(pieces.join(''));
          const { properties, required } = JSON.parse(JSON.stringify(schema));
          expect(Object.keys(properties).sort()).toEqual([...required].sort());
          expect(responseFormatOf(schema)).toMatchObject({ strict: true });
        } catch (error) {
          expect(error).toMatchObject({ code: 'CLI_USAGE' });
        }
      }),
    );
  });

  it('reads back what was written in it', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
    const field = fc.tuple(name, fc.constantFrom('str', 'int', 'float', 'bool'), fc.stringMatching(/^[a-z :]{0,12}$/));
    fc.assert(
      fc.property(fc.uniqueArray(field, { selector: ([key]) => key, minLength: 1 }), (fields) => {
        const text = fields.map(([key, type, about]) => `${key} ${type}: ${about}`).join(', ');
        const { properties, required } = readConciseSchema(text);
        expect(required).toEqual(fields.map(([key]) => key));
        const abouts = Object.values(properties as Record<string, { description?: string }>);
        expect(abouts.map(({ description = '' }) => description)).toEqual(fields.map(([, , about]) => about.trim()));
      }),
    );
  });
});

describe('a schema as it is sent', () => {
  it('is closed wherever it says nothing, and strict where all is required', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'object', properties: { b: {} } } },
        properties: { type: 'string' },
      },
      required: ['a', 'properties'],
      default: { properties: { c: 1 } },
    };
    expect(closed(schema)).toEqual({
      ...schema,
      properties: {
        a: { type: 'array', items: { type: 'object', properties: { b: {} }, additionalProperties: false } },
        properties: { type: 'string' },
      },
      additionalProperties: false,
    });
    expect(responseFormatOf(schema)).not.toHaveProperty('strict');
    expect(closed({ properties: {}, additionalProperties: true })).toMatchObject({ additionalProperties: true });
  });
});

it('JSON is read out of a fence as well', () => {
  for (const text of ['{"a":1}', '```json\n{"a":1}\n```', ' ````\n{"a":1}\n````\n'])
    expect(parseAnswer(text)).toEqual({ value: { a: 1 } });
  expect(parseAnswer('Here you are: {"a":1}')).toBeUndefined();
});

describe('hotpath ask --schema', () => {
  let machine: Machine;
  let upstream: ScriptedUpstream;
  let replies: Reply[];

  beforeEach(async () => {
    machine = freshMachine();
    upstream = await scriptedUpstream((_, count) => replies[count - 1] ?? 'too much');
  });
  afterEach(() => upstream.close());

  const fields = 'name, age int';
  const ask = (model: string, ...args: string[]) =>
    machine.run(['ask', '-m', model, ...args], { environment: upstream.environment });

  it('prints JSON that fits, asked for in the provider’s own way', async () => {
    replies = ['{"name":"Ada","age":36}', '{"name":"Bob","age":1}'];
    const expected = '{\n  "name": "Ada",\n  "age": 36\n}\n';
    expect(await ask('openai/gpt-4.1-mini', '--schema', fields, 'Who?')).toMatchObject({ code: 0, stdout: expected });
    expect(upstream.asked[0]?.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: readConciseSchema(fields) },
    });
    const claude = await ask('anthropic/claude-haiku-4-5', '--schema', fields, '--json', 'Who?');
    expect(JSON.parse(claude.stdout)).toMatchObject({ value: { name: 'Bob', age: 1 }, provider: 'anthropic' });
    expect(upstream.asked[1]?.body.output_config.format).toEqual({
      type: 'json_schema',
      schema: readConciseSchema(fields),
    });
  });

  it('asks once again with what is wrong, and pays for both', async () => {
    replies = ['{"name":"Ada","age":"old"}', '{"name":"Ada","age":36}'];
    const { code, stdout, stderr } = await ask('openai/gpt-4.1-mini', '--schema', fields, '--json', 'Who?');
    expect(code).toBe(0);
    const { value, costUsd } = JSON.parse(stdout);
    expect(value).toEqual({ name: 'Ada', age: 36 });
    // Two answers of 10 and 5 tokens, at $0.4 and $1.6 for a million.
    expect(costUsd).toBeCloseTo(2 * (10 * 0.4 + 5 * 1.6) * 1e-6, 9);
    expect(stderr).toMatch(/does not fit the schema: #\/age: .*It is asked for once more/);
    const [, answer, correction] = upstream.asked[1]?.body.messages ?? [];
    expect(answer).toEqual({ role: 'assistant', content: '{"name":"Ada","age":"old"}' });
    expect(correction.content).toMatch(/does not fit the JSON Schema:\n- #\/age: /);
  });

  it('fails with what is wrong where the second one does not fit either', async () => {
    replies = ['no JSON', '{"name":1}'];
    const { code, stdout, stderr } = await ask('openai/gpt-4.1-mini', '--schema', fields, 'Who?');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/does not fit the schema, and the second one neither:\n {2}.*"age"/);
    expect(stderr).toContain('#/name: ');
    expect(upstream.asked).toHaveLength(2);
    const { turns } = JSON.parse((await machine.run(['conversations', 'show', '--json'])).stdout);
    expect(turns).toMatchObject([{ state: 'failed', answer: '{"name":1}' }]);
  });

  it('says it in words to a provider that refuses the setting, and to a model known to lack it', async () => {
    replies = [{ status: 400, message: 'response_format is not supported' }, '```json\n{"name":"Ada","age":36}\n```'];
    const inWords = await ask('openai/m', '-s', 'Be brief.', '--schema', fields, 'Who?');
    expect(inWords).toEqual({ code: 0, stdout: '{\n  "name": "Ada",\n  "age": 36\n}\n', stderr: '' });
    const { messages, response_format } = upstream.asked[1]?.body ?? {};
    expect(response_format).toBeUndefined();
    expect(messages[0].content).toMatch(/^Be brief\.\n\nAnswer with JSON alone.*"additionalProperties":false/s);

    machine.write(
      'hotpath.config.json',
      JSON.stringify({ routes: { old: { targets: [{ model: 'openai/m', capabilities: ['tools'] }] } } }),
    );
    replies = ['', '', '{"name":"Ada","age":36}'];
    expect(await ask('old', '--schema', fields, 'Whom?')).toMatchObject({ code: 0 });
    expect(upstream.asked[2]?.body.response_format).toBeUndefined();
  });

  it('takes a file, and JSON itself', async () => {
    replies = ['[1]', '[1]'];
    const schema = '{"type":"array","items":{"type":"integer"}}';
    expect(await ask('openai/m', '--schema', machine.write('s.json', schema), 'x')).toMatchObject({ code: 0 });
    expect(await ask('openai/m', '--schema', schema, 'y')).toMatchObject({ code: 0, stdout: '[\n  1\n]\n' });
  });

  it.each([
    ['a file that is missing', 'gone.json', /gone\.json is no JSON Schema: it cannot be read/],
    ['JSON that is none', '{"a"', /--schema is no JSON Schema/],
    ['a list', 'list.json', /it must be an object/],
    ['words', 'just some words', /"just some words" is no field/],
  ])('refuses %s', async (_, given, message) => {
    machine.write('list.json', '[]');
    const outcome = await ask('openai/m', '--schema', given, 'x');
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(upstream.asked).toHaveLength(0);
  });
});
