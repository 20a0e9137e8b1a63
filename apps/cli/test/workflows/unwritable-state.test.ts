import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { entry } from '../built.ts';
import { type WorkflowMachine, workflowMachine } from './workflow-machine.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** As a user for whom the home of Hotpath is closed: the file system's own rules do not hold for root. */
const closed = (machine: WorkflowMachine) => {
  const home = join(machine.folder, 'home');
  mkdirSync(home, { recursive: true });
  const paths = [home, ...readdirSync(home, { recursive: true }).map((path) => join(home, String(path)))];
  if (isRoot) for (const path of [machine.folder, machine.root, ...paths]) chownSync(path, nobody, nobody);
  const open = (mode: number): void => {
    for (const path of paths) chmodSync(path, mode);
  };
  open(0o555);
  onTestFinished(() => open(0o755));
  return (...args: readonly string[]) =>
    spawnSync(process.execPath, [entry, ...args, '--root', 'project'], {
      cwd: machine.folder,
      env: machine.environment,
      encoding: 'utf8',
      ...(isRoot && { uid: nobody, gid: nobody }),
    });
};

const workflow = 'name: w\nsteps: [{ id: a, file: a.txt, content: x }]\n';

it('what only looks goes on without what is known of runs, and says so', () => {
  const machine = workflowMachine();
  machine.write('w.yaml', workflow);
  const hotpath = closed(machine);
  for (const args of [['plan', 'w.yaml'], ['graph', 'w.yaml'], ['history']]) {
    const { status, stderr, stdout } = hotpath(...args);
    expect([args[0], status]).toEqual([args[0], 0]);
    expect(stderr).toMatch(/home\/state cannot be written to: nothing is known of earlier runs/);
    if (args[0] !== 'history') expect(stdout).toMatch(/\* +a +file/);
  }
  expect(hotpath('run', 'w.yaml')).toMatchObject({ status: 1, stderr: expect.stringContaining('EACCES') });
});

it('what is known of runs is looked at where it stands', async () => {
  const machine = workflowMachine();
  machine.write('w.yaml', workflow);
  expect((await machine.over(['run', 'w.yaml'])).code).toBe(0);
  const hotpath = closed(machine);
  const listed = hotpath('history');
  expect(listed.stderr).toMatch(/home\/state cannot be written to: earlier runs are shown/);
  expect(listed.stdout).toMatch(/ w +committed /);
  const [{ id = '' } = {}] = JSON.parse(hotpath('history', '--json').stdout).runs;
  expect(hotpath('history', id).stdout).toMatch(/✓ a/);
  expect(hotpath('graph', id)).toMatchObject({ status: 0, stdout: expect.stringContaining('* a  file') });
  // Learnt, not guessed.
  expect(hotpath('plan', 'w.yaml').stdout).not.toContain('~1.0 s');
  for (const args of [
    ['run', 'w.yaml'],
    ['undo', '--yes'],
  ])
    expect(hotpath(...args)).toMatchObject({ status: 1, stderr: expect.stringContaining('BATCH_JOURNAL_UNUSABLE') });
});
