import { loadWorkflow } from '@hotpath/batch';
import { expect, it } from 'vitest';
import { findingsOf, makeFolders } from '../../batch-engine/folders.ts';
import { reviewers } from '../agents.ts';
import { file, review } from '../index.ts';

const sources = {
  'src/login.ts': 'export const login = (x: string) => {\n  return eval(x);\n};\n',
  'src/lib/same.ts': 'export const isSame = (a: unknown, b: unknown) => a == b;\n',
};

it('has nothing against it in a plan', async () => {
  const { root } = makeFolders(sources);
  expect(await findingsOf(root, (await loadWorkflow(file)).workflow, {})).toEqual([]);
});

it('asks three agents at once, the editor when it has all three, and writes down what it says', async () => {
  const folders = makeFolders(sources);
  const asked: string[] = [];
  const { promise: allThree, resolve } = Promise.withResolvers<void>();
  const outcome = await review({
    ...folders,
    agents: async (request, options) => {
      asked.push(request.agent);
      if (asked.length === 3) resolve();
      // Would wait for ever if they were asked one after the other.
      if (request.agent !== 'editor') await allThree;
      return reviewers(request, options);
    },
  });
  expect(outcome).toMatchObject({ state: 'committed', error: undefined });
  expect(outcome.costUsd).toBeCloseTo(0.004);
  expect(asked.slice(0, 3).sort()).toEqual(['correctness', 'readability', 'security']);
  expect(asked[3]).toBe('editor');
  const text = folders.read('REVIEW.md');
  expect(text).toMatch(/^# Review of src\n\nCorrectness: /);
  expect(text).toContain('{"file":"src/lib/same.ts","line":1,"message":"compares with ==, which converts"}');
  expect(text).toContain('{"file":"src/login.ts","line":2,"message":"evaluates text as code"}');
  expect(text).toContain('{"file":"src/login.ts","line":1,"message":"has a name that says nothing"}');
});

it('asks again where an answer does not fit the schema, and writes nothing where none does', async () => {
  const folders = makeFolders(sources);
  let asked = 0;
  const outcome = await review({
    ...folders,
    agents: async (request, options) => {
      if (request.agent !== 'security') return reviewers(request, options);
      asked += 1;
      return '{"findings": [{"file": "src/login.ts"}]}';
    },
  });
  expect(outcome).toMatchObject({ state: 'failed', error: { code: 'BATCH_ANSWER_INVALID', step: 'security' } });
  expect(asked).toBe(3);
  expect(Object.keys(folders.tree())).toEqual(Object.keys(sources).sort());
});
