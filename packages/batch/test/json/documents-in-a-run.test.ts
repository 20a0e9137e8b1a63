import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  createBatch,
  type Executor,
  type Journal,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  memoryJournal,
  type Step,
  type StepContext,
  type StepFunction,
  type Workflow,
} from '../../src/index.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const document = 'package.json';
const text = '{\n  "name": "x",\n  "files": ["a", "b"],\n  "scripts": {}\n}\n';

const json = (id: string, fields: Partial<Step> & Record<string, unknown>): Step =>
  ({ id, json: document, ...fields }) as Step;
const workflow = (steps: readonly Step[], fields: Partial<Workflow> = {}): Workflow => ({
  name: 'test',
  steps,
  ...fields,
});

interface ProcessOptions {
  readonly functions?: Readonly<Record<string, StepFunction>>;
  readonly journal?: Journal;
  readonly reach?: () => void;
}

/** A process with an engine of its own over a disk that outlives it. Its shell copies one file to another. */
const newProcess = (disk: MemoryDisk, { functions, journal = memoryJournal(), reach }: ProcessOptions = {}): Batch => {
  const workspace = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles });
  const shell: Executor = async ({ fields }) => {
    const [from = '', to = ''] = String(fields.run).split(' ');
    return {
      output: disk.text(from),
      changes: [
        { workspace: 'files', changes: [{ type: 'write', path: to, content: disk.text(from) ?? '' }], touched: [to] },
      ],
    };
  };
  return createBatch({
    root: '/nowhere',
    dispatcher: localDispatcher({ json: jsonExecutor(workspace), documents: workspace, shell, functions }),
    workspaces: [disk.workspace(reach), workspace],
    journal,
  });
};

const newDisk = (texts: Readonly<Record<string, string>> = { [document]: text }): MemoryDisk => {
  const disk = new MemoryDisk();
  for (const [path, content] of Object.entries(texts)) disk.put(path, content);
  return disk;
};

