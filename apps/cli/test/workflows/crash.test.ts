import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { outcomeOf } from '../built.ts';
import { type WorkflowMachine, workflowMachine } from './workflow-machine.ts';

const slow = (recovery: string): string => `name: slow
recovery: ${recovery}
steps:
  - { id: edit, file: a.txt, content: changed, mode: "600" }
  - { id: made, run: "echo x > made.txt", dependencies: [edit], writes: [made.txt] }
  - { id: wait, run: "test -e ../go || { touch ../waiting; sleep 20; }", dependencies: [made] }
  - { id: last, file: last.txt, content: "\${{ steps.edit.output }}end", dependencies: [wait] }
`;

/** Until the third step is under way, and the journal has what was before it. */
const isUnderWay = async (machine: WorkflowMachine): Promise<void> => {
  while (!existsSync(join(machine.folder, 'waiting'))) await setTimeout(10);
  const [run] = await machine.runs();
  for (let steps: readonly string[] = []; !steps.includes('wait'); ) {
    const { stdout } = await machine.over(['history', run?.id ?? '', '--json']);
    const { attempts } = JSON.parse(stdout) as { readonly attempts: readonly { readonly step: string }[] };
    steps = attempts.map(({ step }) => step);
  }
};
const prepare = (recovery: string): WorkflowMachine => {
  const machine = workflowMachine();
  machine.file('a.txt', 'before', 0o640);
  machine.write('slow.yaml', slow(recovery));
  return machine;
};
const begin = (recovery: string, machine = prepare(recovery)) => {
  const before = machine.tree();
  const child = machine.start(['run', 'slow.yaml', '--root', 'project']);
  return { machine, before, child, outcome: outcomeOf(child) };
};

it('a killed run is taken back by the next one, which says so', async () => {
  const { machine, before, child } = begin('atomic');
  await isUnderWay(machine);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(machine.text('a.txt')).toBe('changed');
  const [killed] = await machine.runs();
  machine.write('other.yaml', 'name: other\nsteps: [{ id: look, run: "cat a.txt" }]\n');
  const { code, stdout, stderr } = await machine.over(['run', 'other.yaml']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'before\n' });
  expect(stderr).toContain(
    `The run ${killed?.id.slice(0, 8)} had ended with its process in the middle: it was taken back (2 steps).`,
  );
  expect(machine.tree()).toEqual(before);
  expect((await machine.runs()).map(({ state }) => state)).toEqual(['committed', 'undone']);
});

it('a killed run can be taken back at once, and others are once that is done', async () => {
  const { machine, before, child } = begin('atomic');
  await isUnderWay(machine);
  const locked = await machine.over(['undo', '--yes']);
  expect(locked).toMatchObject({ code: 1, stderr: expect.stringContaining('BATCH_LOCKED') });
  const underWay = await machine.over(['history']);
  expect(underWay.stdout).toMatch(/ running /);
  expect(underWay.stderr).not.toContain('interrupted');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const listed = await machine.over(['history']);
  expect(listed.stdout).toMatch(/ interrupted /);
  expect(listed.stderr).toMatch(/^(\w{8}) was interrupted: .*"hotpath resume \1" goes on/m);
  const [run] = await machine.runs();
  expect(run?.state).toBe('interrupted');
  const { stdout: shown } = await machine.over(['history', run?.id ?? '']);
  expect(shown).toMatch(/^ *state +interrupted$/m);
  expect(shown).toMatch(new RegExp(`^ *next +hotpath resume ${run?.id.slice(0, 8)}$`, 'm'));
  expect(shown).toMatch(/^- wait .*not done/m);
  const { code, stdout } = await machine.over(['undo', '--yes']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Undone: slow, run /) });
  expect(machine.tree()).toEqual(before);
});

