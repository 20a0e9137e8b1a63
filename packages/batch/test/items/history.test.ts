import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBatch } from '../../src/engine/batch.ts';
import { localDispatcher } from '../../src/execute/local.ts';
import { itemRunOf, lastGoOf } from '../../src/items/run-record.ts';
import { memoryJournal } from '../../src/journal/memory.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { begin, settle } from './support.ts';

const opened = () => {
  const root = tempFolder();
  const path = join(root, 'items.sqlite');
  const journal = memoryJournal();
  const batch = createBatch({ root, journal, workspaces: [], dispatcher: localDispatcher({}) });
  return { root, path, journal, batch };
};

describe('a run of items in the journal of all runs', () => {
  it('has its state, its cost, what it was given and what each go came to', async () => {
    const { root, path, journal, batch } = opened();
    const first = begin(3, { journal, root, inputs: { model: 'm' }, again: 'do it', list: { path } });
    await settle();
    expect(batch.history()).toMatchObject([
      { id: first.items.id, name: 'test', state: 'running', inputs: '{"model":"m"}' },
    ]);
    first.finishing.abort();
    await first.end(0);
    await first.end(1, { output: 'no', isFailed: true, costUsd: 1 });
    await first.outcome;
    const [kept] = batch.history();
    expect(kept).toMatchObject({ state: 'kept', costUsd: 2, error: 'It was stopped. 1 of 3 are left.' });
    expect(itemRunOf(kept as NonNullable<typeof kept>)).toEqual({ kind: 'items', file: path, again: 'do it' });
    expect(first.items.inputs).toEqual({ model: 'm' });
    first.items.close();

    const second = begin(3, { journal, root, retryFailed: true, list: { path } });
    await settle();
    expect(batch.history()).toMatchObject([{ state: 'running' }]);
    for (const index of [1, 2]) await second.end(index);
    await second.outcome;
    const history = batch.load(first.items.id);
    expect(history?.run).toMatchObject({ state: 'committed', costUsd: 4, createdAtMs: kept?.createdAtMs });
    expect(history?.run.error).toBeUndefined();
    expect(history?.attempts.map(({ end, costUsd }) => [end, costUsd])).toEqual([
      ['failed', 2],
      ['succeeded', 2],
    ]);
    expect(history && lastGoOf(history)).toEqual({ items: 3, succeeded: 3, failed: 0, left: 0 });
    second.items.close();
  });

  it('belongs to its folder, by whatever link that was reached', async () => {
    const { root, journal, batch } = opened();
    const link = join(tempFolder(), 'link');
    symlinkSync(root, link);
    const go = begin(1, { journal, root: link });
    await settle();
    await go.end(0);
    await go.outcome;
    expect(batch.history()).toMatchObject([{ name: 'test', root }]);
  });

  it('is not resumed or undone as one of steps, and is in no way of other runs', async () => {
    const { root, path, journal, batch } = opened();
    const go = begin(1, { journal, root, again: 'hotpath batch in.txt', list: { path } });
    await settle();
    const expected = {
      code: 'BATCH_RUN_KIND',
      run: go.items.id,
      message: expect.stringContaining('"hotpath batch in.txt"'),
    };
    await expect(batch.resume(go.items.id).outcome).rejects.toMatchObject(expected);
    await expect(batch.undo(go.items.id)).rejects.toMatchObject(expected);
    const steps = [{ id: 'one', call: () => 1 }];
    expect(await batch.run({ name: 'other', steps }).outcome).toMatchObject({ state: 'committed' });
    expect(await batch.recover()).toEqual([]);
    // It is at work.
    expect(batch.history({ name: 'test' })).toMatchObject([{ state: 'running' }]);
    await go.end(0);
    expect(await go.outcome).toMatchObject({ state: 'committed' });
    go.items.close();
  });

  it('is one that was kept when its process is gone', async () => {
    const { root, path, journal, batch } = opened();
    const go = begin(1, { journal, root, list: { path } });
    await settle();
    // As the end of the process does.
    go.items.close();
    await batch.recover();
    expect(batch.history()).toMatchObject([{ state: 'kept', error: 'its process ended' }]);
    expect(batch.load(go.items.id)?.attempts).toMatchObject([{ end: 'failed', error: 'its process ended' }]);
  });

  it('is forgotten with its files, unless it is at work again', async () => {
    const { root, path, journal, batch } = opened();
    const input = join(root, 'items.input');
    writeFileSync(input, 'what was piped in');
    const first = begin(1, { journal, root, alongside: [input], list: { path } });
    await settle();
    await first.end(0);
    await first.outcome;
    // Somebody has opened it, and not begun.
    expect(await batch.prune({ maxRuns: 0 })).toEqual([first.items.id]);
    expect([existsSync(path), existsSync(input)]).toEqual([true, true]);
    first.items.close();

    const second = begin(1, { journal, root, alongside: [input], list: { path } });
    expect(await second.outcome).toMatchObject({ reused: 1, run: first.items.id });
    second.items.close();
    expect(await batch.prune({ maxRuns: 0 })).toEqual([first.items.id]);
    expect([existsSync(path), existsSync(input), batch.history()]).toEqual([false, false, []]);
  });
});
