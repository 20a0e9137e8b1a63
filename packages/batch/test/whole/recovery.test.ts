import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { filesWorkspace } from '../../src/files.ts';
import { compensations, type Step, type StepOutcome, type Workflow } from '../../src/index.ts';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { batchMachine } from './machine.ts';

const workflow = (steps: readonly object[], fields: Partial<Workflow> = {}): Workflow => ({
  name: 'test',
  steps: steps as readonly Step[],
  ...fields,
});

describe('a step that has failed for good', () => {
  it('is tried in its other ways, one after another', async () => {
    const models: unknown[] = [];
    const agents = async ({ model = 'first', task }: { model?: string | undefined; task: string }) => {
      models.push(model);
      if (model !== 'third') throw new Error(`${model} is down`);
      return `${task} by ${model}`;
    };
    const otherwise = [{ model: 'second' }, { model: 'third', task: 'less of ${{ inputs.what }}' }];
    const { state, outputs } = await batchMachine()
      .open({ agents })
      .run(workflow([{ id: 'a', agent: 'x', task: 'all', otherwise }]), { inputs: { what: 'it' } }).outcome;
    expect({ state, outputs, models }).toEqual({
      state: 'committed',
      outputs: { a: 'less of it by third' },
      models: ['first', 'second', 'third'],
    });
  });

  it('is tried in another way where it took too long, as often as it is to be tried', async () => {
    const models: unknown[] = [];
    const agents = async ({ model }: { model: string | undefined }, { signal }: { signal: AbortSignal }) => {
      models.push(model);
      if (model === 'quick') return 'here';
      const { promise, reject } = Promise.withResolvers<string>();
      signal.addEventListener('abort', () => reject(signal.reason));
      return promise;
    };
    const step = { id: 'a', agent: 'x', task: 'y', model: 'slow', timeoutMs: 20, retries: 1, retryDelayMs: 0 };
    const { state, outputs } = await batchMachine()
      .open({ agents })
      .run(workflow([{ ...step, otherwise: [{ model: 'quick' }] }])).outcome;
    expect({ state, outputs, models }).toEqual({
      state: 'committed',
      outputs: { a: 'here' },
      models: ['slow', 'slow', 'quick'],
    });
  });

  it('fails with the last of them', async () => {
    const step = { id: 'a', run: 'exit 3', otherwise: [{ run: 'exit 4' }] };
    const { state, error } = await batchMachine()
      .open()
      .run(workflow([step])).outcome;
    expect({ state, error }).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('exit code 4') },
    });
  });

  it.each(['keep', 'undo'] as const)('has others stand, or not, as is said: %s', async (decision) => {
    const machine = batchMachine();
    const asked: StepOutcome[] = [];
    const steps = [
      { id: 'good', file: 'a', content: 'a' },
      { id: 'bad', run: 'exit 1' },
    ];
    const { state } = await machine.open().run(workflow(steps, { recovery: 'ask' }), {
      onFailedRun: async (failed) => {
        asked.push(...failed);
        return decision;
      },
    }).outcome;
    expect(asked.map(({ step }) => step)).toEqual(['bad']);
    expect({ state, tree: machine.tree() }).toEqual(
      decision === 'keep' ? { state: 'kept', tree: { a: 'a' } } : { state: 'undone', tree: {} },
    );
  });
});

