import { readFileSync } from 'node:fs';
import * as library from '@actions/expressions';
import { describe, expect, it } from 'vitest';
import { expressionParser, functionNames } from '../../src/workflow/expression.ts';

const reference = readFileSync(new URL('../../../../docs/reference/workflow.md', import.meta.url), 'utf8');
const examples = [...reference.matchAll(/^\| `(\w+)\([^`]*\)` \| .* \| `(.+)` \| `(.+)` \|$/gm)].map(
  ([, name = '', text = '', result = '']) => ({ name, text, result }),
);

describe('functions of expressions in the reference', () => {
  it('are all there are', () => {
    expect(examples.map(({ name }) => name.toLowerCase()).sort()).toEqual([...functionNames].sort());
  });

  it.each(examples)('$text is $result', ({ text, result }) => {
    const expression = expressionParser(library)(text);
    expect(expression.evaluate({ inputs: {}, env: {}, step: () => undefined })).toEqual(JSON.parse(result));
  });
});
