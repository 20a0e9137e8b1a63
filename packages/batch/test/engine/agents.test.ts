import { expect, it } from 'vitest';
import {
  type AgentRequest,
  compileWorkflow,
  createBatch,
  localDispatcher,
  memoryJournal,
  validate,
  type Workflow,
} from '../../src/index.ts';
import { fakeWorld } from '../support/fake-world.ts';

const runWith = async (workflow: Workflow, inputs = {}) => {
  const asked: AgentRequest[] = [];
  const dispatcher = localDispatcher({
    agents: async (request) => {
      asked.push(request);
      return 'done';
    },
  });
  const batch = createBatch({ root: '/nowhere', dispatcher, workspaces: [], journal: memoryJournal() });
  const outcome = await batch.run(workflow, { inputs }).outcome;
  return { asked, outcome, batch };
};

const inner: Workflow = {
  name: 'inner',
  agents: { writer: { model: 'inner/model' } },
  steps: [
    { id: 'write', agent: 'writer', task: 't' },
    { id: 'review', agent: 'reviewer', task: 't' },
  ],
};

it('a step has the settings of its agent, and its own over them; workflows within have those of the outer one', async () => {
  const { asked } = await runWith({
    name: 'w',
    concurrency: 1,
    inputs: { tone: { default: 'kind' } },
    agents: {
      reviewer: { model: 'a/b', system: 'Be ${{ inputs.tone }}.', temperature: 0.5, maxTokens: 9 },
      writer: { model: 'outer/model' },
    },
    steps: [
      { id: 'one', agent: 'reviewer', task: 'look' },
      { id: 'two', agent: 'reviewer', task: 'look', model: 'own/model', system: 'Be strict.' },
      { id: 'three', agent: 'stranger', task: 'look' },
      { id: 'within', workflow: inner },
    ],
  });
  const settingsOf = ({ agent, model, system, temperature, maxTokens }: AgentRequest) => [
    agent,
    model,
    system,
    temperature,
    maxTokens,
  ];
  expect(asked.map(settingsOf)).toEqual([
    ['reviewer', 'a/b', 'Be kind.', 0.5, 9],
    ['reviewer', 'own/model', 'Be strict.', 0.5, 9],
    ['stranger', undefined, undefined, undefined, undefined],
    ['writer', 'inner/model', undefined, undefined, undefined],
    ['reviewer', 'a/b', 'Be .', 0.5, 9],
  ]);
});

it('another way by another agent has the settings of that one', async () => {
  const asked: AgentRequest[] = [];
  const dispatcher = localDispatcher({
    agents: async (request) => {
      asked.push(request);
      if (request.agent !== 'third') throw new Error('no luck');
      return 'done';
    },
  });
  const batch = createBatch({ root: '/nowhere', dispatcher, workspaces: [], journal: memoryJournal() });
  const { state } = await batch.run({
    name: 'w',
    agents: {
      first: { model: 'a/first', system: 'You are the first.', temperature: 1 },
      second: { model: 'a/second', system: 'You are the second, of ${{ inputs.count }}.', temperature: 2 },
    },
    inputs: { count: { default: 3 } },
    steps: [
      {
        id: 'one',
        agent: 'first',
        task: 'look',
        temperature: 0.5,
        otherwise: [{ model: 'a/other' }, { agent: 'second' }, { agent: 'third', model: 'a/third' }],
      },
    ],
  }).outcome;
  expect(state).toBe('committed');
  expect(asked.map(({ agent, model, system, temperature }) => [agent, model, system, temperature])).toEqual([
    ['first', 'a/first', 'You are the first.', 0.5],
    ['first', 'a/other', 'You are the first.', 0.5],
    ['second', 'a/second', 'You are the second, of 3.', 0.5],
    ['third', 'a/third', undefined, 0.5],
  ]);
});

it('settings are checked field by field', async () => {
  const steps = [{ id: 'one', agent: 'reviewer', task: 'look' }];
  const workflow = { name: 'w', agents: { reviewer: { modle: 'x', temperature: 3 }, writer: 'x' }, steps };
  await expect(compileWorkflow(workflow as never)).rejects.toMatchObject({
    problems: [
      { path: 'agents.reviewer.modle', meant: 'model' },
      { path: 'agents.reviewer.temperature' },
      { path: 'agents.writer' },
    ],
  });
});

it('an agent without settings is a warning where there is one for all names', async () => {
  const workflow = {
    name: 'w',
    agents: { reviewer: {} },
    steps: [
      { id: 'one', agent: 'reviewr', task: 'look' },
      { id: 'two', agent: 'poet', task: 'look', system: 'You are a poet.' },
      { id: 'three', agent: 'reviewer', task: 'look' },
    ],
  };
  expect(await validate(workflow, fakeWorld())).toEqual([]);
  expect(await validate(workflow, fakeWorld(), { hasDefaultAgent: true })).toMatchObject([
    { code: 'BATCH_AGENT_UNKNOWN', severity: 'warning', step: 'one', fix: { isSafe: false } },
  ]);
});

it('inputs that are not given are what the workflow says, also within another', async () => {
  const { outcome } = await runWith({
    name: 'w',
    inputs: { who: { default: 'you' } },
    steps: [
      {
        id: 'within',
        workflow: {
          name: 'inner',
          inputs: { a: { default: 1 }, b: { default: 2 } },
          steps: [
            { id: 'tell', call: ({ with: given }) => given, with: { a: '${{ inputs.a }}', b: '${{ inputs.b }}' } },
          ],
        },
        with: { b: '${{ inputs.who }}' },
      },
    ],
  });
  expect(outcome.outputs).toEqual({ within: { tell: { a: 1, b: 'you' } } });
});

it('a paused run can be undone', async () => {
  const { outcome, batch } = await runWith({ name: 'w', steps: [{ id: 'ask', approve: 'Go on?' }] });
  expect(outcome.state).toBe('paused');
  await batch.undo(outcome.run);
  expect(batch.load(outcome.run)?.run.state).toBe('undone');
});
