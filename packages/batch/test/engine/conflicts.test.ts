import { describe, expect, it } from 'vitest';
import type { Dispatcher } from '../../src/index.ts';
import type { Work } from '../support/function-dispatcher.ts';
import { call, newBatch, workflow } from '../support/test-batch.ts';

/** A step that changes nothing, and says that it has touched this. */
const touching = (touched: Readonly<Record<string, readonly string[]>>): Dispatcher => ({
  dispatch: async ({ step }) => ({
    output: step,
    changes: [{ workspace: 'memory', changes: [{ path: step, value: step }], touched: touched[step] ?? [] }],
  }),
});

const run = async (touched: Readonly<Record<string, readonly string[]>>, dependencies: readonly string[] = []) => {
  const { batch } = newBatch({}, { dispatcher: touching(touched) });
  const steps = Object.keys(touched).map((id, at) => call(id, at > 0 ? { dependencies } : {}));
  return batch.run(workflow(steps, { undeclaredWrites: 'allow' })).outcome;
};

describe('two steps in any order', () => {
  it.each([
    ['the same file', ['a/b'], ['a/b']],
    ['a folder that one takes away, and a file in it', ['a'], ['a/b/c']],
    ['a file, and the folder around it that is taken away', ['a/b/c'], ['a']],
    ['a folder that one makes and the other takes away', ['a/'], ['a']],
    ['a document, and a place in it', ['a.json'], ['a.json#/x']],
    ['a place in a document, and one within that', ['a.json#/x'], ['a.json#/x/y']],
    ['the same thing that has a name', ['name:db'], ['name:db']],
  ])('may not change %s', async (_, one, two) => {
    expect(await run({ one, two })).toMatchObject({ state: 'undone', error: { code: 'BATCH_WRITE_CONFLICT' } });
    expect(await run({ one, two }, ['one'])).toMatchObject({ state: 'committed' });
  });

  it.each([
    ['files of one folder that both have made', ['a/', 'a/b'], ['a/', 'a/c']],
    ['a folder that one has made, and the other a file in it', ['a/'], ['a/b']],
    ['two places of a document', ['a.json#/x'], ['a.json#/xy']],
    ['a file, and one whose name is longer', ['a'], ['ab']],
    ['a file, and a thing of that name', ['db'], ['name:db']],
  ])('may change %s', async (_, one, two) => {
    expect(await run({ one, two })).toMatchObject({ state: 'committed' });
  });

  it('are told from each other also where one comes after a third that has changed it', async () => {
    const { batch } = newBatch({}, { dispatcher: touching({ one: ['a'], two: ['a'], three: ['a'] }) });
    const steps = [call('one'), call('two', { dependencies: ['one'] }), call('three')];
    expect(await batch.run(workflow(steps, { undeclaredWrites: 'allow' })).outcome).toMatchObject({
      error: { code: 'BATCH_WRITE_CONFLICT' },
    });
  });

  it('are told from each other where one of them has run before the run was resumed', async () => {
    let isReady = false;
    const write: Work = (_, options) => options.write('same', 'text');
    const { batch, texts } = newBatch({
      one: write,
      two: write,
      late: () => {
        if (!isReady) throw new Error('not yet');
      },
    });
    const steps = [call('one'), call('late'), call('two', { dependencies: ['late'] })];
    const run = batch.run(workflow(steps, { recovery: 'keep-successful', undeclaredWrites: 'allow' }));
    expect((await run.outcome).state).toBe('kept');
    expect(batch.load(run.id)?.attempts.find(({ step, end }) => step === 'one' && end)).toMatchObject({
      touched: ['same'],
    });
    isReady = true;
    const { state, steps: ended } = await batch.resume(run.id).outcome;
    expect([state, texts.get('same')]).toEqual(['kept', 'text']);
    expect(ended.find(({ step }) => step === 'two')?.error).toMatchObject({ code: 'BATCH_WRITE_CONFLICT' });
  });
});

describe('a folder that is made', () => {
  it('need not be declared where something in it is', async () => {
    const { batch } = newBatch({}, { dispatcher: touching({ one: ['a/', 'a/b'] }) });
    const refusing = (writes: readonly string[]) =>
      batch.run(workflow([call('one', { writes })], { undeclaredWrites: 'refuse' })).outcome;
    expect(await refusing(['a/b'])).toMatchObject({ state: 'committed' });
    expect(await refusing(['b'])).toMatchObject({ error: { code: 'BATCH_WRITE_UNDECLARED' } });
    expect(await refusing(['a/c'])).toMatchObject({ error: { code: 'BATCH_WRITE_UNDECLARED' } });
  });
});
