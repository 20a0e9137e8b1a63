import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBatch, type Journal, type Step, type Workflow } from '../../src/index.ts';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { openLocks } from '../../src/lock.ts';
import { type SimulatedCrash, simulatedJournal } from '../../src/testing.ts';
import { functionDispatcher, type Work } from '../support/function-dispatcher.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';
import { tempFolder } from '../support/temp-folder.ts';

const step = (id: string, ...dependencies: readonly string[]): Step =>
  ({ id, call: 'put', writes: [id], dependencies }) as Step;
const workflow: Workflow = { name: 'test', steps: [step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c')] };
const put: Work = (task, { write }) => {
  write(task.step, 'new');
  return task.step;
};
const before = { a: 'old', d: 'old' };
const after = { a: 'new', b: 'new', c: 'new', d: 'new' };

const newBatch = (
  journal: Journal,
  texts: Map<string, string>,
  root = '/nowhere',
  lock?: never | ReturnType<typeof openLocks>['acquire'],
) =>
  createBatch({ root, dispatcher: functionDispatcher({ put }), workspaces: [memoryWorkspace(texts)], journal, lock });

describe('the engine on a journal', () => {
  it('finds in a file what an earlier process did, and takes it back', async () => {
    const folder = tempFolder();
    const path = join(folder, 'journal.sqlite');
    const { acquire } = openLocks({ folder: join(folder, 'locks') });
    const texts = new Map(Object.entries(before));
    const first = newBatch(sqliteJournal({ path }), texts, '/nowhere', acquire);
    const { run, state } = await first.run(workflow).outcome;
    expect(state).toBe('committed');
    await first.close();
    const second = newBatch(sqliteJournal({ path }), texts, '/nowhere', acquire);
    expect(second.history()).toMatchObject([{ id: run, state: 'committed' }]);
    expect(Object.fromEntries(texts)).toEqual(after);
    await second.undo(run);
    expect(Object.fromEntries(texts)).toEqual(before);
    await second.close();
    const third = sqliteJournal({ path });
    onTestFinished(() => third.close());
    expect(third.load(run)?.run.state).toBe('undone');
    expect(third.load(run)?.effects.every(({ isUndone }) => isUndone)).toBe(true);
  });

  it('is kept off a folder that another run changes', async () => {
    const folder = tempFolder();
    const root = join(folder, 'root');
    mkdirSync(root);
    const { acquire } = openLocks({ folder: join(folder, 'locks') });
    const journal = sqliteJournal({ path: join(folder, 'journal.sqlite') });
    const batch = newBatch(journal, new Map(), root, acquire);
    onTestFinished(() => batch.close());
    const release = await acquire(root, 'other run');
    await expect(batch.run(workflow).outcome).rejects.toMatchObject({ code: 'BATCH_LOCKED', run: 'other run' });
    expect(batch.history()).toEqual([]);
    release();
    expect((await batch.run(workflow).outcome).state).toBe('committed');
    (await acquire(root, 'next run'))();
  });

  it('leaves all or nothing wherever the process dies at a write, with power or without', async () => {
    const count = simulatedJournal();
    await newBatch(count, new Map(Object.entries(before))).run(workflow).outcome;
    const ends = new Set<string>();
    const crashes: SimulatedCrash[] = [];
    for (let write = 1; write <= count.writes; write += 1)
      crashes.push({ write, when: 'before' }, { write, when: 'after' });
    for (const crash of crashes)
      for (const power of ['kept', 'lost'] as const)
        for (const random of [0, 0.5, 0.99]) {
          const texts = new Map(Object.entries(before));
          const journal = simulatedJournal({ crash });
          await newBatch(journal, texts)
            .run(workflow)
            .outcome.catch(() => {});
          const next = journal.restart({ power, random: () => random });
          await newBatch(next, texts).recover();
          const [run] = next.runs();
          ends.add(run?.state ?? 'nothing');
          const where = `write ${crash.write} ${crash.when}, power ${power}, ${random}`;
          expect([where, Object.fromEntries(texts)]).toEqual([where, run?.state === 'committed' ? after : before]);
        }
    expect([...ends].sort()).toEqual(['committed', 'nothing', 'undone']);
  });
});