it('a run that was killed is put in order before one below it is undone, which is said', async () => {
  const machine = workflowMachine();
  machine.write('first.yaml', 'name: first\nsteps: [{ id: one, file: a.txt, content: one }]\n');
  machine.write('slow.yaml', slow('atomic'));
  expect((await machine.over(['run', 'first.yaml'])).code).toBe(0);
  const child = machine.start(['run', 'slow.yaml', '--root', 'project']);
  await isUnderWay(machine);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const first = (await machine.runs()).find(({ name }) => name === 'first');
  const { code, stderr } = await machine.over(['undo', first?.id ?? '', '--yes']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('it was taken back (2 steps)') });
  expect(machine.tree()).toEqual({});
});

it('Ctrl-C twice stops at once, and says what goes on', async () => {
  const { machine, before, child, outcome } = begin('atomic');
  await isUnderWay(machine);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { code, stderr } = await outcome;
  const id = (await machine.runs())[0]?.id.slice(0, 8);
  expect([130, 143]).toContain(code);
  // What runs may have ended before the second.
  if (machine.text('a.txt') === 'changed') expect(stderr).toContain(`"hotpath resume ${id}" goes on`);
  else expect(machine.tree()).toEqual(before);
});

it('a plan is held against what is there once a killed run was taken back', async () => {
  const machine = prepare('atomic');
  machine.write('w.yaml', 'name: w\nsteps: [{ id: look, run: "cat a.txt", reads: [a.txt] }]\n');
  const plan = await machine.over(['plan', 'w.yaml', '-o', 'early.json']);
  const { child } = begin('atomic', machine);
  await isUnderWay(machine);
  expect((await machine.over(['plan', 'w.yaml', '-o', 'late.json'])).code).toBe(0);
  const locked = await machine.run(['apply', 'early.json']);
  expect(locked).toMatchObject({ code: 1, stderr: expect.stringContaining('BATCH_LOCKED') });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(plan.code).toBe(0);
  const late = await machine.run(['apply', 'late.json']);
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('a.txt was changed (look)') });
  expect(late.stderr).toContain('it was taken back');
  expect(await machine.run(['apply', 'early.json'])).toMatchObject({ code: 0, stdout: 'before\n' });
});

it('a killed run can be resumed: what had succeeded is not done again', async () => {
  const { machine, child } = begin('keep-successful');
  await isUnderWay(machine);
  child.kill('SIGKILL');
  await once(child, 'exit');
  machine.write('go', '');
  const { code, stderr } = await machine.over(['resume']);
  expect(stderr).toContain('edit: done before');
  expect(stderr).toContain('made: done before');
  expect(code).toBe(0);
  expect(machine.text('last.txt')).toBe('end');
});

it('a second run over the same folder is told of the first', async () => {
  const { machine, child, outcome } = begin('atomic');
  await isUnderWay(machine);
  const second = await machine.over(['run', 'slow.yaml']);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(new RegExp(`^hotpath \\[BATCH_LOCKED\\]: .* of process ${child.pid} is changing`, 'm'));
  child.kill('SIGINT');
  await outcome;
});

it('Ctrl-C once ends what runs and takes an atomic run back', async () => {
  const { machine, before, child, outcome } = begin('atomic');
  await isUnderWay(machine);
  child.kill('SIGINT');
  const { code, stderr } = await outcome;
  expect(code).toBe(130);
  expect(stderr).toContain('stopping what runs, and taking everything back');
  expect(stderr).toContain('slow: stopped after');
  expect(machine.tree()).toEqual(before);
});

it('of another run what succeeded stays, and it can be resumed', async () => {
  const { machine, child, outcome } = begin('keep-successful');
  await isUnderWay(machine);
  child.kill('SIGINT');
  const { code, stderr } = await outcome;
  expect(code).toBe(130);
  expect(stderr).toMatch(/"hotpath resume \w{8}" goes on/);
  expect(machine.text('made.txt')).toBe('x\n');
  machine.write('go', '');
  expect((await machine.over(['resume'])).code).toBe(0);
  expect(machine.text('last.txt')).toBe('end');
});
