import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type FileChange, filesWorkspace } from '../../src/files.ts';
import { realTree } from './support/real-tree.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();
const isRoot = process.getuid?.() === 0;
const nobody = 65534;

it.skipIf(process.platform !== 'linux')('a folder that holds what has no name as text is left as it is', async () => {
  const root = newFolder();
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'folder/a'), 'a');
  writeFileSync(Buffer.concat([Buffer.from(join(root, 'folder/b')), Buffer.from([0xff])]), 'b');
  writeFileSync(join(root, 'folder/\uFFFD'), 'a name like any other');
  const names = () => readdirSync(join(root, 'folder'), { encoding: 'latin1' });
  const before = names();
  const workspace = filesWorkspace({ root });
  const changes: FileChange[] = [
    { type: 'remove', path: 'folder' },
    { type: 'rename', path: 'folder', to: 'moved' },
  ];
  for (const change of changes)
    await expect(workspace.prepare([change], { run: 'run', name: change.type })).rejects.toMatchObject({
      code: 'BATCH_PATH_INVALID',
      message: expect.stringContaining('not UTF-8'),
    });
  expect(names()).toEqual(before);
});

it('a file that may not be written to, and has other names, is replaced and comes back', () => {
  const root = newFolder();
  writeFileSync(join(root, 'file'), 'old', { mode: 0o444 });
  linkSync(join(root, 'file'), join(root, 'other'));
  if (isRoot) for (const path of ['.', 'file']) chownSync(join(root, path), nobody, nobody);
  chmodSync(root, 0o755);
  const script = fileURLToPath(new URL('./children/replace-and-undo.ts', import.meta.url));
  // Such rights are nothing to root, so another user has to try.
  const { stdout, stderr } = spawnSync(process.execPath, [script, root, 'file'], {
    encoding: 'utf8',
    ...(isRoot && { uid: nobody, gid: nobody }),
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ between: 'new', conflicts: [], content: 'old', mode: 0o444 });
  expect(realTree(root)).toMatchObject({ other: { content: 'old' } });
});
