import { describe, expect, it } from 'vitest';
import type { RunEvent, Step, Task, TaskResult, Workflow } from '../../src/index.ts';
import { call, newBatch, workflow } from '../support/test-batch.ts';

const fail = (): never => {
  throw new Error('no luck');
};

const endsOf = async (
  steps: readonly Step[],
  fields: Partial<Workflow> = {},
): Promise<Readonly<Record<string, string>>> => {
  const { batch } = newBatch({ fail, fine: () => 1, list: () => [1, 2] });
  const ends: Record<string, string> = {};
  for await (const event of batch.run(workflow(steps, fields), { concurrency: 1 }))
    if (event.type === 'step-end') {
      expect(ends).not.toHaveProperty([event.step]);
      ends[event.step] = event.state;
    }
  return ends;
};

describe('every step has one end that is told', () => {
  it('where what it needs has failed', async () => {
    const steps = [call('fail'), call('a', { dependencies: ['fail'] }), call('b', { dependencies: ['a'] })];
    expect(await endsOf(steps, { recovery: 'keep-successful' })).toEqual({
      fail: 'failed',
      a: 'blocked',
      b: 'blocked',
    });
  });

  it('where all that it needs was skipped', async () => {
    const steps = [call('fine', { when: 'false' }), call('a', { dependencies: ['fine'] })];
    expect(await endsOf(steps)).toEqual({ fine: 'skipped', a: 'skipped' });
  });

  it('where the run was stopped', async () => {
    const steps = [call('fail', { priority: 1 }), call('fine'), call('list', { priority: 2 })];
    expect(await endsOf(steps)).toEqual({ list: 'succeeded', fail: 'failed', fine: 'cancelled' });
  });

  it('where it stood for many, and the run was stopped within', async () => {
    const steps = [call('many', { call: 'fail', map: [1, 2] })];
    expect(await endsOf(steps)).toEqual({ 'many[0]': 'failed', 'many[1]': 'cancelled', many: 'failed' });
  });
});

describe('what a run costs', () => {
  it('is written down with each attempt, also with those that were tried again', async () => {
    const costly = Object.assign(new Error('too short'), { isRetryable: true, costUsd: 0.25 });
    let attempts = 0;
    const { batch } = newBatch(
      {},
      {
        dispatcher: {
          dispatch: async () => {
            attempts += 1;
            if (attempts < 3) throw costly;
            return { costUsd: 1 };
          },
        },
      },
    );
    const run = batch.run(workflow([call('a', { retryDelayMs: 0 })]));
    expect(await run.outcome).toMatchObject({ costUsd: 1.5, steps: [{ costUsd: 1.5 }] });
    expect(batch.load(run.id)?.attempts.map(({ costUsd }) => costUsd)).toEqual([0.25, 0.25, 1]);
  });

  it('counts what brought nothing, whatever is tried next: another way, or what somebody decided', async () => {
    const dispatch = async ({ fields, attempt }: Task): Promise<TaskResult> => {
      if (fields.call === 'other' && attempt === 3) return { costUsd: 1 };
      throw Object.assign(new Error('does not fit'), { costUsd: 0.25 });
    };
    const { batch } = newBatch({}, { dispatcher: { dispatch } });
    const run = batch.run(workflow([call('a', { otherwise: [{ call: 'other' }] })]), {
      onFailure: async () => ({ type: 'retry' }),
    });
    expect(await run.outcome).toMatchObject({ state: 'committed', costUsd: 1.5 });
    expect(batch.load(run.id)?.attempts.map(({ costUsd }) => costUsd)).toEqual([0.25, 0.25, 1]);
  });
});

describe('a budget', () => {
  const agent = (id: string, fields: Readonly<Record<string, unknown>> = {}): Step =>
    ({ id, agent: 'any', task: 'do', retry: 'never', ...fields }) as Step;

  it('cannot be held where what an agent has cost is not known, and no other is asked', async () => {
    const asked: string[] = [];
    const { batch } = newBatch(
      {},
      {
        dispatcher: {
          dispatch: async ({ step }) => {
            asked.push(step);
            return { output: step, costUsd: step === 'free' ? 0 : undefined };
          },
        },
      },
    );
    const steps = [agent('free', { priority: 1 }), agent('a'), agent('b')];
    const { error } = await batch.run(workflow(steps, { maxCostUsd: 1 }), { concurrency: 1 }).outcome;
    expect(error).toMatchObject({ code: 'BATCH_BUDGET', step: 'a', message: expect.stringContaining('not known') });
    expect(asked).toEqual(['free', 'a']);
    expect(await batch.run(workflow(steps)).outcome).toMatchObject({ state: 'committed' });
  });

  it('is charged for what took too long and was paid all the same', async () => {
    const { batch } = newBatch(
      {},
      {
        dispatcher: {
          dispatch: (_, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(Object.assign(new Error('left'), { costUsd: 0.75 })));
            }),
        },
      },
    );
    const run = batch.run(workflow([agent('slow', { timeoutMs: 5 })], { maxCostUsd: 1 }));
    expect(await run.outcome).toMatchObject({ costUsd: 0.75, error: { code: 'BATCH_STEP_TIMEOUT' } });
    expect(batch.load(run.id)?.attempts).toMatchObject([{ end: 'failed', costUsd: 0.75 }]);
  });
});