describe('what a step did outside', () => {
  const newMachine = () => {
    const machine = batchMachine();
    const log = join(machine.state, 'log');
    const open = () =>
      machine.open({
        workspaces: [filesWorkspace({ root: machine.root }), compensations({ root: machine.root })],
      });
    const said = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []);
    const outside = (id: string, fields: object = {}) => ({
      id,
      run: `echo made ${id} >> ${log}`,
      compensate: `echo took ${id} back >> ${log}`,
      ...fields,
    });
    return { open, said, outside };
  };

  it('is taken back with all else, the last first, also of the step that failed in the middle', async () => {
    const { open, said, outside } = newMachine();
    const steps = [
      outside('one'),
      outside('two', { dependencies: ['one'] }),
      outside('three', { run: 'exit 1', dependencies: ['two'] }),
    ];
    expect(await open().run(workflow(steps)).outcome).toMatchObject({ state: 'undone', conflicts: [] });
    expect(said()).toEqual(['made one', 'made two', 'took three back', 'took two back', 'took one back']);
  });

  it('of the step that failed alone where the rest stands, and all of it when that is undone', async () => {
    const { open, said, outside } = newMachine();
    const batch = open();
    const steps = [outside('one'), outside('two', { run: 'exit 1', dependencies: ['one'] })];
    const run = batch.run(workflow(steps, { recovery: 'keep-successful' }));
    expect(await run.outcome).toMatchObject({ state: 'kept' });
    expect(said()).toEqual(['made one', 'took two back']);
    await batch.undo(run.id);
    expect(said()).toEqual(['made one', 'took two back', 'took one back']);
  });

  it('of a step that took too long where the rest stands', async () => {
    const { open, said, outside } = newMachine();
    const slow = { run: 'sleep 20', timeoutMs: 50, retries: 0, dependencies: ['one'] };
    const run = open().run(workflow([outside('one'), outside('two', slow)], { recovery: 'keep-successful' }));
    expect(await run.outcome).toMatchObject({ state: 'kept', error: { code: 'BATCH_STEP_TIMEOUT' }, conflicts: [] });
    expect(said()).toEqual(['made one', 'took two back']);
  });

  it('that cannot be taken back is told, and all else is', async () => {
    const { open, said, outside } = newMachine();
    const steps = [
      outside('one'),
      outside('two', { compensate: 'echo no >&2; exit 7', dependencies: ['one'] }),
      { id: 'end', run: 'exit 1', dependencies: ['two'] },
    ];
    const { state, conflicts } = await open().run(workflow(steps)).outcome;
    expect({ state, conflicts }).toEqual({
      state: 'undone',
      conflicts: [{ path: 'two', reason: 'could not be compensated: exit code 7, no' }],
    });
    expect(said()).toEqual(['made one', 'made two', 'took one back']);
  });
});

describe('what was prepared for a run that the journal has lost', () => {
  const left = (root: string, kind: string, run: string): string => {
    const folder = join(root, '.hotpath', kind, run);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  it.each(['run', 'recover', 'prune'] as const)('goes at the next %s, but for what is kept for undo', async (way) => {
    const machine = batchMachine();
    const batch = machine.open();
    const known = batch.run(workflow([{ id: 'one', file: 'a', content: 'x' }]));
    await known.outcome;
    writeFileSync(join(left(machine.root, 'staged', 'lost'), '0-1'), 'staged');
    left(machine.root, 'undo', 'lost');
    left(machine.root, 'staged', 'other');
    writeFileSync(join(left(machine.root, 'undo', 'other'), '0'), 'kept');
    if (way === 'run') await batch.run(workflow([{ id: 'one', run: 'true' }])).outcome;
    else if (way === 'recover') await batch.recover();
    else expect(await batch.prune({ maxAgeMs: 60_000 })).toEqual([]);
    for (const kind of ['staged', 'undo'])
      expect(readdirSync(join(machine.root, '.hotpath', kind)).sort()).toEqual([known.id, 'other'].sort());
    await batch.undo(known.id);
    expect(machine.tree()).toEqual({});
  });
});

describe('runs that are pruned', () => {
  it('are picked up again where that ended in the middle, and those that have not ended stay', async () => {
    const machine = batchMachine();
    const journal = sqliteJournal({ path: join(machine.state, 'journal.sqlite') });
    const batch = machine.open({ journal });
    const run = batch.run(workflow([{ id: 'one', file: 'a', content: 'x' }]));
    await run.outcome;
    const paused = batch.run(workflow([{ id: 'sure', approve: 'Really?' }]));
    await paused.outcome;
    const removing = vi.spyOn(journal, 'remove').mockImplementation(() => {
      throw new Error('killed');
    });
    await expect(batch.prune({ maxRuns: 0 })).rejects.toThrow('killed');
    removing.mockRestore();
    expect(batch.load(run.id)?.run.state).toBe('committed');
    expect(await batch.prune({ maxRuns: 0 })).toEqual([run.id]);
    expect(batch.history().map(({ id }) => id)).toEqual([paused.id]);
    expect(existsSync(join(machine.root, '.hotpath'))).toBe(false);
  });

  it('are forgotten with what was kept to undo them, those above the bounds alone', async () => {
    const machine = batchMachine();
    const batch = machine.open();
    const ids: string[] = [];
    for (const content of ['a', 'b', 'c']) {
      const run = batch.run(workflow([{ id: 'one', file: 'a', content }]));
      await run.outcome;
      ids.unshift(run.id);
    }
    expect(await batch.prune({ maxRuns: 2 })).toEqual(ids.slice(2));
    expect(batch.history().map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await expect(batch.undo(ids[2] as string)).rejects.toMatchObject({ code: 'BATCH_RUN_UNKNOWN' });
    await batch.undo(ids[0] as string);
    expect(machine.tree()).toEqual({ a: 'b' });
    expect(await batch.prune({ maxAgeMs: 0 })).toHaveLength(2);
    expect(existsSync(join(machine.root, '.hotpath'))).toBe(false);
  });
});
