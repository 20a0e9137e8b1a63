import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { canMountDisk, mountDisk, unmountDisk } from '../../../../tests/support/small-disk.ts';
import { realTree } from '../files/support/real-tree.ts';
import { temporaryFolders } from '../files/support/temporary-folders.ts';
import { newBatch } from './support/real-batch.ts';

const newFolder = temporaryFolders();
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

describe('a run over real files', () => {
  it('stops at a file that somebody else has changed in the middle of it, and leaves what is theirs', async () => {
    const folder = newFolder();
    const root = join(folder, 'root');
    mkdirSync(root);
    for (const path of ['a', 'b']) writeFileSync(join(root, path), 'before');
    writeFileSync(join(root, 'c.json'), '{"mine": 1}');
    const meddle = (): void => {
      writeFileSync(join(root, 'a'), 'theirs');
      writeFileSync(join(root, 'c.json'), '{"theirs": 1}');
    };
    const batch = newBatch(folder, { meddle });
    onTestFinished(() => batch.close());
    const { state, error, conflicts } = await batch.run({
      name: 'meddled with',
      steps: [
        { id: 'a', file: 'a', content: 'after' },
        { id: 'b', file: 'b', content: 'after' },
        { id: 'c', json: 'c.json', set: { '/mine': 2 } },
        { id: 'meddle', call: 'meddle', dependencies: ['a', 'b', 'c'] },
      ],
    }).outcome;
    expect({ state, error, conflicts }).toMatchObject({
      state: 'undone',
      error: { code: 'BATCH_DOCUMENT_CHANGED', path: 'c.json' },
      conflicts: [{ path: 'a', reason: 'was changed since' }],
    });
    const read = (path: string): string => readFileSync(join(root, path), 'utf8');
    expect(['a', 'b', 'c.json'].map(read)).toEqual(['theirs', 'before', '{"theirs": 1}']);
    // What stood there before is not lost either.
    expect(readFileSync(String(conflicts[0]?.keptAt), 'utf8')).toBe('before');
  });

  it('says which folder may not be written to, and takes back what it had changed elsewhere', () => {
    const folder = newFolder();
    const root = join(folder, 'root');
    mkdirSync(join(root, 'closed'), { recursive: true });
    for (const path of ['a', 'closed/b']) writeFileSync(join(root, path), path);
    if (isRoot)
      for (const path of ['.', 'root', 'root/a', 'root/closed', 'root/closed/b'])
        chownSync(join(folder, path), nobody, nobody);
    chmodSync(join(root, 'closed'), 0o555);
    const before = realTree(root);
    // The file system's own rules do not hold for root, so another user has to try.
    const child = fileURLToPath(new URL('./change-closed.ts', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [child, folder], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
      ...(isRoot && { uid: nobody, gid: nobody }),
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      state: 'undone',
      code: 'BATCH_FILE_FAILED',
      message: expect.stringMatching(/closed\/b could not be changed: EACCES.*Give this user the right/),
      conflicts: [],
    });
    chmodSync(join(root, 'closed'), 0o755);
    expect(realTree(root)).toEqual({ ...before, closed: expect.anything() });
  });

  it.skipIf(!canMountDisk())('says that the disk is full, and is taken back (needs to mount one)', async () => {
    const folder = newFolder();
    const root = join(folder, 'root');
    mountDisk(root, 'size=192k');
    onTestFinished(() => unmountDisk(root));
    for (const path of ['a', 'b']) writeFileSync(join(root, path), 'before');
    writeFileSync(join(root, 'c.json'), '{"mine": 1}');
    const before = realTree(root);
    const batch = newBatch(folder, {});
    onTestFinished(() => batch.close());
    const { state, error, conflicts } = await batch.run({
      name: 'too much',
      steps: [
        { id: 'a', file: 'a', content: 'after' },
        { id: 'c', json: 'c.json', set: { '/mine': 2 } },
        { id: 'big', file: 'b', content: 'x'.repeat(400_000), dependencies: ['a', 'c'] },
      ],
    }).outcome;
    expect({ state, error, conflicts }).toMatchObject({
      state: 'undone',
      error: {
        code: 'BATCH_FILE_FAILED',
        path: 'b',
        message: expect.stringContaining(`disk of ${root} (ENOSPC): 400,000 bytes are to be written to b. Make room`),
      },
      conflicts: [],
    });
    expect(realTree(root)).toEqual(before);
  });
});
