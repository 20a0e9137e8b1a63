import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadWorkflow } from '@hotpath/batch';
import { expect, it } from 'vitest';
import { findingsOf, makeFolders } from '../../batch-engine/folders.ts';
import { file, rename, undo } from '../index.ts';

const files = {
  'src/people.js': 'export const user = 1;\nexport const userName = 2;\n',
  'src/main.js': "import { user, userName } from './people.js';\nconsole.log(user + userName, '$user');\n",
  'bin/start': '#!/bin/sh\n# prints the user\nnode src/main.js\n',
  'README.md': 'Nothing about it.\n',
  'node_modules/other/index.js': 'const user = 3;\n',
};
const renaming = { from: 'user', to: 'account', check: 'grep -q "account + userName" src/main.js' };

it('has nothing against it in a plan', async () => {
  const { root } = makeFolders(files);
  expect(await findingsOf(root, (await loadWorkflow(file)).workflow, renaming)).toEqual([]);
});

it('renames whole words in every file that has them, and nothing else, and takes all of it back', async () => {
  const folders = makeFolders(files);
  chmodSync(join(folders.root, 'bin/start'), 0o755);
  const before = folders.tree();
  const outcome = await rename(folders, renaming);
  expect(outcome).toMatchObject({
    state: 'committed',
    outputs: { files: ['bin/start', 'src/main.js', 'src/people.js'] },
  });
  expect(folders.read('src/people.js')).toBe('export const account = 1;\nexport const userName = 2;\n');
  expect(folders.read('src/main.js')).toBe(
    "import { account, userName } from './people.js';\nconsole.log(account + userName, '$user');\n",
  );
  expect(folders.read('bin/start')).toContain('# prints the account');
  expect(statSync(join(folders.root, 'bin/start')).mode & 0o777).toBe(0o755);
  expect(folders.tree()['node_modules/other/index.js']).toBe(before['node_modules/other/index.js']);
  expect((await undo(folders, outcome.run)).conflicts).toEqual([]);
  expect(folders.tree()).toEqual(before);
});

it('renames nothing where the check fails', async () => {
  const folders = makeFolders(files);
  const before = folders.tree();
  const outcome = await rename(folders, { ...renaming, check: 'grep -c account src/people.js && exit 1' });
  expect(outcome).toMatchObject({ state: 'undone', error: { code: 'BATCH_COMMAND_FAILED', step: 'check' } });
  expect(folders.tree()).toEqual(before);
});

it('takes nothing back where a file was changed since', async () => {
  const folders = makeFolders(files);
  const { run } = await rename(folders, renaming);
  folders.write('src/people.js', 'mine\n');
  const after = folders.tree();
  await expect(undo(folders, run)).rejects.toMatchObject({ code: 'BATCH_UNDO_CONFLICT', path: 'src/people.js' });
  expect(folders.tree()).toEqual(after);
});
