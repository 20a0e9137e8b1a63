import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workflowMachine } from './workflow-machine.ts';

// What stands in docs/guide/workflows.md.
const example = (name: string): string =>
  readFileSync(new URL(`../../../../examples/workflows/${name}`, import.meta.url), 'utf8');

it('release notes: an agent for each commit, a file and a version, and all of it taken back', async () => {
  const machine = workflowMachine();
  machine.file('commits.txt', 'Faster start\nNo more crashes\n');
  machine.file('package.json', '{ "version": "1.0.0" }\n');
  machine.write('release-notes.yaml', example('release-notes.yaml'));
  const before = machine.tree();
  const plan = await machine.over(['plan', 'release-notes.yaml', '-i', 'version=1.1.0']);
  expect(plan.stdout).toContain('explain (x ?)');
  expect(plan.stdout).not.toContain('Findings');
  expect((await machine.over(['run', 'release-notes.yaml', '-i', 'version=1.1.0'])).code).toBe(0);
  expect(machine.text('NOTES.md')).toMatch(/^# 1\.1\.0\n\n.*Faster start\n\n.*No more crashes\n$/);
  expect(machine.text('package.json')).toBe('{ "version": "1.1.0" }\n');
  expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  expect(machine.tree()).toEqual(before);
});

it('renaming: every file or none', async () => {
  const machine = workflowMachine();
  machine.file('src/a.txt', 'old and old\n', 0o640);
  machine.file('src/deep/b.txt', 'an old thing\n');
  machine.file('src/c.txt', 'nothing\n');
  machine.write('rename.yaml', example('rename.yaml'));
  const before = machine.tree();
  const run = (to: string) => machine.over(['run', 'rename.yaml', '-i', 'from=old', '-i', `to=${to}`]);
  // The check after it finds the word again.
  const failed = await run('old one');
  expect(failed.code).toBe(1);
  expect(machine.tree()).toEqual(before);
  expect((await run('new')).code).toBe(0);
  expect([machine.text('src/a.txt'), machine.text('src/deep/b.txt')]).toEqual(['new and new\n', 'an new thing\n']);
  expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  expect(machine.tree()).toEqual(before);
});

it('publishing: only after a yes, and what is outside is taken back by a command', async () => {
  const machine = workflowMachine();
  const outside = join(machine.folder, 'public');
  mkdirSync(outside);
  machine.file('page.md', '# Hello\n');
  machine.write('publish.yaml', example('publish.yaml'));
  const environment = { PUBLIC_FOLDER: outside };
  expect((await machine.over(['run', 'publish.yaml'], { environment })).code).toBe(3);
  expect(existsSync(join(outside, 'index.md'))).toBe(false);
  expect((await machine.over(['resume', '--approve', 'sure'], { environment })).code).toBe(0);
  expect(readFileSync(join(outside, 'index.md'), 'utf8')).toBe('# Hello\n');
  expect((await machine.over(['undo', '--yes'], { environment })).code).toBe(0);
  expect(existsSync(join(outside, 'index.md'))).toBe(false);
});
