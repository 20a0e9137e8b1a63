import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { canMountDisk, mountDisk, unmountDisk } from '../../../../tests/support/small-disk.ts';
import { type FileChange, filesWorkspace } from '../../src/files.ts';
import { realTree } from './support/real-tree.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();
const step = { run: 'run', name: 'step' };
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

describe.skipIf(!canMountDisk())('files on a disk of its own (needs to mount one)', () => {
  let root: string;
  let disk: string;

  beforeEach(() => {
    root = newFolder();
    disk = join(root, 'disk');
  });
  afterEach(() => unmountDisk(disk));

  it('that is full: nothing is changed, and the message says what to do', async () => {
    mountDisk(disk, 'size=64k');
    writeFileSync(join(disk, 'a'), 'a');
    const before = realTree(disk);
    const workspace = filesWorkspace({ root: disk });
    const changes = [
      { type: 'write', path: 'a', content: 'new' },
      { type: 'write', path: 'big', content: 'x'.repeat(100_000) },
    ] as const;
    await expect(workspace.prepare(changes, step)).rejects.toMatchObject({
      code: 'BATCH_FILE_FAILED',
      message: `There is no room left on the disk of ${disk} (ENOSPC): 100,003 bytes are to be written to a, big. Make room there, and run it again. Nothing of it was changed.`,
    });
    expect(realTree(disk)).toEqual(before);
    expect(readdirSync(join(disk, '.hotpath/staged/run'))).toEqual([]);
  });

  it('that is full when it is undone: to go back takes no room', async () => {
    mountDisk(disk, 'size=256k');
    for (const name of ['a', 'b', 'c']) writeFileSync(join(disk, name), name);
    const before = realTree(disk);
    const workspace = filesWorkspace({ root: disk });
    const intent = await workspace.prepare(
      ['a', 'b'].map((path) => ({ type: 'write', path, content: path.repeat(5_000) })),
      step,
    );
    await workspace.apply(intent);
    try {
      writeFileSync(join(disk, 'ballast'), 'x'.repeat(1_000_000));
    } catch {}
    expect(await workspace.undo(intent)).toEqual([]);
    expect(realTree(disk)).toEqual({ ...before, ballast: expect.anything() });
  });

  it('below a root on another: is copied there and back, with modes and times', async () => {
    mountDisk(disk, 'size=1m');
    mkdirSync(join(disk, 'folder'));
    writeFileSync(join(disk, 'a'), 'a');
    writeFileSync(join(disk, 'folder/b'), 'b');
    writeFileSync(join(root, 'c'), 'c');
    chmodSync(join(disk, 'a'), 0o750);
    const plain = (tree: Record<string, object>): object =>
      Object.fromEntries(
        Object.entries(tree).map(([path, { ino, mtimeNs, ...node }]: [string, { ino?: bigint; mtimeNs?: bigint }]) => [
          path,
          { ...node, mtimeUs: mtimeNs === undefined ? 0 : Math.round(Number(mtimeNs / 1_000n) / 10) },
        ]),
      );
    const before = plain(realTree(root));
    const workspace = filesWorkspace({ root });
    const changes: FileChange[] = [
      { type: 'write', path: 'disk/a', content: 'new' },
      { type: 'write', path: 'disk/made/d', content: 'd' },
      { type: 'rename', path: 'disk/folder/b', to: 'b' },
      { type: 'rename', path: 'c', to: 'disk/c' },
    ];
    const intent = await workspace.prepare(changes, step);
    await workspace.apply(intent);
    const read = (path: string): string => readFileSync(join(root, path), 'utf8');
    expect(['disk/a', 'disk/made/d', 'b', 'disk/c'].map(read)).toEqual(['new', 'd', 'b', 'c']);
    expect([existsSync(join(root, 'c')), existsSync(join(disk, 'folder/b'))]).toEqual([false, false]);
    await workspace.sync([intent]);
    expect(await workspace.check([intent])).toEqual([]);
    expect(await workspace.undo(intent)).toEqual([]);
    expect(plain(realTree(root))).toEqual(before);
    expect(readdirSync(disk).sort()).toEqual(['a', 'folder']);
  });
});

describe('files in a folder that may not be written to', () => {
  it('are left as they are, with what was changed elsewhere', () => {
    const root = newFolder();
    mkdirSync(join(root, 'closed'));
    for (const path of ['a', 'closed/b']) writeFileSync(join(root, path), path);
    if (isRoot) for (const path of ['.', 'a', 'closed', 'closed/b']) chownSync(join(root, path), nobody, nobody);
    chmodSync(join(root, 'closed'), 0o555);
    const before = realTree(root);
    // The file system's own rules do not hold for root, so another user has to try.
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [fileURLToPath(new URL('./children/change-closed.ts', import.meta.url)), root],
      { encoding: 'utf8', ...(isRoot && { uid: nobody, gid: nobody }) },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      code: 'BATCH_FILE_FAILED',
      message: expect.stringMatching(/closed\/b could not be changed: EACCES.*Give this user the right/),
      changed: 'new',
      conflicts: [],
    });
    chmodSync(join(root, 'closed'), 0o755);
    expect(realTree(root)).toEqual({ ...before, closed: expect.anything() });
  });
});
