import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTogether } from '../../src/files/together.ts';
import { type FileSystem, filesWorkspace, nodeFileSystem } from '../../src/files.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();

it('batches at the same time wait for the disk as one does', async () => {
  const root = newFolder();
  const synced: string[] = [];
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    async sync(path) {
      synced.push(path.slice(root.length + 1));
      await nodeFileSystem.sync(path);
    },
  };
  const workspace = filesWorkspace({ root, fileSystem });
  mkdirSync(join(root, 'folder'));
  const paths = Array.from({ length: 20 }, (_, at) => `folder/${at}`);
  for (const path of paths) writeFileSync(join(root, path), 'old');
  const prepareAll = () =>
    Promise.all(
      paths.map((path) =>
        workspace.prepare([{ type: 'write', path, content: 'new' }], { run: 'run', name: path.slice(7) }),
      ),
    );
  const intents = await prepareAll();
  expect(synced.sort()).toEqual(['', '.hotpath', '.hotpath/staged', '.hotpath/undo']);
  synced.length = 0;
  await Promise.all(intents.map((intent) => workspace.apply(intent)));
  await workspace.sync(intents);
  expect(synced).toEqual(['.hotpath/undo/run', 'folder']);
  expect(new Set(paths.map((path) => readFileSync(join(root, path), 'utf8')))).toEqual(new Set(['new']));
});

it('what is begun while others are under way goes on with those', async () => {
  const { go } = createTogether(async () => {});
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<number>());
  const gone: number[] = [];
  const begin = async (number: number): Promise<void> => {
    await go(gates[number]?.promise as Promise<number>);
    gone.push(number);
  };
  const [first, second] = [begin(0), begin(1)];
  gates[0]?.resolve(0);
  await gates[0]?.promise;
  await Promise.resolve();
  const third = begin(2);
  gates[2]?.resolve(2);
  await third;
  expect(gone).toEqual([2]);
  gates[1]?.resolve(1);
  await Promise.all([first, second]);
  expect(gone).toEqual([2, 0, 1]);
});

it('a sync is shared by calls before it begins alone, and fails for all of them', async () => {
  let calls = 0;
  const { sync } = createTogether(async () => {
    calls += 1;
    throw new Error(`no ${calls}`);
  });
  const both = await Promise.allSettled([sync('a'), sync('a')]);
  expect(both.map((each) => each.status === 'rejected' && each.reason.message)).toEqual(['no 1', 'no 1']);
  await expect(sync('a')).rejects.toThrow('no 2');
});
