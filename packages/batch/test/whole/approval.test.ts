import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Workflow } from '../../src/index.ts';
import { batchMachine } from './machine.ts';

describe('a yes to a step of a list', () => {
  const asking: Workflow = {
    name: 'test',
    steps: [
      { id: 'sure', map: ['a', 'b'], approve: 'Really ${{ item }}?' },
      { id: 'after', run: 'echo done > done', writes: ['done'], dependencies: ['sure'] },
    ],
  };
  it('is one to all of its items, by the name of the step', async () => {
    const machine = batchMachine();
    const batch = machine.open();
    const run = batch.run(asking);
    expect(await run.outcome).toMatchObject({ state: 'paused', waiting: ['sure[0]', 'sure[1]'] });
    const waiting = batch.load(run.id)?.attempts.flatMap(({ step, question }) => (question ? [[step, question]] : []));
    expect(waiting).toEqual([
      ['sure[0]', 'Really a?'],
      ['sure[1]', 'Really b?'],
    ]);
    expect(await batch.resume(run.id, { approve: ['sure[1]'] }).outcome).toMatchObject({ waiting: ['sure[0]'] });
    expect(await batch.resume(run.id, { approve: ['sure'] }).outcome).toMatchObject({ state: 'committed' });
    expect(batch.load(run.id)?.attempts).toEqual(
      ['sure[0]', 'sure[1]', 'sure', 'after'].map((step) =>
        expect.objectContaining({ step, attempt: 1, end: 'succeeded' }),
      ),
    );
    expect(readFileSync(join(machine.root, 'done'), 'utf8')).toBe('done\n');
  });

  it('is one to its items within one item of a list around it, by the name that stands there', async () => {
    const batch = batchMachine().open();
    const run = batch.run({ name: 'around', steps: [{ id: 'each', map: [1, 2], workflow: asking }] });
    await run.outcome;
    expect(await batch.resume(run.id, { approve: ['each[1]/sure'] }).outcome).toMatchObject({
      waiting: ['each[0]/sure[0]', 'each[0]/sure[1]'],
    });
    expect(await batch.resume(run.id, { approve: ['each/sure[0]'] }).outcome).toMatchObject({
      waiting: ['each[0]/sure[1]'],
    });
  });

  it('is taken while they wait, too', async () => {
    const batch = batchMachine().open();
    const run = batch.run({ ...asking, steps: [...asking.steps, { id: 'slow', run: 'sleep 0.3' }] });
    for await (const event of run) if (event.type === 'approval-want' && event.step === 'sure[1]') run.approve('sure');
    expect(await run.outcome).toMatchObject({ state: 'committed' });
    expect(batch.load(run.id)?.attempts.filter(({ end }) => end === undefined)).toEqual([]);
  });
});
