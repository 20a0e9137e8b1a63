import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesWorkspace } from '../../src/files/files-workspace.ts';
import {
  type Batch,
  createBatch,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  type RunOutcome,
  type Step,
  type StepFunction,
} from '../../src/index.ts';

describe('documents on a disk', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'documents-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const newBatch = (functions: Readonly<Record<string, StepFunction>> = {}): Batch => {
    const workspace = jsonWorkspace({ root });
    return createBatch({
      root,
      dispatcher: localDispatcher({ json: jsonExecutor(workspace), documents: workspace, functions }),
      workspaces: [filesWorkspace({ root }), workspace],
    });
  };
  const outcomeOf = (
    steps: readonly unknown[],
    functions: Readonly<Record<string, StepFunction>> = {},
  ): Promise<RunOutcome> => newBatch(functions).run({ name: 'test', steps: steps as Step[] }).outcome;
  const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

  it('are what a function and an edit of text read', async () => {
    writeFileSync(join(root, 'a.json'), '{"a": 1}\n');
    const steps = [
      { id: 'one', json: 'a.json', set: { '/a': 2 } },
      { id: 'look', call: 'look', dependencies: ['one'] },
      { id: 'two', json: 'a.json', set: { '/b': 3 }, dependencies: ['look'] },
      { id: 'text', file: 'a.json', find: '"b": 3', replace: '"c": 4', dependencies: ['two'] },
      { id: 'three', json: './a.json', set: { '/d': 5 }, dependencies: ['text'] },
    ];
    const { outputs, error } = await outcomeOf(steps, { look: ({ files }) => files.readText('./a.json') });
    expect({ error, look: outputs.look }).toEqual({ error: undefined, look: '{"a": 2}\n' });
    expect(textOf('a.json')).toBe('{"a": 2, "c": 4, "d": 5}\n');
  });

  it('are the same files as before, to the time and the inode, when the run is taken back', async () => {
    const text = '{\r\n\t"a": 1.0, // one\r\n}';
    writeFileSync(join(root, 'a.json'), text);
    chmodSync(join(root, 'a.json'), 0o640);
    const stateOf = () => {
      const { ino, mode, mtimeNs } = statSync(join(root, 'a.json'), { bigint: true });
      return { ino, mode, mtimeNs, text: textOf('a.json') };
    };
    const before = stateOf();
    const batch = newBatch();
    const run = batch.run({
      name: 'test',
      steps: [
        { id: 'one', json: 'a.json', set: { '/b': 2 } },
        { id: 'new', json: 'new.json', set: { '': [] } },
        { id: 'text', file: 'a.json', find: '// one', replace: '// 1', dependencies: ['one'] },
        { id: 'two', json: 'a.json', remove: ['/b'], merge: { c: 3 }, dependencies: ['text'] },
      ],
    });
    expect((await run.outcome).error).toBeUndefined();
    expect(stateOf()).toMatchObject({ mode: before.mode, text: '{\r\n\t"a": 1.0, // 1\r\n\t"c": 3,\r\n}' });
    expect(await batch.undo(run.id)).toMatchObject({ conflicts: [] });
    expect([stateOf(), readdirSync(root)]).toEqual([before, ['a.json']]);
  });

  it('are one document by whatever link they are reached, and none where it leads outside', async () => {
    mkdirSync(join(root, 'real'));
    writeFileSync(join(root, 'real/a.json'), '{}\n');
    symlinkSync('real', join(root, 'folder'));
    symlinkSync('real/a.json', join(root, 'link.json'));
    symlinkSync(tmpdir(), join(root, 'out'));
    const { error } = await outcomeOf([
      { id: 'one', json: 'folder/a.json', set: { '/one': 1 } },
      { id: 'two', json: 'link.json', set: { '/two': 2 }, dependencies: ['one'] },
    ]);
    expect(error).toBeUndefined();
    expect(textOf('real/a.json')).toBe('{\n  "one": 1,\n  "two": 2\n}\n');
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'a.json'), '{}');
    const path = join('out', outside.slice(tmpdir().length + 1), 'a.json');
    const { error: refused } = await outcomeOf([{ id: 'one', json: path, set: { '/one': 1 } }]);
    rmSync(outside, { recursive: true });
    expect(refused).toMatchObject({ code: 'BATCH_DOCUMENT_OUTSIDE' });
  });

  it('are one document where they are new, by whatever link their folder is reached', async () => {
    mkdirSync(join(root, 'real'));
    symlinkSync('real', join(root, 'folder'));
    symlinkSync('.', join(root, 'self'));
    const { error } = await outcomeOf([
      { id: 'one', json: 'folder/deep/a.json', set: { '': {}, '/one': 1 } },
      { id: 'two', json: 'real/deep/a.json', set: { '/two': 2 }, dependencies: ['one'] },
      { id: 'three', json: 'self/real/deep/a.json', set: { '/three': 3 }, dependencies: ['two'] },
    ]);
    expect(error).toBeUndefined();
    expect(JSON.parse(textOf('real/deep/a.json'))).toEqual({ one: 1, two: 2, three: 3 });
  });

  it('are refused by a link that leads nowhere, out of the root or in a circle', async () => {
    symlinkSync('none.json', join(root, 'nowhere.json'));
    symlinkSync(tmpdir(), join(root, 'out'));
    symlinkSync('circle.json', join(root, 'circle.json'));
    writeFileSync(join(root, 'file'), '');
    const codeOf = async (json: string): Promise<unknown> =>
      ((await outcomeOf([{ id: 'one', json, set: { '': {} } }])).error as { code?: unknown }).code;
    expect(await codeOf('nowhere.json')).toBe('BATCH_FILE_UNREADABLE');
    expect(await codeOf('out/new.json')).toBe('BATCH_DOCUMENT_OUTSIDE');
    expect(await codeOf('circle.json')).toBe('BATCH_FILE_UNREADABLE');
    expect(await codeOf('file/new.json')).toBe('BATCH_FILE_UNREADABLE');
  });

  it('are refused where they are no text, no file, or no JSON', async () => {
    writeFileSync(join(root, 'latin.json'), Buffer.from([0x22, 0xe9, 0x22]));
    mkdirSync(join(root, 'folder.json'));
    writeFileSync(join(root, 'bad.json'), '{\n  "a": 1\n  "b": 2\n}');
    const refused = async (json: string): Promise<unknown> =>
      (await outcomeOf([{ id: 'one', json, set: { '/a': 1 } }])).error;
    expect(await refused('latin.json')).toMatchObject({ code: 'BATCH_JSON_INVALID' });
    expect(await refused('folder.json')).toMatchObject({ code: 'BATCH_FILE_UNREADABLE' });
    expect(await refused('none.json')).toMatchObject({ code: 'BATCH_FILE_MISSING', path: 'none.json' });
    expect(await refused('bad.json')).toMatchObject({
      message: 'bad.json is no JSON at line 3, column 3: expected "," or "}". Mend the file.',
    });
  });

  it.each([{ set: [] }, { remove: '/a' }, {}])('are not changed by a step that says %j', async (fields) => {
    writeFileSync(join(root, 'a.json'), '{}');
    await expect(outcomeOf([{ id: 'one', json: 'a.json', ...fields } as never])).rejects.toMatchObject({
      code: 'BATCH_WORKFLOW_INVALID',
    });
  });
});
