import { expect, it, onTestFinished } from 'vitest';
import { channels, createBatch, type Journal, type RunEvent } from '../../src/index.ts';
import { simulatedJournal } from '../../src/testing.ts';
import { functionDispatcher, type Work } from '../support/function-dispatcher.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';
import { call, newBatch, workflow } from '../support/test-batch.ts';

const put: Work = (_, { write }) => write('a', 'new');
const fail: Work = () => {
  throw new Error('no');
};
const change = workflow([call('put', { writes: ['a'] })], { name: 'change' });

/** What is said on the channel of what was taken back. */
const listen = (): readonly RunEvent[] => {
  const heard: RunEvent[] = [];
  const hear = (event: unknown): void => {
    const { type } = event as RunEvent;
    if (type === 'undo-end' || type === 'recovery-end' || type === 'run-end') heard.push(event as RunEvent);
  };
  channels.run.subscribe(hear);
  onTestFinished(() => void channels.run.unsubscribe(hear));
  return heard;
};

it('a run that fails tells that it was taken back before its end, and nobody asked for it', async () => {
  const heard = listen();
  const { batch } = newBatch({ put, fail });
  const { steps } = change;
  await batch.run({ name: 'change', steps: [...steps, call('fail', { dependencies: ['put'] })] }).outcome;
  expect(heard).toMatchObject([
    { type: 'undo-end', name: 'change', isAsked: false, steps: ['put'] },
    { type: 'run-end', state: 'undone' },
  ]);
});

it('a run that somebody undoes is announced, once it is', async () => {
  const heard = listen();
  const { batch, texts } = newBatch({ put });
  const { run } = await batch.run(change).outcome;
  texts.set('a', 'mine');
  await expect(batch.undo(run)).rejects.toMatchObject({ code: 'BATCH_UNDO_CONFLICT' });
  expect(heard).toHaveLength(1);
  texts.set('a', 'new');
  await batch.undo(run);
  expect(heard.slice(1)).toMatchObject([
    { type: 'undo-end', run, name: 'change', isAsked: true, steps: ['put'], conflicts: [] },
  ]);
});

it.each(['run', 'recover'] as const)(
  'a run whose process has ended is told by its name at the next %s',
  async (way) => {
    const texts = new Map<string, string>();
    const open = (journal: Journal) =>
      createBatch({
        root: '/nowhere',
        dispatcher: functionDispatcher({ put }),
        workspaces: [memoryWorkspace(texts)],
        journal,
      });
    const first = simulatedJournal({ crash: { write: 4, when: 'before' } });
    const dead = open(first).run(change);
    await dead.outcome.catch(() => {});
    const heard = listen();
    const next = open(first.restart({ power: 'kept', random: () => 0 }));
    if (way === 'recover') await next.recover();
    const run = way === 'run' ? next.run(workflow([])) : undefined;
    await run?.outcome;
    expect(heard[0]).toMatchObject({
      type: 'recovery-end',
      run: run?.id ?? dead.id,
      recovered: dead.id,
      name: 'change',
      to: 'undone',
    });
  },
);
