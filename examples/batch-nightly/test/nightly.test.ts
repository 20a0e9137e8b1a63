import { execFileSync } from 'node:child_process';
import { loadWorkflow } from '@hotpath/batch';
import { expect, it } from 'vitest';
import { findingsOf, makeFolders } from '../../batch-engine/folders.ts';
import { complete, file, report } from '../index.ts';

const repository = () => {
  const folders = makeFolders({ 'a.txt': 'FIXME one\nFIXME two\n', 'audit.sh': 'echo "no network" >&2; exit 7\n' });
  execFileSync('git', ['init', '--quiet'], { cwd: folders.root });
  const options = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...options, 'commit', '--quiet', '--allow-empty', '-m', 'Begin'], { cwd: folders.root });
  return folders;
};
const inputs = { date: '2026-03-01', audit: 'sh audit.sh' };
const healthy = 'echo "{\\"found\\": 0}"\n';

it('has nothing against it in a plan', async () => {
  const { root } = repository();
  expect(await findingsOf(root, (await loadWorkflow(file)).workflow, inputs)).toEqual([]);
});

it('stands without the source that failed, and gets its part when that works', async () => {
  const folders = repository();
  const outcome = await report(folders, inputs);
  const stateOf = (step: string) => outcome.steps.find((each) => each.step === step)?.state;
  expect(outcome).toMatchObject({ state: 'kept', error: { code: 'BATCH_COMMAND_FAILED', step: 'audit' } });
  expect({ audit: stateOf('audit'), part: stateOf('audit-part'), warning: stateOf('warning') }).toEqual({
    audit: 'failed',
    part: 'blocked',
    warning: 'skipped',
  });
  const part = { date: '2026-03-01', commits: ['Begin'], todos: ['./a.txt:1:FIXME one', './a.txt:2:FIXME two'] };
  expect(JSON.parse(folders.read('report.json'))).toEqual(part);

  folders.write('audit.sh', healthy);
  // Were the sources asked again, they would find this.
  folders.write('a.txt', 'FIXME three\n');
  expect(await complete(folders, outcome.run)).toMatchObject({ state: 'committed' });
  expect(JSON.parse(folders.read('report.json'))).toEqual({ ...part, audit: { found: 0 } });
});

it('warns from so many open ends on', async () => {
  const folders = repository();
  folders.write('audit.sh', healthy);
  expect(await report(folders, { ...inputs, maxTodos: 2 })).toMatchObject({ state: 'committed' });
  expect(JSON.parse(folders.read('report.json')).warning).toBe('2 open ends, and 2 are too many');
});
