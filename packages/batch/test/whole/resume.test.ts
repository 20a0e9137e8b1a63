import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Batch, Step, Workflow } from '../../src/index.ts';
import { type BatchMachine, batchMachine } from './machine.ts';

const workflow = (steps: readonly object[], fields: Partial<Workflow> = {}): Workflow => ({
  name: 'test',
  recovery: 'keep-successful',
  steps: steps as readonly Step[],
  ...fields,
});
const broken = { id: 'broken', run: 'exit 1', retries: 0, dependencies: ['first'] };
const mended = { ...broken, run: 'echo well > well', writes: ['well'] };
const first = { id: 'first', file: 'a', content: '${{ inputs.text }}' };
const before = workflow([first, broken], { inputs: { text: { default: 'a' } } });

/** A run of which the first step has succeeded, and the second has not. */
const stopped = async (definition = before): Promise<{ machine: BatchMachine; batch: Batch; run: string }> => {
  const machine = batchMachine();
  const batch = machine.open();
  const run = batch.run(definition);
  expect((await run.outcome).state).toBe('kept');
  return { machine, batch, run: run.id };
};

describe('a run that goes on by another definition', () => {
  it('does what had not succeeded as it is now, and is that from then on', async () => {
    const { machine, batch, run } = await stopped();
    const now = { ...before, steps: [first, mended, { id: 'more', file: 'b', content: 'b' }] as Step[] };
    const { state, steps } = await batch.resume(run, { workflow: now, file: '/new.yaml' }).outcome;
    expect(state).toBe('committed');
    expect(steps.map(({ step, attempts }) => [step, attempts])).toEqual([
      ['first', 1],
      ['broken', 2],
      ['more', 1],
    ]);
    expect(machine.tree()).toEqual({ a: 'a', b: 'b', well: 'well\n' });
    const record = batch.load(run)?.run;
    expect(JSON.parse(record?.definition ?? '')).toEqual(now);
    expect(record?.file).toBe('/new.yaml');
    await batch.undo(run);
    expect(machine.tree()).toEqual({});
  });

  it.each<[string, Workflow, string]>([
    ['has changed', { ...before, steps: [{ ...first, content: 'other' }, mended] as Step[] }, '"first" has changed'],
    ['is gone', workflow([{ ...mended, dependencies: [] }]), '"first" is gone'],
    [
      'has another input',
      { ...before, inputs: { text: { default: 'b' } }, steps: [first, mended] as Step[] },
      '"first" has changed',
    ],
    [
      'comes after a new one',
      workflow([{ id: 'zero', run: 'true', writes: ['a'] }, first, mended], { inputs: before.inputs }),
      '"first" comes after what has changed',
    ],
    [
      'would overwrite what a new one reads',
      workflow([{ id: 'zero', run: 'cat a', reads: ['a'] }, first, mended], { inputs: before.inputs }),
      '"first" comes after what has changed',
    ],
    ['is of another workflow', { ...before, name: 'other' }, 'is one of the workflow "test"'],
  ])('is refused where a finished step %s, and nothing is touched', async (_, now, words) => {
    const { machine, batch, run } = await stopped();
    const history = batch.load(run);
    await expect(batch.resume(run, { workflow: now }).outcome).rejects.toMatchObject({
      code: 'BATCH_RESUME_CHANGED',
      message: expect.stringContaining(words),
    });
    expect(batch.load(run)).toEqual(history);
    expect(machine.tree()).toEqual({ a: 'a' });
    expect((await batch.resume(run).outcome).state).toBe('kept');
  });

  it('takes how a finished step is run for no change, nor an input that had been given', async () => {
    const machine = batchMachine();
    const batch = machine.open();
    const run = batch.run(before, { inputs: { text: 'given' } });
    await run.outcome;
    const now = {
      ...before,
      inputs: { text: { default: 'b' } },
      steps: [{ ...first, timeoutMs: 9_000 }, mended] as Step[],
    };
    expect((await batch.resume(run.id, { workflow: now }).outcome).state).toBe('committed');
    expect(machine.tree()).toEqual({ a: 'given', well: 'well\n' });
  });

  it('has what is said of the whole run stay where the new one does not say it', async () => {
    const { machine, batch, run } = await stopped();
    const { recovery: _, ...now } = { ...before, description: 'other' };
    expect((await batch.resume(run, { workflow: now }).outcome).state).toBe('kept');
    expect(machine.tree()).toEqual({ a: 'a' });
    expect((await batch.resume(run, { workflow: { ...now, recovery: 'atomic' } }).outcome).state).toBe('undone');
    expect(machine.tree()).toEqual({});
  });

  it('goes over the list that a step has now, though it had another from its environment', async () => {
    const machine = batchMachine();
    const batch = machine.open({ env: { LIST: '["a"]', OTHER: '["b"]' } });
    const each = { id: 'each', map: '${{ fromJSON(env.LIST) }}', run: 'exit 1', retries: 0 };
    const run = batch.run(workflow([each]));
    expect((await run.outcome).state).toBe('kept');
    const now = workflow([{ ...each, map: '${{ fromJSON(env.OTHER) }}', run: 'echo ${{ item }}' }]);
    expect((await batch.resume(run.id, { workflow: now }).outcome).outputs).toEqual({ each: ['b'] });
  });

  it('gives a workflow within what it had from its environment, and another one what there is now', async () => {
    const machine = batchMachine();
    const steps = [
      { id: 'made', file: '${{ inputs.name }}', content: 'x' },
      { id: 'broken', run: 'exit 1', retries: 0, dependencies: ['made'] },
    ] as readonly Step[];
    const inner: Workflow = { name: 'inner', inputs: { name: {} }, steps };
    const definition = (...own: readonly object[]): Workflow =>
      workflow([
        { id: 'each', map: ['a', 'b'], workflow: inner, with: { name: '${{ env.NAME }}-${{ item }}' } },
        ...own,
      ]);
    const batch = machine.open({ env: { NAME: 'then' } });
    const run = batch.run(definition());
    expect((await run.outcome).state).toBe('kept');
    await batch.close();
    const other = machine.open({ env: { NAME: 'now' } });
    const again = { id: 'late', workflow: { ...inner, steps: steps.slice(0, 1) }, with: { name: '${{ env.NAME }}' } };
    const went = definition(again);
    const mendedInner = { ...inner, steps: [steps[0], { ...steps[1], run: 'echo ${{ inputs.name }}' }] as Step[] };
    const now = { ...went, steps: [{ ...went.steps[0], workflow: mendedInner }, went.steps[1]] as Step[] };
    const { state, outputs } = await other.resume(run.id, { workflow: now }).outcome;
    expect(state).toBe('committed');
    expect(machine.tree()).toEqual({ 'then-a': 'x', 'then-b': 'x', now: 'x' });
    expect(outputs).toMatchObject({ each: [{ broken: 'then-a' }, { broken: 'then-b' }] });
  });

  it('looks into workflows within, and at the items of lists', async () => {
    const inner = (steps: readonly object[]): Workflow => ({ name: 'inner', steps: steps as readonly Step[] });
    const outer = (steps: readonly object[], each: string): Workflow =>
      workflow([
        { id: 'in', workflow: inner(steps) },
        { id: 'each', map: [1, 2], run: each, retries: 0 },
      ]);
    const one = { id: 'one', file: 'one', content: '1' };
    const fails = 'test ${{ item }} = 1';
    const { batch, run } = await stopped(outer([one, { id: 'two', run: 'exit 1', retries: 0 }], fails));
    const changed = outer(
      [
        { ...one, content: '2' },
        { id: 'two', run: 'true' },
      ],
      'true',
    );
    await expect(batch.resume(run, { workflow: changed }).outcome).rejects.toMatchObject({ via: ['in/one', 'each'] });
    const well = outer([one, { id: 'two', run: 'true' }], fails);
    const { steps } = await batch.resume(run, { workflow: well }).outcome;
    expect(steps.filter(({ state }) => state !== 'succeeded').map(({ step }) => step)).toEqual(['each', 'each[1]']);
  });
});

