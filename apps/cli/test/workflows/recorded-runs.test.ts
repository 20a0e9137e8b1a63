import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventsIn, type WorkflowMachine, workflowMachine } from './workflow-machine.ts';

type Row = Readonly<Record<string, unknown>>;

/** What was recorded of a kind, the first first. */
const rows = async (machine: WorkflowMachine, kind: string): Promise<readonly Row[]> =>
  eventsIn(await machine.run(['analytics', 'export', '--kind', kind]));
const rowsOf = async (machine: WorkflowMachine, command: readonly string[], code: number, kind = 'run') => {
  expect(await machine.over(command)).toMatchObject({ code });
  return rows(machine, kind);
};
const idOf = async (machine: WorkflowMachine, name: string): Promise<string | undefined> =>
  (await machine.runs()).find((run) => run.name === name)?.id;

it('a run that is committed is one row, and another when it is undone', async () => {
  const machine = workflowMachine();
  machine.write('good.yaml', 'name: good\nsteps: [{ id: edit, file: a.txt, content: new }]\n');
  const committed = { run_name: 'good', outcome: 'committed', steps: 1, conflicts: null };
  expect(await rowsOf(machine, ['run', 'good.yaml'], 0)).toMatchObject([committed]);
  const run = await idOf(machine, 'good');
  expect(await rowsOf(machine, ['undo', '--yes'], 0)).toMatchObject([
    { run, ...committed },
    { run, run_name: 'good', outcome: 'reverted', steps: 1, conflicts: 0, duration: null },
  ]);
});

it('a run that fails is one row, whether it was taken back or had changed nothing; its command has the code', async () => {
  const machine = workflowMachine();
  machine.write(
    'bad.yaml',
    'name: bad\nsteps: [{ id: edit, file: a.txt, content: new }, { id: fail, run: "exit 3", dependencies: [edit] }]\n',
  );
  machine.write('idle.yaml', 'name: idle\nsteps: [{ id: fail, run: "exit 3" }]\n');
  const undone = { run_name: 'bad', outcome: 'undone', steps: 2, conflicts: 0, duration: expect.any(Number) };
  expect(await rowsOf(machine, ['run', 'bad.yaml'], 1)).toMatchObject([undone]);
  const failed = { run_name: 'idle', outcome: 'failed', steps: 1, conflicts: 0, duration: expect.any(Number) };
  expect(await rowsOf(machine, ['run', 'idle.yaml'], 1)).toMatchObject([undone, failed]);
  const command = { command: 'run', outcome: 'failed', code: 'BATCH_COMMAND_FAILED' };
  expect(await rows(machine, 'command')).toMatchObject([command, command]);
});

it('a run that waits for a yes has not failed, and an undo that is refused tells why', async () => {
  const machine = workflowMachine();
  machine.write(
    'sure.yaml',
    'name: sure\nsteps: [{ id: edit, file: a.txt, content: new }, { id: yes, approve: "Go on?", dependencies: [edit] }]\n',
  );
  expect(await rowsOf(machine, ['run', 'sure.yaml'], 3)).toMatchObject([{ run_name: 'sure', outcome: 'paused' }]);
  machine.file('a.txt', 'mine');
  expect(await rowsOf(machine, ['undo', '--yes'], 1, 'command')).toMatchObject([
    { command: 'run', outcome: 'complete', code: '' },
    { command: 'undo', outcome: 'failed', code: 'BATCH_UNDO_CONFLICT' },
  ]);
  expect(await rows(machine, 'run')).toHaveLength(1);
});

const slow = `name: slow
steps:
  - { id: edit, file: a.txt, content: changed }
  - { id: wait, run: "touch ../waiting; sleep 20", dependencies: [edit] }
`;

/** A machine on which a run was killed in its second step. */
const killed = async (): Promise<WorkflowMachine> => {
  const machine = workflowMachine();
  machine.write('slow.yaml', slow);
  const child = machine.start(['run', 'slow.yaml', '--root', 'project']);
  const ended = once(child, 'exit');
  while (!existsSync(join(machine.folder, 'waiting'))) await setTimeout(10);
  child.kill('SIGKILL');
  await ended;
  return machine;
};

it('a run that was killed is recorded under its own name and id by whichever run recovers it', async () => {
  const machine = await killed();
  machine.write('look.yaml', 'name: look\nsteps: [{ id: look, run: "true" }]\n');
  const recorded = await rowsOf(machine, ['run', 'look.yaml'], 0);
  const [slowRun, look] = await Promise.all(['slow', 'look'].map((name) => idOf(machine, name)));
  expect(recorded).toMatchObject([
    { run: slowRun, run_name: 'slow', outcome: 'recovered', steps: 1, conflicts: 0 },
    { run: look, run_name: 'look', outcome: 'committed', steps: 1 },
  ]);
});

it('a run that was killed, and is taken back by hand, is recovered as well', async () => {
  const machine = await killed();
  const run = await idOf(machine, 'slow');
  const recovered = { run, run_name: 'slow', outcome: 'recovered', steps: 1, conflicts: 0 };
  expect(await rowsOf(machine, ['undo', '--yes'], 0)).toMatchObject([recovered]);
});
