import { expect, it } from 'vitest';
import { createBatch, localDispatcher, type Step, type StepFunction } from '../../src/index.ts';

const run = (steps: readonly Step[]) =>
  createBatch({ root: '/nowhere', dispatcher: localDispatcher({}), workspaces: [] }).run({
    name: 'w',
    recovery: 'keep-successful',
    steps,
  }).outcome;
const see: StepFunction = ({ output, with: given }) => ({ called: [output('off'), output('after')], given });
const some: readonly Step[] = [
  { id: 'off', call: () => 1, when: 'false' },
  { id: 'after', call: () => 1, dependencies: ['off'] },
  { id: 'on', call: () => 1 },
  {
    id: 'see',
    call: see,
    dependencies: ['on'],
    with: {
      off: '${{ steps.off.output }} ${{ steps.off.state }}',
      after: '${{ steps.after.output }} ${{ steps.after.state }}',
      value: '${{ steps.after.output }}',
    },
  },
];
const seen = { called: [null, null], given: { off: ' skipped', after: ' skipped', value: null } };

it('a step that was skipped, by its condition or with what it needs, has the output null wherever one looks', async () => {
  const { outputs, steps } = await run(some);
  expect(outputs).toEqual({ off: null, after: null, on: 1, see: seen });
  expect(steps.map(({ state, output }) => [state, output])).toEqual([
    ['skipped', null],
    ['skipped', null],
    ['succeeded', 1],
    ['succeeded', seen],
  ]);
});

it('so it is for items of a list, and in a workflow within', async () => {
  const { outputs } = await run([
    { id: 'list', call: ({ item }) => item, map: [1, 2], when: 'item > 1' },
    { id: 'in', workflow: { name: 'i', steps: some } },
  ]);
  expect(outputs).toEqual({ list: [null, 2], in: { off: null, after: null, on: 1, see: seen } });
});

it('a step that failed, or did not run since another failed, has none', async () => {
  const fail = (): never => {
    throw new Error('no luck');
  };
  const { outputs } = await run([
    { id: 'bad', call: fail },
    { id: 'blocked', call: () => 1, dependencies: ['bad'] },
  ]);
  expect(outputs).toEqual({ bad: undefined, blocked: undefined });
  expect(Object.keys(outputs)).toEqual(['bad', 'blocked']);
});

it('a function that names no step is told so', async () => {
  const { steps } = await run([{ id: 'build', call: ({ output }) => output('biuld') }]);
  expect(steps[0]?.error).toMatchObject({
    code: 'BATCH_STEP_UNKNOWN',
    step: 'build',
    message: expect.stringMatching(/"biuld".*There are: build/),
  });
});
