import { expect, it } from 'vitest';
import { createBatch, type Step, type Workflow } from '../../src/index.ts';
import { functionDispatcher } from '../support/function-dispatcher.ts';

const newBatch = () => {
  const ran: string[] = [];
  const batch = createBatch({
    root: '/nowhere',
    dispatcher: functionDispatcher({
      see: ({ step, fields }) => {
        ran.push(step);
        return fields.with;
      },
    }),
    workspaces: [],
  });
  return { batch, ran };
};
const see = (id: string, given: object): Step => ({ id, call: 'see', with: given as Record<string, unknown> });
const inputs: Workflow['inputs'] = {
  version: { required: true, type: 'string' },
  count: { type: 'number' },
  files: { required: true, type: 'list' },
  note: { default: 'none' },
};
const wanting: Workflow = { name: 'release', inputs, steps: [see('one', { note: '${{ inputs.note }}' })] };

it('a run that is not given what it wants does not begin, and says all of it', async () => {
  const { batch, ran } = newBatch();
  await expect(batch.run(wanting, { inputs: { count: '3' } }).outcome).rejects.toMatchObject({
    code: 'BATCH_INPUT_INVALID',
    field: 'inputs.version',
    problems: [{ path: 'inputs.version' }, { path: 'inputs.count' }, { path: 'inputs.files' }],
    message: expect.stringMatching(
      /"version" is missing: it is a string[\s\S]*"count" is a string, and must be a number[\s\S]*"files" is missing/,
    ),
  });
  expect(ran).toEqual([]);
  expect(batch.history()).toEqual([]);
});

it('nothing is given by null, and by what all objects have', async () => {
  const { batch } = newBatch();
  const own: Workflow = { ...wanting, inputs: { ...inputs, constructor: { required: true } } };
  const given = { version: null, files: [], note: null };
  await expect(batch.run(own, { inputs: given }).outcome).rejects.toMatchObject({
    problems: [{ path: 'inputs.version' }, { path: 'inputs.constructor' }],
  });
  const { outputs } = await batch.run(wanting, { inputs: { ...given, version: '1' } }).outcome;
  expect(outputs).toEqual({ one: { note: 'none' } });
});

it('a step fails whose workflow is not given what it wants', async () => {
  const { batch, ran } = newBatch();
  const run = batch.run({
    name: 'w',
    recovery: 'keep-successful',
    steps: [
      see('before', { files: 'a' }),
      { id: 'in', workflow: wanting, with: { version: '1', files: '${{ steps.before.output.files }}' } },
    ],
  });
  const { steps } = await run.outcome;
  expect(steps[1]).toMatchObject({
    state: 'failed',
    attempts: 1,
    error: { code: 'BATCH_INPUT_INVALID', step: 'in', problems: [{ path: 'inputs.files' }] },
  });
  expect(ran).toEqual(['before']);
});
