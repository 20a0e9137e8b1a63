import { expect, it } from 'vitest';
import { jsonSchemaErrors } from '../src/json-schema.ts';

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    age: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['name', 'age'],
  additionalProperties: false,
};

it('tells everything that is wrong, by its place', async () => {
  const errors = await jsonSchemaErrors(schema, { age: 'old', tags: ['a', 1], other: true });
  const text = errors.join('\n');
  for (const part of ['"name"', '#/age: ', '#/tags/1: ', '#/other']) expect(text).toContain(part);
  expect(errors.length).toBeLessThanOrEqual(5);
});

it('tells nothing where all fits, and of a schema that cannot be followed', async () => {
  expect(await jsonSchemaErrors(schema, { name: 'Ada', age: 36 })).toEqual([]);
  expect(await jsonSchemaErrors({ $ref: 'https://example.com/elsewhere.json' }, 1)).toEqual([]);
});

it('gives up on a schema whose check does not end', async () => {
  const slow = { type: 'string', pattern: '^(a+)+$' };
  expect(await jsonSchemaErrors(slow, `${'a'.repeat(40)}!`)).toEqual(['it takes too long']);
});
