import { describe, expect, it } from 'vitest';
import { memoryJournal, type RunEvent, type Step } from '../../src/index.ts';
import { functionDispatcher, type Work } from '../support/function-dispatcher.ts';
import { call, newBatch, workflow } from '../support/test-batch.ts';

describe('a batch', () => {
  it('runs steps after those they depend on, with what these came to', async () => {
    const { batch } = newBatch({
      list: () => ['a', 'b'],
      count: (task) => (task.fields.with as { list: string[] }).list.length,
    });
    const { state, outputs } = await batch.run(
      workflow([call('count', { with: { list: '${{ steps.list.output }}' } } as never), call('list')]),
    ).outcome;
    expect({ state, outputs }).toEqual({ state: 'committed', outputs: { count: 2, list: ['a', 'b'] } });
  });

  it('takes everything back when a step fails', async () => {
    const { batch, texts } = newBatch({
      one: (_, { write }) => write('a', 'new'),
      two: (_, { write }) => write('b', 'new'),
      three: () => {
        throw new Error('no luck');
      },
    });
    texts.set('a', 'old');
    const { state, error, conflicts } = await batch.run(
      workflow([call('one'), call('two', { dependencies: ['one'] }), call('three', { dependencies: ['two'] })]),
    ).outcome;
    expect({ state, error, conflicts }).toMatchObject({
      state: 'undone',
      error: { message: 'no luck' },
      conflicts: [],
    });
    expect([...texts]).toEqual([['a', 'old']]);
  });

  it('keeps what succeeded where that is wanted', async () => {
    const { batch, texts } = newBatch({
      one: (_, { write }) => write('a', 'new'),
      two: () => {
        throw new Error('no luck');
      },
      three: () => {},
    });
    const { state, steps } = await batch.run(
      workflow([call('two'), call('one'), call('three', { dependencies: ['two'] })], { recovery: 'keep-successful' }),
    ).outcome;
    expect(state).toBe('kept');
    expect(steps.map((step) => step.state)).toEqual(['failed', 'succeeded', 'blocked']);
    expect([...texts]).toEqual([['a', 'new']]);
  });

  it('runs a step once for each item, and gathers what came of them in order', async () => {
    const { batch } = newBatch({ each: ({ item, index }) => `${index}:${item}` });
    const { outputs, steps } = await batch.run(
      workflow([
        call('each', { map: '${{ inputs.list }}' }),
        call('after', { when: 'length(steps.each.output) == 3' }),
      ]),
      { inputs: { list: ['x', 'y', 'z'] } },
    ).outcome;
    expect(outputs).toEqual({ each: ['0:x', '1:y', '2:z'], after: null });
    expect(steps.map(({ step }) => step)).toEqual(['each', 'each[0]', 'each[1]', 'each[2]', 'after']);
  });

  it('asks a condition on the item for each item, and any other once', async () => {
    const { batch } = newBatch({ each: ({ item }) => item });
    const run = async (when: string) =>
      (await batch.run(workflow([call('each', { map: [1, 2, 3], when })])).outcome).outputs.each;
    expect(await run('item > 1')).toEqual([null, 2, 3]);
    expect(await run('1 > 2')).toBe(null);
  });

  it('runs a workflow in the place of a step', async () => {
    const { batch } = newBatch({ double: ({ fields }) => Number((fields.with as { of: number }).of) * 2 });
    const inner = workflow([
      call('double', { with: { of: '${{ inputs.number }}' } } as never),
      call('again', { call: 'double', with: { of: '${{ steps.double.output }}' } } as never),
    ]);
    const { outputs } = await batch.run(
      workflow([{ id: 'inner', workflow: inner, map: [1, 2], with: { number: '${{ item }}' } } as Step]),
    ).outcome;
    expect(outputs).toEqual({
      inner: [
        { double: 2, again: 4 },
        { double: 4, again: 8 },
      ],
    });
  });

  it('stops at a step that needs a yes, and goes on when it has it', async () => {
    const ran: string[] = [];
    const { batch } = newBatch({ one: () => void ran.push('one'), two: () => void ran.push('two') });
    const steps = [
      call('one'),
      { id: 'ok', approve: 'Go on?', dependencies: ['one'] } as Step,
      call('two', { dependencies: ['ok'] }),
    ];
    const first = batch.run(workflow(steps));
    expect(await first.outcome).toMatchObject({ state: 'paused', waiting: ['ok'] });
    expect(ran).toEqual(['one']);
    expect(await batch.resume(first.id, { approve: ['ok'] }).outcome).toMatchObject({ state: 'committed' });
    expect(ran).toEqual(['one', 'two']);
  });

  it('fills in what is not given by the defaults of the inputs, also of a workflow within', async () => {
    const { batch } = newBatch({ see: ({ fields }) => fields.with });
    const inner = workflow([call('see', { with: { c: '${{ inputs.c }}' } } as never)], {
      inputs: { c: { default: 3 } },
    });
    const { outputs } = await batch.run(
      workflow(
        [
          call('see', { with: { a: '${{ inputs.a }}', b: '${{ inputs.b }}' } } as never),
          { id: 'inner', workflow: inner },
        ],
        { inputs: { a: { default: 1 }, b: { default: 2 } } },
      ),
      { inputs: { a: 0 } },
    ).outcome;
    expect(outputs).toEqual({ see: { a: 0, b: 2 }, inner: { see: { c: 3 } } });
  });

  it('resumes a workflow that has functions in it by those of the same names', async () => {
    const { batch, journal } = newBatch({});
    const greet = (): string => 'hello';
    const steps: readonly Step[] = [
      { id: 'ok', approve: 'Go on?' },
      { id: 'greet', call: greet, dependencies: ['ok'] },
    ];
    const run = batch.run(workflow(steps));
    expect(await run.outcome).toMatchObject({ state: 'paused' });
    const next = newBatch({ greet }, { journal }).batch;
    expect(await next.resume(run.id, { approve: ['ok'] }).outcome).toMatchObject({
      state: 'committed',
      outputs: { greet: 'hello' },
    });
  });

  it('is closed at the end of its block', async () => {
    const calls: string[] = [];
    const dispatcher = { ...functionDispatcher(), close: async () => void calls.push('dispatcher') };
    const journal = { ...memoryJournal(), close: () => void calls.push('journal') };
    {
      await using batch = newBatch({}, { dispatcher, journal }).batch;
      expect(batch.history()).toEqual([]);
    }
    expect(calls).toEqual(['dispatcher', 'journal']);
  });

  it('undoes a finished run, and refuses where something has changed since', async () => {
    const { batch, texts } = newBatch({
      one: (_, { write }) => write('a', 'new'),
      two: (_, { write }) => write('a', 'newer'),
    });
    const run = batch.run(workflow([call('one'), call('two', { dependencies: ['one'] })]));
    await run.outcome;
    texts.set('a', 'mine');
    await expect(batch.undo(run.id)).rejects.toMatchObject({ code: 'BATCH_UNDO_CONFLICT' });
    texts.set('a', 'newer');
    expect(await batch.undo(run.id)).toMatchObject({ steps: ['two', 'one'], conflicts: [] });
    expect([...texts]).toEqual([]);
  });

  it('refuses two steps that write the same in any order', async () => {
    const write: Work = (_, options) => options.write('a', 'x');
    const { batch, texts } = newBatch({ one: write, two: write });
    const { state, error } = await batch.run(workflow([call('one'), call('two')])).outcome;
    expect({ state, error }).toMatchObject({ state: 'undone', error: { code: 'BATCH_WRITE_CONFLICT' } });
    expect(texts.size).toBe(0);
  });

  it('refuses them also where one of them has changed more in the same place', async () => {
    const { batch } = newBatch({
      one: (_, { write }) => {
        write('a.json#/x', '1');
        write('a.json#/y', '1');
      },
      two: (_, { write }) => write('a.json#/x', '2'),
    });
    const { error } = await batch.run(workflow([call('one'), call('two')])).outcome;
    expect(error).toMatchObject({ code: 'BATCH_WRITE_CONFLICT' });
  });

  it.each([
    ['nothing', () => Promise.reject()],
    ['null', () => Promise.reject(null)],
  ])('is taken back where a step fails with %s', async (_, fail) => {
    const { batch, texts } = newBatch({ one: (__, { write }) => write('a', 'new'), two: fail as Work });
    const steps = [call('one'), call('two', { dependencies: ['one'] }), call('three', { dependencies: ['two'] })];
    expect(await batch.run(workflow(steps)).outcome).toMatchObject({
      state: 'undone',
      error: { code: 'BATCH_STEP_FAILED' },
    });
    expect(texts.size).toBe(0);
  });

  it.each([10n, () => 1, Symbol('x')])('fails where what a step returns is no JSON: %o', async (value) => {
    const { batch, texts } = newBatch({
      one: (_, { write }) => {
        write('a', 'new');
        return value;
      },
    });
    const { state, error } = await batch.run(workflow([call('one')])).outcome;
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'BATCH_OUTPUT_NO_JSON', step: 'one' } });
    expect(texts.size).toBe(0);
  });

  it('refuses a yes to what has one, or does not wait', async () => {
    const { batch } = newBatch({ slow: () => new Promise((resolve) => setTimeout(resolve, 20)), end: () => 1 });
    const steps = [
      call('slow'),
      { id: 'ok', approve: 'Go on?' } as Step,
      call('end', { dependencies: ['ok', 'slow'] }),
    ];
    const run = batch.run(workflow(steps));
    for await (const event of run)
      if (event.type === 'approval-want') {
        await Promise.resolve();
        run.approve('ok');
        expect(() => run.approve('ok')).toThrow(expect.objectContaining({ code: 'BATCH_RUN_STATE' }));
      }
    expect(await run.outcome).toMatchObject({ state: 'committed' });
    expect(() => run.approve('ok')).toThrow(expect.objectContaining({ code: 'BATCH_RUN_STATE' }));
  });

  it('tells what happens', async () => {
    const { batch } = newBatch({ one: () => 1 });
    const events: RunEvent[] = [];
    for await (const event of batch.run(workflow([call('one')]))) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['run-start', 'step-start', 'step-end', 'run-end']);
  });
});
