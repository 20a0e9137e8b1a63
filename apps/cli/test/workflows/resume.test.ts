import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventsIn, workflowMachine } from './workflow-machine.ts';

const definition = (steps: readonly string[]): string =>
  `name: w\nrecovery: keep-successful\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;
const first = '{ id: first, run: "echo x >> ../count; echo a > a.txt", writes: [a.txt] }';
const bad = '{ id: bad, run: "exit 4", dependencies: [first], retry: never }';
const good = '{ id: bad, file: b.txt, content: mended, dependencies: [first] }';

const stopped = async () => {
  const machine = workflowMachine();
  machine.write('w.yaml', definition([first, bad]));
  expect((await machine.over(['run', 'w.yaml'])).code).toBe(1);
  const id = (await machine.runs())[0]?.id ?? '';
  return { machine, id, count: () => readFileSync(join(machine.folder, 'count'), 'utf8') };
};

it('a run whose file has changed says so, and goes on as it was', async () => {
  const { machine, id } = await stopped();
  expect((await machine.over(['resume'])).stderr).not.toContain('has changed since');
  machine.write('w.yaml', definition([first, good, '{ id: more, run: "echo more" }']));
  const told = await machine.over(['resume']);
  expect(told.code).toBe(1);
  expect(told.stderr).toContain(
    `w.yaml has changed since this run began ("bad" has changed, "more" is new). The run goes on as it was then. "hotpath resume ${id.slice(0, 8)} --workflow w.yaml" goes on by the file as it is now.`,
  );
  const json = await machine.over(['resume', '--json']);
  expect(eventsIn(json)[0]).toEqual({
    type: 'workflow-changed',
    run: id,
    file: join(machine.folder, 'w.yaml'),
    steps: [
      { step: 'bad', why: 'changed' },
      { step: 'more', why: 'new' },
    ],
    finished: [],
  });
  expect(json.stderr).toContain('w.yaml has changed since');
  machine.write('w.yaml', definition([first, bad.replace('}', ', retries: 7 }')]));
  expect((await machine.over(['resume'])).stderr).toContain('(not what its steps do)');
  machine.write('w.yaml', 'steps: no');
  expect((await machine.over(['resume'])).stderr).not.toContain('has changed since');
});

it('--workflow goes on by the file as it is now: what had succeeded is not done again', async () => {
  const { machine, count } = await stopped();
  machine.write('w.yaml', definition([first, good, '{ id: more, run: "cat b.txt", dependencies: [bad] }']));
  const resumed = await machine.over(['resume', '--workflow', 'w.yaml']);
  expect(resumed).toMatchObject({ code: 0, stdout: 'mended\n' });
  expect(resumed.stderr).toContain('first: done before');
  expect(resumed.stderr).not.toContain('has changed since');
  expect(count()).toBe('x\n');
  expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  expect(machine.tree()).toEqual({});
});

it('--workflow refuses where a finished step is another one, says which, and touches nothing', async () => {
  const { machine, id, count } = await stopped();
  machine.write('w.yaml', definition([first.replace('echo a', 'echo b'), good]));
  const before = machine.tree();
  const refused = await machine.over(['resume', '--workflow', 'w.yaml']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^hotpath \[BATCH_RESUME_CHANGED\]: .*of what it has finished, "first" has changed/m);
  expect(machine.tree()).toEqual(before);
  expect(count()).toBe('x\n');
  const told = await machine.over(['resume']);
  expect(told.stderr).toContain('By the file as it is now it cannot: of what it has finished, "first" has changed.');
  machine.write('bad.yaml', definition([first, '{ id: bad, run: nosuchcommand, dependencies: [first] }']));
  const unfit = await machine.over(['resume', id, '-w', 'bad.yaml']);
  expect(unfit).toMatchObject({ code: 1, stderr: expect.stringContaining('CLI_WORKFLOW_UNFIT') });
  const both = await machine.over(['resume', '-w', 'w.yaml', '--functions', 'w.yaml']);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('not both') });
});

it('what is said of the whole run may be said anew', async () => {
  const { machine } = await stopped();
  expect((await machine.over(['resume', '--recovery', 'atomic'])).code).toBe(1);
  expect((await machine.runs())[0]?.state).toBe('undone');
  expect(machine.tree()).toEqual({});
});