describe('what is verified before anything begins', () => {
  it('is seen while nobody else can change the folder, after what was left is in order', async () => {
    const machine = batchMachine();
    const batch = machine.open();
    const other = machine.open();
    const log: unknown[] = [];
    const run = batch.run(workflow([first]), {
      async verify() {
        appendFileSync(join(machine.root, 'seen'), 'x');
        log.push(await other.run(workflow([first])).outcome.catch(({ code }) => code));
        throw new Error('it has changed');
      },
    });
    await expect(run.outcome).rejects.toThrow('it has changed');
    expect(log).toEqual(['BATCH_LOCKED']);
    expect(machine.tree()).toEqual({ seen: 'x' });
    expect(batch.history()).toEqual([]);
    expect((await batch.run(workflow([first]), { inputs: { text: 'y' } }).outcome).state).toBe('committed');
  });
});

describe('a run that was taken back', () => {
  it('keeps its own end, and says when it was', async () => {
    const machine = batchMachine();
    let nowMs = 1_000;
    const batch = machine.open({ clock: { now: () => nowMs, after: () => () => {} } });
    const run = batch.run(workflow([{ id: 'a', file: 'a', content: 'x' }]));
    await run.outcome;
    nowMs = 90_000;
    await batch.undo(run.id);
    expect(batch.load(run.id)?.run).toMatchObject({ state: 'undone', endedAtMs: 1_000, undoneAtMs: 90_000 });
    nowMs = 100_000;
    expect(await batch.prune({ maxAgeMs: 95_000 })).toEqual([run.id]);
    expect(existsSync(join(machine.root, 'a'))).toBe(false);
  });
});
