import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FileChange, filesWorkspace } from '../../src/files.ts';
import { realTree } from './support/real-tree.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();
let root: string;
let before: object;
let workspace: ReturnType<typeof filesWorkspace>;
const prepare = (name: string, ...changes: FileChange[]): Promise<string> =>
  workspace.prepare(changes, { run: 'run', name });

const write = [
  { type: 'write', path: 'folder/a', content: 'new' },
  { type: 'write', path: 'folder/inner/made', content: 'made' },
] as const;
const remove = { type: 'remove', path: 'folder' } as const;

beforeEach(() => {
  root = newFolder();
  mkdirSync(join(root, 'folder/inner'), { recursive: true });
  for (const name of ['folder/a', 'folder/b', 'folder/inner/c']) writeFileSync(join(root, name), name);
  before = realTree(root);
  workspace = filesWorkspace({ root });
});

describe('a folder that one batch removes and another writes into', () => {
  it('comes back to the exact bytes, whichever was first', async () => {
    const written = await prepare('1', ...write);
    await workspace.apply(written);
    const between = realTree(root);
    const removed = await prepare('2', remove);
    await workspace.apply(removed);
    await workspace.sync([written, removed]);
    expect(realTree(root)).toEqual({});
    const again = await prepare('3', ...write);
    await workspace.apply(again);
    expect(await workspace.check([written, removed, again])).toEqual([]);
    expect(await workspace.undo(again)).toEqual([]);
    expect(realTree(root)).toEqual({});
    expect(await workspace.undo(removed)).toEqual([]);
    expect(realTree(root)).toEqual(between);
    expect(await workspace.undo(written)).toEqual([]);
    expect(realTree(root)).toEqual(before);
  });

  it.each([
    ['written to', 'removed'],
    ['removed', 'written to'],
  ])('is %s, and not %s by who was prepared before that', async (first) => {
    const [written, removed] = [await prepare('1', ...write), await prepare('2', remove)];
    const [one, other] = first === 'removed' ? [removed, written] : [written, removed];
    await workspace.apply(one);
    const between = realTree(root);
    await expect(workspace.apply(other)).rejects.toMatchObject({ code: 'BATCH_FILE_CHANGED' });
    expect(await workspace.undo(other)).toEqual([]);
    expect(realTree(root)).toEqual(between);
    expect(await workspace.undo(one)).toEqual([]);
    expect(realTree(root)).toEqual(before);
  });

  it('is not removed with what was made in it since', async () => {
    const removed = await prepare('1', remove);
    writeFileSync(join(root, 'folder/others'), 'others');
    await expect(workspace.apply(removed)).rejects.toMatchObject({ code: expect.stringMatching(/^BATCH_FILE_/) });
    expect(await workspace.undo(removed)).toEqual([]);
    expect(realTree(root)).toEqual({ ...before, 'folder/others': expect.objectContaining({ content: 'others' }) });
  });
});
