import { readFileSync, writeFileSync } from 'node:fs';
import { Validator } from '@cfworker/json-schema';
import { toJsonSchema } from '@valibot/to-json-schema';
import { describe, expect, it } from 'vitest';
import { documentSchema } from '../../src/workflow/schema.ts';

const published = new URL('../../src/workflow.schema.json', import.meta.url);

/** What a schema cannot say in JSON is checked when a workflow is read. */
const generate = (): unknown => {
  const schema = toJsonSchema(documentSchema, {
    target: 'draft-07',
    typeMode: 'input',
    definitions: { workflow: documentSchema },
    ignoreActions: ['finite'],
  });
  // A workflow within a workflow is this schema again: siblings of a reference would not count.
  const { $defs } = schema as { $defs: { workflow: object } };
  const whole = {
    $schema: schema.$schema,
    $id: 'https://unpkg.com/@hotpath/batch/dist/workflow.schema.json',
    ...$defs.workflow,
  };
  return JSON.parse(JSON.stringify(whole).replaceAll('"#/$defs/workflow"', '"#"'));
};

describe('the published JSON Schema', () => {
  it('is the one that workflows are checked by (UPDATE_SCHEMA=1 writes it anew)', () => {
    const text = `${JSON.stringify(generate(), null, 2)}\n`;
    if (process.env.UPDATE_SCHEMA === '1') writeFileSync(published, text);
    expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(JSON.parse(text));
  });

  const validator = new Validator(JSON.parse(readFileSync(published, 'utf8')), '7');
  const isValid = (step: object): boolean => validator.validate({ name: 'w', steps: [step] }).valid;

  it.each([
    { id: 'a', agent: 'x', task: 't', dependencies: [] },
    { id: 'a', run: 'ls', env: { A: 'b' }, output: 'lines', timeoutMs: 5 },
    { id: 'a', file: 'x', find: 'a', replace: '' },
    { id: 'a', json: 'x', set: { '/a': 1 } },
    { id: 'a', call: 'f', map: [1, 2] },
    { id: 'a', workflow: { name: 'inner', steps: [{ id: 'b', run: 'ls' }] } },
    { id: 'a', approve: 'Sure?' },
  ])('takes %j', (step) => {
    expect(isValid(step)).toBe(true);
  });

  it.each([
    { id: 'a' },
    { id: 'a b', run: 'ls' },
    { id: 'a', run: 'ls', agent: 'x', task: 't' },
    { id: 'a', run: 'ls', timeout: 5 },
    { id: 'a', run: 'ls', timeoutMs: 0 },
    { id: 'a', workflow: { name: 'inner', steps: [{ id: 'b', ran: 'ls' }] } },
  ])('refuses %j', (step) => {
    expect(isValid(step)).toBe(false);
  });

  it('says of every field what it is', () => {
    const found: string[] = [];
    const visit = (schema: unknown, at: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { description?: string }> };
      for (const [name, property] of Object.entries(properties ?? {}))
        if (property.description === undefined) found.push(`${at}.${name}`);
      for (const [name, child] of Object.entries(schema)) visit(child, `${at}.${name}`);
    };
    visit(JSON.parse(readFileSync(published, 'utf8')), '');
    expect(found).toEqual([]);
  });
});