describe('documents in a run', () => {
  it('are written once, when all steps have ended', async () => {
    const disk = newDisk();
    const steps = [
      json('name', { set: { '/name': 'y' } }),
      json('test', { set: { '/scripts/test': 'vitest' } }),
      json('files', { remove: ['/files/0'], merge: { private: true } }),
    ];
    expect(await newProcess(disk).run(workflow(steps)).outcome).toMatchObject({ state: 'committed', error: undefined });
    expect([disk.writes, disk.text(document)]).toEqual([
      1,
      '{\n  "name": "y",\n  "files": ["b"],\n  "scripts": {\n    "test": "vitest"\n  },\n  "private": true\n}\n',
    ]);
  });

  it('are as before when a step fails, and when the run is taken back', async () => {
    const disk = newDisk();
    const batch = newProcess(disk);
    const bad = json('bad', { remove: ['/script'], dependencies: ['good'] });
    const { state, error } = await batch.run(workflow([json('good', { set: { '/name': 'y' } }), bad])).outcome;
    expect({ state, error }).toMatchObject({ state: 'undone', error: { code: 'BATCH_JSON_POINTER' } });
    expect([disk.writes, disk.text(document)]).toEqual([0, text]);
    const run = batch.run(workflow([json('good', { set: { '/name': 'y' } })]));
    await run.outcome;
    disk.put('other.json', '{}');
    expect(await batch.undo(run.id)).toMatchObject({ conflicts: [] });
    expect(disk.text(document)).toBe(text);
  });

  it('are seen as they are by commands, functions and edits of files', async () => {
    const disk = newDisk();
    const seen: unknown[] = [];
    const look: StepFunction = async ({ json: open }) => {
      seen.push(JSON.parse(disk.text(document) as string).name, await open(document).read('/name'));
    };
    const steps = [
      json('one', { set: { '/name': 'one' } }),
      { id: 'copy', run: `${document} copy.json`, dependencies: ['one'] },
      json('two', { set: { '/name': 'two' }, dependencies: ['copy'] }),
      { id: 'look', call: 'look', dependencies: ['two'], reads: ['*.json'] },
      json('three', { set: { '/name': 'three' }, dependencies: ['look'] }),
      { id: 'after', call: 'rewrite', dependencies: ['three'], writes: [document] },
      json('four', { set: { '/last': true }, dependencies: ['after'] }),
    ] as Step[];
    const rewrite: StepFunction = ({ files }) => files.write(document, '{"name": "written"}');
    const batch = newProcess(disk, { functions: { look, rewrite } });
    const run = batch.run(workflow(steps));
    expect(await run.outcome).toMatchObject({ state: 'committed', error: undefined });
    expect(seen).toEqual(['two', 'two']);
    expect(JSON.parse(disk.text('copy.json') as string).name).toBe('one');
    expect(disk.text(document)).toBe('{"name": "written", "last": true}');
    expect((await batch.undo(run.id)).steps).toEqual(['four', 'after', 'three', 'two', 'copy', 'one']);
    expect(disk.texts()).toEqual({ [document]: text });
  });

  it('are changed by functions through a draft', async () => {
    const disk = newDisk();
    const edit: StepFunction = async ({ json: open }) => {
      const packageFile = open(document);
      (await packageFile.read<{ files: string[] }>()).files.push('lost');
      await packageFile.edit<{ files: string[]; scripts: Record<string, string> }>((draft) => {
        draft.files.unshift('z');
        draft.files.push('c', 'd');
        draft.files.splice(1, 4);
        draft.scripts.build = 'tsup';
      });
      await packageFile.edit((draft) => void Object.assign(draft, { seen: Object.keys(draft) }));
      await open('name:state').edit((draft) => void Object.assign(draft, { done: true }));
      return [await packageFile.read('/seen/0'), await open('name:state').read()];
    };
    const { outputs, error } = await newProcess(disk, { functions: { edit } }).run(
      workflow([{ id: 'edit', call: 'edit' } as Step]),
    ).outcome;
    expect({ outputs, error }).toEqual({ outputs: { edit: ['name', { done: true }] }, error: undefined });
    expect(JSON.parse(disk.text(document) as string)).toEqual({
      name: 'x',
      files: ['z'],
      scripts: { build: 'tsup' },
      seen: ['name', 'files', 'scripts'],
    });
  });

  it('are let go of at the end of the run', async () => {
    const disk = newDisk();
    const workspace = jsonWorkspace({ root: '/nowhere', files: disk.documentFiles });
    const run = createBatch({
      root: '/nowhere',
      dispatcher: localDispatcher({ json: jsonExecutor(workspace) }),
      workspaces: [disk.workspace(), workspace],
    }).run(workflow([json('note', { json: 'name:notes', set: { '/seen': true } })]));
    await run.outcome;
    expect((await workspace.open(run.id, 'name:notes')).value).toEqual({});
  });

  it('refuse a draft that outlives its function', async () => {
    const edit: StepFunction = ({ json: open }) =>
      open(document).edit(async (draft) => {
        await null;
        draft.name = 'late';
      });
    const { error } = await newProcess(newDisk(), { functions: { edit } }).run(
      workflow([{ id: 'edit', call: 'edit' } as Step]),
    ).outcome;
    expect(error).toMatchObject({ code: 'BATCH_FIELD_INVALID' });
  });

  it('may be changed in different places at once, and not in one', async () => {
    const meet = async (...edits: ((draft: never) => void)[]): Promise<unknown> => {
      const steps = edits.map((edit, at) => ({
        id: `s${at}`,
        call: ({ json: open }: StepContext) => open(document).edit(edit as (draft: unknown) => void),
      }));
      const { state, error } = await newProcess(newDisk()).run(workflow(steps as Step[])).outcome;
      return error === undefined ? state : (error as { code: string }).code;
    };
    const set =
      (key: string, value = 1) =>
      (draft: { scripts: Record<string, unknown> }) =>
        void Object.assign(draft.scripts, { [key]: value });
    expect(await meet(set('a'), set('b'))).toBe('committed');
    expect(await meet(set('a', 8), set('a', 9))).toBe('BATCH_WRITE_CONFLICT');
    const append = (draft: { files: unknown[] }) => void draft.files.push(1);
    const cut = (draft: { files: unknown[] }) => void draft.files.shift();
    expect(await meet(append, cut)).toBe('BATCH_WRITE_CONFLICT');
  });

  it('have keys in the order of the steps, whichever came first', async () => {
    const disk = newDisk();
    const gates: (() => void)[] = [];
    const slow: StepFunction = async ({ json: open, with: { key } }) => {
      if (key === 'a') await new Promise<void>((resolve) => gates.push(resolve));
      await open(document).edit((draft) => void Object.assign(draft, { [String(key)]: 1 }));
      if (key === 'c') setTimeout(() => gates[0]?.());
    };
    const keys = ['a', 'b', 'c'];
    await newProcess(disk, { functions: { slow } }).run(
      workflow([{ id: 'each', call: 'slow', map: keys, with: { key: '${{ item }}' } } as Step]),
    ).outcome;
    expect(Object.keys(JSON.parse(disk.text(document) as string)).slice(-3)).toEqual(keys);
  });

  it('lose nothing that is changed while they are written', async () => {
    const disk = newDisk();
    const gates = { reading: Promise.withResolvers<void>(), edited: Promise.withResolvers<void>() };
    const beside: StepFunction = async ({ json: open }) => {
      await gates.reading.promise;
      await open(document).edit((draft) => void Object.assign(draft, { beside: 1 }));
      // What it returns is carried out while the file is still being read, if that could be.
      setTimeout(gates.edited.resolve, 20);
    };
    // The second reading is for the command, which wants to see what was changed before it.
    disk.onRead = async () => {
      if (disk.reads < 2) return;
      gates.reading.resolve();
      await gates.edited.promise;
    };
    const { error } = await newProcess(disk, { functions: { beside } }).run(
      workflow([
        json('before', { set: { '/before': 1 } }),
        { id: 'copy', run: `${document} copy.json`, dependencies: ['before'] } as Step,
        { id: 'beside', call: 'beside', dependencies: ['before'] } as Step,
      ]),
    ).outcome;
    expect(error).toBeUndefined();
    expect(JSON.parse(disk.text(document) as string)).toMatchObject({ before: 1, beside: 1 });
    expect(JSON.parse(disk.text('copy.json') as string)).not.toHaveProperty('beside');
  });

  it('are left alone where somebody else has changed them, and all else is taken back', async () => {
    const disk = newDisk({ [document]: text, 'other.json': '{}' });
    const meddle: StepFunction = () => disk.put(document, 'mine');
    const steps = [
      json('one', { set: { '/name': 'one' } }),
      json('other', { json: 'other.json', set: { '/a': 1 } }),
      { id: 'copy', run: 'other.json copy.json', dependencies: ['other'] } as Step,
      { id: 'meddle', call: 'meddle', dependencies: ['one', 'copy'] } as Step,
    ];
    // The command has had all written that was changed before it: this one comes after.
    steps.push(json('late', { json: 'other.json', set: { '/b': 1 }, dependencies: ['meddle'] }));
    const { state, error } = await newProcess(disk, { functions: { meddle } }).run(
      workflow([...steps.filter(({ id }) => id !== 'one'), { ...steps[0], dependencies: ['copy'] } as Step]),
    ).outcome;
    expect({ state, error }).toMatchObject({
      state: 'undone',
      error: { code: 'BATCH_DOCUMENT_CHANGED', path: document },
    });
    expect(disk.texts()).toEqual({ [document]: 'mine', 'other.json': '{}' });
  });

  it('are written when a run pauses, and may be changed by somebody else until it goes on', async () => {
    const disk = newDisk();
    const journal = memoryJournal();
    const steps = [
      json('one', { set: { '/name': 'one' } }),
      { id: 'ok', approve: 'Go on?', dependencies: ['one'] } as Step,
      json('two', { set: { '/two': 2 }, dependencies: ['ok'] }),
    ];
    const run = newProcess(disk, { journal }).run(workflow(steps));
    expect(await run.outcome).toMatchObject({ state: 'paused' });
    expect(JSON.parse(disk.text(document) as string).name).toBe('one');
    disk.put(document, '{"mine": 1}');
    const resumed = newProcess(disk, { journal }).resume(run.id, { approve: ['ok'] });
    expect(await resumed.outcome).toMatchObject({ state: 'committed' });
    expect(disk.text(document)).toBe('{"mine": 1, "two": 2}');
  });
});