describe('whoever iterates over a run', () => {
  const collect = async (run: AsyncIterable<RunEvent>): Promise<readonly string[]> => {
    const types: string[] = [];
    for await (const { type } of run) types.push(type);
    return types;
  };

  it('hears why it could not begin', async () => {
    const { batch } = newBatch({});
    await expect(collect(batch.run(workflow([call('a', { dependencies: ['b'] })])))).rejects.toMatchObject({
      code: 'BATCH_STEP_UNKNOWN',
    });
    const late = batch.run(workflow([call('a'), call('a')]));
    await late.outcome.catch(() => {});
    await expect(collect(late)).rejects.toMatchObject({ code: 'BATCH_WORKFLOW_INVALID' });
  });

  it('hears all events in order, also by several calls of next at once', async () => {
    const { batch } = newBatch({ a: () => 1 });
    const events = batch.run(workflow([call('a')]))[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 6 }, () => events.next()));
    expect(results.map(({ value }) => value?.type)).toEqual([
      ...['run-start', 'step-start', 'step-end', 'run-end'],
      undefined,
      undefined,
    ]);
  });

  it('hears nothing after it has left, also before the first event', async () => {
    const { batch } = newBatch({ a: () => 1 });
    const run = batch.run(workflow([call('a')]));
    const events = run[Symbol.asyncIterator]();
    await events.return?.();
    await run.outcome;
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a list that depends on the environment', () => {
  it('is the same when the run is resumed in another: results stay with their items', async () => {
    const env: Record<string, string> = { NAMES: '["a","b"]' };
    let isReady = false;
    const { batch } = newBatch(
      {
        each: (task) => {
          if (task.item === 'b' && !isReady) fail();
          return task.item;
        },
      },
      { env },
    );
    const steps = [call('each', { map: '${{ fromJSON(env.NAMES) }}' })];
    const run = batch.run(workflow(steps, { recovery: 'keep-successful' }));
    expect((await run.outcome).state).toBe('kept');
    isReady = true;
    env.NAMES = '["b","a","c"]';
    expect(await batch.resume(run.id).outcome).toMatchObject({ state: 'committed', outputs: { each: ['a', 'b'] } });
  });
});

describe('a condition that depends on the environment', () => {
  it('is not asked again of what has begun: resumed in another, the rest of it is done', async () => {
    const env: Record<string, string> = { GO: 'yes' };
    let isReady = false;
    const { batch } = newBatch(
      {
        each: (task) => {
          if (task.item === 'b' && !isReady) fail();
          return task.item;
        },
        fine: () => 'done',
        last: (_, { output }) => (isReady ? [output('each'), output('inner')] : fail()),
      },
      { env },
    );
    const when = `\${{ env.GO == 'yes' }}`;
    const steps: readonly Step[] = [
      call('each', { map: ['a', 'b'], when }),
      { id: 'inner', workflow: workflow([call('fine')]), when },
      call('last', { dependencies: ['inner', 'each'] }),
    ];
    const run = batch.run(workflow(steps, { recovery: 'keep-successful' }));
    expect((await run.outcome).state).toBe('kept');
    isReady = true;
    env.GO = 'no';
    const outcome = await batch.resume(run.id).outcome;
    expect(outcome).toMatchObject({ state: 'committed', outputs: { last: [['a', 'b'], { fine: 'done' }] } });
  });
});

describe('runs of one process', () => {
  it('keep off each other where their roots overlap, and a journal that others may use wants a lock', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const one = newBatch({ wait: () => promise }, { root: '/nowhere' });
    const run = one.batch.run(workflow([call('wait')]));
    await Promise.resolve();
    const two = newBatch({ a: () => 1 }, { root: '/nowhere/inner' });
    await expect(two.batch.run(workflow([call('a')])).outcome).rejects.toMatchObject({ code: 'BATCH_LOCKED' });
    resolve();
    await run.outcome;
    expect(await two.batch.run(workflow([call('a')])).outcome).toMatchObject({ state: 'committed' });
    const journal = { ...one.journal, isShared: true };
    expect(() => newBatch({}, { journal })).toThrow(
      expect.objectContaining({ code: 'BATCH_OPTION_INVALID', field: 'lock' }),
    );
  });
});
