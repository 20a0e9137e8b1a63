import { describe, expect, it } from 'vitest';
import type { RunOptions, Step, StepFailure, Workflow } from '../../src/index.ts';
import type { Work } from '../support/function-dispatcher.ts';
import { call, newBatch, workflow } from '../support/test-batch.ts';

const untilAborted: Work = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

/** Works where it is told to, and does not otherwise: at once, or by taking too long. */
const picky: Work = (task, options) => {
  const { how } = (task.fields.with ?? {}) as { how?: string };
  if (how === 'right') return 'done';
  if (how === 'slow') return untilAborted(task, options);
  throw new Error(`not ${how}`);
};

const run = async (how: string, options: RunOptions, fields: Partial<Workflow> = {}) => {
  const { batch } = newBatch({ picky, after: () => 'after' }, {});
  const steps: Step[] = [
    call('picky', { with: { how }, retry: 'never', timeoutMs: how === 'slow' ? 5 : 10_000 }),
    call('after', { dependencies: ['picky'] }),
  ];
  const run = batch.run(workflow(steps, fields), options);
  const ends: string[] = [];
  for await (const event of run) if (event.type === 'step-end') ends.push(`${event.step} ${event.state}`);
  return { outcome: await run.outcome, ends, attempts: batch.load(run.id)?.attempts ?? [] };
};

describe.each(['wrong', 'slow'])('somebody who decides on a step that goes %s', (how) => {
  it('may have it tried again with other values, and hears what came of it', async () => {
    const heard: boolean[] = [];
    const failures: StepFailure[] = [];
    const { outcome, ends, attempts } = await run(how, {
      onFailure: async (failure) => {
        failures.push(failure);
        return { type: 'retry', fields: { with: { how: 'right' } }, onEnd: (isMended) => heard.push(isMended) };
      },
    });
    expect(outcome).toMatchObject({ state: 'committed', outputs: { picky: 'done' } });
    expect(failures).toMatchObject([{ step: 'picky', attempt: 1, task: { fields: { with: { how } } } }]);
    expect([heard, ends]).toEqual([[true], ['picky succeeded', 'after succeeded']]);
    expect(attempts.map(({ attempt, end }) => `${attempt} ${end}`)).toEqual(['1 failed', '2 succeeded', '1 succeeded']);
  });

  it('hears that it did not help', async () => {
    const heard: boolean[] = [];
    const { outcome } = await run(how, {
      onFailure: async ({ attempt }) =>
        attempt > 1
          ? { type: 'fail' }
          : { type: 'retry', fields: { with: { how: 'bad' } }, onEnd: (isMended) => heard.push(isMended) },
    });
    expect([outcome.state, String(outcome.error), heard]).toEqual(['failed', 'Error: not bad', [false]]);
  });

  it.each(['atomic', 'keep-successful'] as const)('may leave it, and each step has one end: %s', async (recovery) => {
    const { outcome, ends } = await run(how, { onFailure: async () => ({ type: 'fail' }) }, { recovery });
    expect(outcome.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'picky failed',
      expect.stringMatching(/after (blocked|cancelled)/),
    ]);
    expect(ends).toHaveLength(2);
  });

  it('may fail itself', async () => {
    const { outcome } = await run(how, { onFailure: () => Promise.reject(new Error('no idea')) });
    expect(String(outcome.error)).toBe('Error: no idea');
  });

  it('is not waited for when the run is stopped', async () => {
    const controller = new AbortController();
    const { outcome, ends } = await run(how, {
      signal: controller.signal,
      onFailure: async () => {
        controller.abort();
        return { type: 'retry' };
      },
    });
    expect([outcome.state, outcome.error]).toMatchObject(['failed', { code: 'BATCH_CANCELLED' }]);
    expect(ends).toHaveLength(2);
  });
});

describe('a step with a memo', () => {
  it('tells who had it mended that it is', async () => {
    const heard: boolean[] = [];
    const { batch } = newBatch({ picky }, { memo: { cache: new Map() } });
    await batch.run(workflow([call('picky', { with: { how: 'wrong' }, retry: 'never', memo: true })]), {
      onFailure: async () => ({
        type: 'retry',
        fields: { with: { how: 'right' } },
        onEnd: (isMended) => heard.push(isMended),
      }),
    }).outcome;
    expect(heard).toEqual([true]);
  });
});
