import { execFileSync } from 'node:child_process';
import { type Agent, loadWorkflow } from '@hotpath/batch';
import { expect, it } from 'vitest';
import { findingsOf, makeFolders } from '../../batch-engine/folders.ts';
import { file, release } from '../index.ts';

const files = {
  'package.json': '{\n    "name": "thing",\n    "version": "1.2.0"\n}\n',
  'CHANGES.md': '# Changes\n\n## 1.2.0\n\n- Begin\n',
};

const repository = () => {
  const folders = makeFolders(files);
  const git = (...args: string[]): void => {
    const options = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...options, ...args], { cwd: folders.root });
  };
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '-m', 'Begin');
  git('tag', 'v1.2.0');
  git('commit', '--quiet', '--allow-empty', '-m', 'Add a list');
  git('commit', '--quiet', '--allow-empty', '-m', 'Mend the table');
  return folders;
};
/** Made up: a model would write, and not repeat. */
const writer: Agent = async ({ task }) => task.slice(task.indexOf('- ')).trim();
const inputs = { version: '1.3.0', since: 'v1.2.0', check: 'grep -q 1.3.0 package.json && grep -q 1.3.0 CHANGES.md' };

it('has nothing against it in a plan', async () => {
  const { root } = repository();
  expect(await findingsOf(root, (await loadWorkflow(file)).workflow, inputs)).toEqual([]);
});

it('writes notes of what was committed since, above earlier ones, and the version', async () => {
  const folders = repository();
  const outcome = await release({ ...folders, agents: writer }, inputs);
  expect(outcome).toMatchObject({ state: 'committed' });
  expect(folders.read('CHANGES.md')).toBe(
    '# Changes\n\n## 1.3.0\n\n- Mend the table\n- Add a list\n\n## 1.2.0\n\n- Begin\n',
  );
  expect(folders.read('package.json')).toBe(files['package.json'].replace('1.2.0', '1.3.0'));
});

it('takes all commits where it is not said since when', async () => {
  const folders = repository();
  await release({ ...folders, agents: writer }, { version: '1.3.0', check: 'true' });
  expect(folders.read('CHANGES.md')).toContain('- Mend the table\n- Add a list\n- Begin\n\n## 1.2.0');
});

it.each([
  [
    'the check fails',
    { agents: writer },
    { ...inputs, check: 'grep 1.3.0 package.json && exit 1' },
    'BATCH_COMMAND_FAILED',
  ],
  ['no agent answers', { agents: {} }, inputs, 'BATCH_AGENT_UNKNOWN'],
  ['there is no such tag', { agents: writer }, { ...inputs, since: 'v0' }, 'BATCH_COMMAND_FAILED'],
])('leaves both files as they were where %s', async (_, { agents }, given, code) => {
  const folders = repository();
  const before = folders.tree();
  expect(await release({ ...folders, agents }, given)).toMatchObject({ error: { code } });
  expect(folders.tree()).toEqual(before);
});