describe('documents through a crash', () => {
  const other = 'other.json';
  const texts = { [document]: text, [other]: '{"list": [1], "deep": {"x": 1}}' };
  const appended = (id: string, name: string, value: number, dependencies: readonly string[]): Step =>
    json(id, { json: name, set: { '/list/-': value }, dependencies });
  const steps: readonly Step[] = [
    json('a', { set: { '/list': [] } }),
    appended('b', other, 2, []),
    appended('c', document, 3, ['a']),
    json('d', { json: other, set: { '/deep/y/d': 1 } }),
    { id: 'copy', run: `${document} copy.json`, dependencies: ['c'] } as Step,
    { id: 'both', call: 'both', dependencies: ['copy', 'b'] } as Step,
    appended('e', document, 4, ['both']),
    json('f', { json: other, remove: ['/deep/x'], dependencies: ['both'] }),
    { id: 'copy2', run: `${other} copy2.json`, dependencies: ['f', 'd'] } as Step,
    appended('g', other, 5, ['copy2']),
  ];
  const both: StepFunction = async ({ json: open, files }) => {
    for (const name of [document, other])
      await open(name).edit<{ list: unknown[] }>((draft) => void draft.list.push('both'));
    files.write('both.txt', 'both');
  };

  interface Died {
    readonly disk: MemoryDisk;
    readonly journal: Journal;
    readonly run: string;
    readonly reached: number;
  }
  /** Runs until the process ends at the `crashAt`th thing that it does to the disk or the journal. */
  const runUntil = async (
    crashAt: number,
    recovery: Workflow['recovery'],
    wanted: readonly Step[] = steps,
  ): Promise<Died> => {
    const disk = newDisk(texts);
    const journal = memoryJournal();
    let reached = 0;
    const reach = (): void => {
      reached += 1;
      if (reached >= crashAt) throw new Error('The process has ended.');
    };
    // It may end before something is written, and when it is and nobody has heard of it.
    const mortal: Journal = {
      ...journal,
      write: async (...given) => {
        reach();
        await journal.write(...given);
        reach();
      },
    };
    const batch = newProcess(disk, { functions: { both }, journal: mortal, reach });
    const run = batch.run(workflow(wanted, { recovery }));
    await run.outcome.catch(() => {});
    return { disk, journal, run: run.id, reached };
  };
  const whole = async (): Promise<{ readonly points: number; readonly texts: Record<string, string> }> => {
    const { disk, reached } = await runUntil(Number.POSITIVE_INFINITY, 'atomic');
    return { points: reached, texts: disk.texts() };
  };

  it('are whole when nothing happens', async () => {
    const { texts: after } = await whole();
    expect(JSON.parse(after[document] as string).list).toEqual([3, 'both', 4]);
    expect(JSON.parse(after[other] as string)).toEqual({ list: [1, 2, 'both', 5], deep: { y: { d: 1 } } });
    expect(JSON.parse(after['copy.json'] as string).list).toEqual([3]);
  });

  it('are as before after the next start, wherever the process of an atomic run has ended', async () => {
    const { points, texts: after } = await whole();
    for (let crashAt = 1; crashAt <= points; crashAt += 1) {
      const { disk, journal, run } = await runUntil(crashAt, 'atomic');
      const isCommitted = journal.load(run)?.run.state === 'committed';
      const recovered = await newProcess(disk, { journal, functions: { both } }).recover();
      expect(recovered.flatMap(({ conflicts }) => conflicts)).toEqual([]);
      expect({ crashAt, texts: disk.texts() }).toEqual({ crashAt, texts: isCommitted ? after : texts });
    }
  });

  it('are the same bytes when the run goes on as if it had never stopped', async () => {
    const { points, texts: after } = await whole();
    for (let crashAt = 1; crashAt <= points; crashAt += 1) {
      const { disk, journal, run } = await runUntil(crashAt, 'keep-successful');
      if (!['running', 'kept'].includes(journal.load(run)?.run.state ?? '')) continue;
      const { state, error } = await newProcess(disk, { journal, functions: { both } }).resume(run).outcome;
      expect({ crashAt, state, error, texts: disk.texts() }).toEqual({
        crashAt,
        state: 'committed',
        error: undefined,
        texts: after,
      });
    }
  });

  it('are refused, or have what was done, where somebody else has changed them before the run goes on', async () => {
    const ends = new Set<string>();
    for (let crashAt = 1; crashAt <= 30; crashAt += 1) {
      const { disk, journal, run } = await runUntil(crashAt, 'keep-successful', [
        json('only', { set: { '/done': 1 } }),
      ]);
      if (journal.load(run)?.run.state !== 'running') continue;
      disk.put(document, '{"mine": 1}');
      const outcome = await newProcess(disk, { journal })
        .resume(run)
        .outcome.catch((error) => error);
      ends.add(outcome.code ?? outcome.state);
      const isRefused = outcome.code === 'BATCH_DOCUMENT_CHANGED';
      expect(disk.text(document)).toBe(isRefused ? '{"mine": 1}' : '{"mine": 1, "done": 1}');
    }
    expect([...ends].sort()).toEqual(['BATCH_DOCUMENT_CHANGED', 'committed']);
  });

  it('have what steps have finished after the next start, and go on from there, or back', async () => {
    const { points, texts: after } = await whole();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: points }), fc.boolean(), async (crashAt, isUndone) => {
        const { disk, journal, run } = await runUntil(crashAt, 'keep-successful');
        if (journal.load(run)?.run.state !== 'running') return;
        const [recovery] = await newProcess(disk, { journal }).recover();
        expect(recovery).toMatchObject({ to: 'kept', conflicts: [] });
        const isDone = journal.load(run)?.attempts.some(({ step, end }) => step === 'd' && end === 'succeeded');
        expect(JSON.parse(disk.text(other) as string).deep.y).toEqual(isDone ? { d: 1 } : undefined);
        const next = newProcess(disk, { journal, functions: { both } });
        if (isUndone) await next.undo(run);
        else expect(await next.resume(run).outcome).toMatchObject({ state: 'committed' });
        expect(disk.texts()).toEqual(isUndone ? texts : after);
      }),
      { numRuns: 150 },
    );
  });
});
