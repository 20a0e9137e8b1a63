import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FileChange, filesWorkspace } from '../../src/files.ts';
import { createBatch, type Task } from '../../src/index.ts';
import { realTree } from './support/real-tree.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();
let root: string;
let number = 0;

const workspace = () => filesWorkspace({ root });
const prepare = (...changes: FileChange[]): Promise<string> => {
  number += 1;
  return workspace().prepare(changes, { run: 'run', name: `step-${number}` });
};
const carryOut = async (...changes: FileChange[]): Promise<string> => {
  const intent = await prepare(...changes);
  await workspace().apply(intent);
  return intent;
};
const at = (path: string): string => join(root, path);
const text = (path: string): string => readFileSync(at(path), 'utf8');

beforeEach(() => {
  root = newFolder();
  mkdirSync(at('src/deep'), { recursive: true });
  writeFileSync(at('src/a.ts'), 'a');
  writeFileSync(at('src/b.ts'), 'b');
  writeFileSync(at('src/deep/c.ts'), 'c');
  chmodSync(at('src/b.ts'), 0o755);
  symlinkSync('a.ts', at('src/link'));
});

describe('files on this machine', () => {
  it('are changed in every way, and are the very same again after undo', async () => {
    const before = realTree(root);
    const intent = await carryOut(
      { type: 'write', path: 'src/a.ts', content: 'new a' },
      { type: 'write', path: 'src/b.ts', content: new Uint8Array([0, 255]) },
      { type: 'write', path: 'new/folder/d.ts', content: 'd', mode: 0o600 },
      { type: 'rename', path: 'src/deep', to: 'moved' },
      { type: 'mode', path: 'moved/c.ts', mode: 0o700 },
      { type: 'remove', path: 'src/link' },
      { type: 'link', path: 'src/other', target: '../nowhere' },
      { type: 'folder', path: 'closed', mode: 0o500 },
    );
    expect(text('src/a.ts')).toBe('new a');
    expect(readFileSync(at('src/b.ts'))).toEqual(Buffer.from([0, 255]));
    expect(statSync(at('src/b.ts')).mode & 0o777).toBe(0o755);
    expect(statSync(at('new/folder/d.ts')).mode & 0o777).toBe(0o600);
    expect([text('moved/c.ts'), statSync(at('moved/c.ts')).mode & 0o777]).toEqual(['c', 0o700]);
    expect([existsSync(at('src/deep')), existsSync(at('src/link'))]).toEqual([false, false]);
    expect(readlinkSync(at('src/other'))).toBe('../nowhere');
    expect(statSync(at('closed')).mode & 0o777).toBe(0o500);
    await workspace().sync([intent]);
    expect(await workspace().check([intent])).toEqual([]);
    expect(await workspace().undo(intent)).toEqual([]);
    expect(realTree(root)).toEqual(before);
  });

  it('go in a circle', async () => {
    const before = realTree(root);
    const intent = await carryOut(
      { type: 'rename', path: 'src/a.ts', to: 'src/t' },
      { type: 'rename', path: 'src/b.ts', to: 'src/a.ts' },
      { type: 'rename', path: 'src/t', to: 'src/b.ts' },
    );
    expect([text('src/a.ts'), text('src/b.ts'), existsSync(at('src/t'))]).toEqual(['b', 'a', false]);
    expect(await workspace().undo(intent)).toEqual([]);
    expect(realTree(root)).toEqual(before);
  });

  it('leaves nothing of its own behind when the last run is forgotten, and nothing for others to see before', async () => {
    await carryOut({ type: 'write', path: 'src/a.ts', content: 'new' });
    expect(readFileSync(at('.hotpath/.gitignore'), 'utf8')).toBe('/.gitignore\n/staged/\n/undo/\n');
    expect(statSync(at('.hotpath')).mode & 0o777).toBe(0o700);
    await workspace().forget('run');
    expect(existsSync(at('.hotpath'))).toBe(false);
    expect(text('src/a.ts')).toBe('new');
  });

  it('takes a file that was made elsewhere, with its mode', async () => {
    const made = join(newFolder(), 'made');
    writeFileSync(made, 'made elsewhere');
    chmodSync(made, 0o711);
    const before = realTree(root);
    const { ino } = statSync(made);
    const intent = await carryOut({ type: 'write', path: 'src/a.ts', from: made });
    expect([text('src/a.ts'), statSync(at('src/a.ts')).mode & 0o777, statSync(at('src/a.ts')).ino]).toEqual([
      'made elsewhere',
      0o711,
      ino,
    ]);
    expect(await workspace().undo(intent)).toEqual([]);
    expect(realTree(root)).toEqual(before);
  });

  it('keeps a copy of a file that has other names: what is written by those does not reach it', async () => {
    linkSync(at('src/a.ts'), at('src/twin'));
    const { mtimeMs } = statSync(at('src/a.ts'));
    const intent = await carryOut({ type: 'write', path: 'src/a.ts', content: 'new' });
    writeFileSync(at('src/twin'), 'mine');
    expect(await workspace().undo(intent)).toEqual([]);
    expect([text('src/a.ts'), text('src/twin')]).toEqual(['a', 'mine']);
    expect(statSync(at('src/a.ts')).mtimeMs).toBeCloseTo(mtimeMs, 2);
  });

  it('moves one name of a file over another of the same', async () => {
    linkSync(at('src/a.ts'), at('src/twin'));
    const intent = await carryOut({ type: 'rename', path: 'src/a.ts', to: 'src/twin' });
    expect([existsSync(at('src/a.ts')), text('src/twin')]).toEqual([false, 'a']);
    expect(await workspace().undo(intent)).toEqual([]);
    expect([text('src/a.ts'), text('src/twin')]).toEqual(['a', 'a']);
  });

  it('says where what was there is kept when somebody has changed what it left', async () => {
    const intent = await carryOut(
      { type: 'write', path: 'src/a.ts', content: 'new' },
      { type: 'remove', path: 'src/b.ts' },
      { type: 'write', path: 'made/x', content: 'x' },
    );
    // As long as before, and at once.
    writeFileSync(at('src/a.ts'), 'his');
    writeFileSync(at('src/b.ts'), 'hers');
    writeFileSync(at('made/theirs'), '');
    const conflicts = await workspace().undo(intent);
    expect(conflicts.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'made holds what others have made',
      'src/a.ts was changed since',
      'src/b.ts is there again',
    ]);
    expect(conflicts.slice(1).map(({ keptAt }) => readFileSync(String(keptAt), 'utf8'))).toEqual(['a', 'b']);
    expect([text('src/a.ts'), text('src/b.ts'), existsSync(at('made/x'))]).toEqual(['his', 'hers', false]);
  });

  it('says so when somebody has removed what it kept', async () => {
    const intent = await carryOut(
      { type: 'write', path: 'src/a.ts', content: 'new' },
      { type: 'rename', path: 'src/b.ts', to: 'src/moved' },
    );
    rmSync(at('.hotpath'), { recursive: true });
    const reason = expect.stringMatching(/no longer kept/);
    expect(await workspace().undo(intent)).toEqual([
      { path: 'src/a.ts', reason },
      { path: 'src/moved', reason },
    ]);
    expect([text('src/a.ts'), text('src/moved')]).toEqual(['new', 'b']);
  });

  it('does not bring back what somebody has removed since', async () => {
    const intent = await carryOut({ type: 'write', path: 'src/a.ts', content: 'new' });
    rmSync(at('src'), { recursive: true });
    expect(await workspace().undo(intent)).toMatchObject([{ path: 'src/a.ts', reason: 'was removed since' }]);
    expect(existsSync(at('src'))).toBe(false);
  });

  it('finds its way through a link to a folder within the root', async () => {
    symlinkSync('src', at('alias'));
    const intent = await carryOut({ type: 'write', path: 'alias/a.ts', content: 'new' });
    expect([text('src/a.ts'), lstatSync(at('alias')).isSymbolicLink()]).toEqual(['new', true]);
    expect(await workspace().undo(intent)).toEqual([]);
    expect(text('src/a.ts')).toBe('a');
  });

  it('changes nothing behind a link that has come into the place of a folder', async () => {
    const intent = await carryOut({ type: 'write', path: 'src/deep/c.ts', content: 'new' });
    const pending = await prepare({ type: 'write', path: 'src/deep/c.ts', content: 'newer' });
    const elsewhere = newFolder();
    renameSync(at('src'), join(elsewhere, 'src'));
    symlinkSync(join(elsewhere, 'src'), at('src'));
    await expect(workspace().apply(pending)).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED', path: 'src' });
    const conflict = { path: 'src/deep/c.ts', reason: 'cannot be reached: src is no folder any more' };
    expect(await workspace().check([intent])).toMatchObject([conflict]);
    expect(await workspace().undo(intent)).toMatchObject([conflict]);
    expect(text('src/deep/c.ts')).toBe('new');
  });

  it('changes more files than are open at one time', async () => {
    const before = realTree(root);
    const paths = Array.from({ length: 300 }, (_, number) => `many/${number % 7}/${number}`);
    const intent = await carryOut(...paths.map((path): FileChange => ({ type: 'write', path, content: path })));
    expect(paths.map(text)).toEqual(paths);
    await workspace().sync([intent]);
    expect(await workspace().undo(intent)).toEqual([]);
    expect(realTree(root)).toEqual(before);
  });

  it.each([
    ['../out', 'BATCH_PATH_INVALID'],
    ['src/../../out', 'BATCH_PATH_INVALID'],
    ['/etc/passwd', 'BATCH_PATH_INVALID'],
    ['.', 'BATCH_PATH_INVALID'],
    ['outside/x', 'BATCH_PATH_INVALID'],
    ['circle/x', 'BATCH_PATH_INVALID'],
    ['.hotpath/x', 'BATCH_PATH_INVALID'],
    ['src/../.hotpath', 'BATCH_PATH_INVALID'],
    ['own/x', 'BATCH_PATH_INVALID'],
    ['a\0b', 'BATCH_PATH_INVALID'],
    ['src/a.ts/x', 'BATCH_FILE_KIND'],
    ['src', 'BATCH_FILE_KIND'],
  ])('refuses to write to %j', async (path, code) => {
    mkdirSync(at('.hotpath'));
    symlinkSync(newFolder(), at('outside'));
    symlinkSync('circle', at('circle'));
    symlinkSync('.hotpath', at('own'));
    const before = realTree(root);
    await expect(prepare({ type: 'write', path, content: '' })).rejects.toMatchObject({ code });
    expect(realTree(root)).toEqual(before);
  });

  it.each<[FileChange, string]>([
    [{ type: 'remove', path: 'nothing' }, 'BATCH_FILE_MISSING'],
    [{ type: 'remove', path: 'no/thing' }, 'BATCH_FILE_MISSING'],
    [{ type: 'rename', path: 'nothing', to: 'x' }, 'BATCH_FILE_MISSING'],
    [{ type: 'rename', path: 'src', to: 'src/deep/x' }, 'BATCH_FILE_KIND'],
    [{ type: 'rename', path: 'src/a.ts', to: 'src/deep' }, 'BATCH_FILE_KIND'],
    [{ type: 'mode', path: 'src/link', mode: 0o600 }, 'BATCH_FILE_KIND'],
    [{ type: 'folder', path: 'src/a.ts' }, 'BATCH_FILE_KIND'],
    [{ type: 'write', path: 'x', from: 'nothing' }, 'BATCH_FILE_MISSING'],
  ])('refuses %j', async (change, code) => {
    await expect(prepare(change)).rejects.toMatchObject({ code });
  });

  it.each([
    { applied: [0, 1], undone: [1, 0] },
    { applied: [1, 0], undone: [1, 0] },
    { applied: [0, 1], undone: [0, 1] },
    { applied: [1, 0], undone: [0, 1] },
  ])(
    'hold a folder that two have made at the same time as long as one of them stands: %j',
    async ({ applied, undone }) => {
      const before = realTree(root);
      const intents = await Promise.all(
        ['a', 'b'].map((name) => prepare({ type: 'write', path: `new/inner/${name}`, content: name })),
      );
      for (const each of applied) await workspace().apply(intents[each] as string);
      expect([text('new/inner/a'), text('new/inner/b')]).toEqual(['a', 'b']);
      expect(await workspace().check(intents)).toEqual([]);
      const [first = 0, last = 0] = undone;
      const one = workspace();
      expect(await one.undo(intents[first] as string, intents)).toEqual([]);
      expect(text(`new/inner/${'ab'[last]}`)).toBe('ab'[last]);
      expect(await one.undo(intents[last] as string, intents)).toEqual([]);
      expect(realTree(root)).toEqual(before);
    },
  );

  it('leave a folder that two have made where somebody else has put something into it', async () => {
    const intents = await Promise.all(
      ['a', 'b'].map((name) => prepare({ type: 'write', path: `new/${name}`, content: name })),
    );
    for (const intent of intents) await workspace().apply(intent);
    writeFileSync(at('new/mine'), 'mine');
    const one = workspace();
    expect(await one.undo(intents[1] as string, intents)).toEqual([]);
    expect(await one.undo(intents[0] as string, intents)).toMatchObject([
      { path: 'new', reason: 'holds what others have made' },
    ]);
    expect(text('new/mine')).toBe('mine');
  });

  it('are changed and taken back by a batch', async () => {
    const before = realTree(root);
    const write = (path: string, content: string) => ({ type: 'write', path, content });
    const batch = createBatch({
      root,
      workspaces: [workspace()],
      dispatcher: {
        dispatch: async ({ step }: Task) => ({
          changes: [{ workspace: 'files', changes: [write(`src/${step}.ts`, step)], touched: [`src/${step}.ts`] }],
        }),
      },
    });
    const step = (id: string) => ({ id, call: 'write', writes: [`src/${id}.ts`] });
    const run = batch.run({ name: 'test', steps: [step('a'), step('d')] });
    expect(await run.outcome).toMatchObject({ state: 'committed' });
    expect([text('src/a.ts'), text('src/d.ts')]).toEqual(['a', 'd']);
    writeFileSync(at('src/d.ts'), 'mine');
    await expect(batch.undo(run.id)).rejects.toMatchObject({ code: 'BATCH_UNDO_CONFLICT', path: 'src/d.ts' });
    writeFileSync(at('src/d.ts'), 'd');
    expect(await batch.undo(run.id)).toMatchObject({ conflicts: [] });
    expect(realTree(root)).toEqual(before);
  });
});
