import { beforeAll, expect, it } from 'vitest';
import { createBatch, type Step, type StepContext, type Workflow } from '../../src/index.ts';
import { functionDispatcher, type Work } from '../support/function-dispatcher.ts';
import { manualClock, settle } from '../support/manual-clock.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';

const call = (id: string, fields: object = {}): Step => ({ id, call: id, ...fields }) as Step;
const newBatch = (functions: Readonly<Record<string, Work>>) => {
  const clock = manualClock();
  const texts = new Map<string, string>();
  const workspaces = [memoryWorkspace(texts)];
  return {
    clock,
    texts,
    batch: createBatch({ root: '/nowhere', dispatcher: functionDispatcher(functions), workspaces, clock }),
  };
};
// Loaded by the first workflow that is compiled, which takes time that no clock here tells.
beforeAll(() => import('@actions/expressions').then(() => {}));

/** Until all that can run does. */
const started = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
};
/** Ends when it is stopped. */
const endless: Work = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const slow: Workflow = { name: 'i', steps: [call('slow'), call('after', { dependencies: ['slow'] })] };

it.each([
  ['of the step', { id: 'in', workflow: slow, timeoutMs: 50 }],
  ['of the workflow', { id: 'in', workflow: { ...slow, timeoutMs: 50 } }],
  ['of both, the shorter one', { id: 'in', workflow: { ...slow, timeoutMs: 50 }, timeoutMs: 500 }],
])('a workflow within a run is stopped at the time limit %s', async (_, step) => {
  const { batch, clock } = newBatch({ slow: endless, after: () => 1, other: endless, last: () => 1 });
  const steps = [step as Step, call('other', { timeoutMs: 1_000, retries: 0 }), call('last', { dependencies: ['in'] })];
  const run = batch.run({ name: 'w', recovery: 'keep-successful', steps });
  await started();
  await clock.advance(49);
  await clock.advance(1);
  await started();
  await clock.advance(950);
  const { steps: ended, error } = await run.outcome;
  expect(error).toMatchObject({ code: 'BATCH_STEP_TIMEOUT', step: 'in', message: expect.stringContaining('50 ms') });
  expect(ended.map(({ step: name, state }) => [name, state])).toEqual([
    ['in', 'failed'],
    ['in/slow', 'failed'],
    ['in/after', 'cancelled'],
    ['other', 'failed'],
    ['last', 'blocked'],
  ]);
  expect(ended[0]?.error).toMatchObject({ code: 'BATCH_STEP_TIMEOUT', step: 'in' });
  expect(ended[1]).toMatchObject({ attempts: 1, error: { step: 'in' } });
  expect(ended[3]?.error).toMatchObject({ step: 'other', message: expect.stringContaining('1000 ms') });
});

it('a time limit is that of each item, and of what stands within it however deep', async () => {
  const { batch, clock } = newBatch({
    slow: (task, options) => (task.index === 1 ? endless(task, options) : 1),
    after: () => 1,
  });
  const deep: Workflow = { name: 'd', steps: [{ id: 'deeper', workflow: slow }] };
  const run = batch.run({
    name: 'w',
    recovery: 'keep-successful',
    steps: [{ id: 'in', workflow: deep, timeoutMs: 50, map: [0, 1] } as Step],
  });
  await started();
  await clock.advance(60);
  const { steps } = await run.outcome;
  expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
    'in failed',
    'in[0] succeeded',
    'in[0]/deeper succeeded',
    'in[0]/deeper/slow succeeded',
    'in[0]/deeper/after succeeded',
    'in[1] failed',
    'in[1]/deeper failed',
    'in[1]/deeper/slow failed',
    'in[1]/deeper/after cancelled',
  ]);
});

it('a time limit of a workflow within takes an atomic run back', async () => {
  const { batch, clock, texts } = newBatch({ one: (_, { write }) => write('a', 'new'), slow: endless, after: () => 1 });
  const run = batch.run({ name: 'w', steps: [call('one'), { id: 'in', workflow: slow, timeoutMs: 50 }] });
  await started();
  await clock.advance(60);
  expect(await run.outcome).toMatchObject({ state: 'undone', error: { code: 'BATCH_STEP_TIMEOUT', step: 'in' } });
  expect(texts.size).toBe(0);
});

it('a time limit that is not reached leaves no timer', async () => {
  const { batch, clock } = newBatch({ slow: () => 1, after: () => 1 });
  const run = batch.run({
    name: 'w',
    steps: [
      { id: 'in', workflow: slow, timeoutMs: 50 },
      { id: 'ok', approve: 'Go?' },
    ],
  });
  await started();
  await clock.advance(100);
  expect(await run.outcome).toMatchObject({ state: 'paused', outputs: { in: { slow: 1, after: 1 } } });
});

it('no more steps of a workflow within run at once than it says, in each place it runs', async () => {
  let most = 0;
  const running = new Map<string, number>();
  const all: string[] = [];
  const work = async ({ step }: StepContext): Promise<void> => {
    const place = step.replace(/\/.*/, '');
    all.push(step);
    running.set(place, (running.get(place) ?? 0) + 1);
    most = Math.max(most, ...running.values());
    await settle();
    running.set(place, (running.get(place) ?? 0) - 1);
  };
  const inner: Workflow = {
    name: 'i',
    concurrency: 1,
    steps: [
      { id: 'a', call: work },
      { id: 'b', call: work, map: [1, 2] },
      { id: 'c', call: work },
    ],
  };
  const { batch } = newBatch({});
  const run = batch.run({ name: 'w', concurrency: 8, steps: [{ id: 'in', workflow: inner, map: [1, 2, 3] }] });
  expect((await run.outcome).state).toBe('committed');
  expect(all).toHaveLength(12);
  expect(most).toBe(1);
  // Beside each other they run all the same.
  expect(all.slice(0, 3).map((step) => step.replace(/\/.*/, ''))).toEqual(['in[0]', 'in[1]', 'in[2]']);
});

it('what becomes of undeclared writes is said by the workflow that is nearest', async () => {
  const { batch } = newBatch({ one: (_, { write }) => write('a', 'x'), two: (_, { write }) => write('b', 'x') });
  const runWith = async (outer: Workflow['undeclaredWrites'], own: Workflow['undeclaredWrites']) => {
    const inner: Workflow = { name: 'i', steps: [call('two')], undeclaredWrites: own };
    const run = batch.run({ name: 'w', undeclaredWrites: outer, steps: [{ id: 'in', workflow: inner }] });
    const told: string[] = [];
    for await (const event of run) if (event.type === 'write-undeclared') told.push(event.step);
    return [(await run.outcome).state, told];
  };
  expect(await runWith('allow', 'refuse')).toEqual(['failed', []]);
  expect(await runWith('refuse', 'allow')).toEqual(['committed', []]);
  expect(await runWith('refuse', undefined)).toEqual(['failed', []]);
  expect(await runWith(undefined, 'report')).toEqual(['committed', ['in/two']]);
});
