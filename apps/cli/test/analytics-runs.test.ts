import { beforeAll, describe, expect, it } from 'vitest';
import { type WorkflowMachine, workflowMachine } from './workflows/workflow-machine.ts';

const good = 'name: good\nsteps: [{ id: edit, file: a.txt, content: new }]\n';
const bad = `name: bad
steps:
  - { id: edit, file: a.txt, content: newer }
  - { id: fail, run: "exit 3", dependencies: [edit] }
  - { id: after, run: "true", dependencies: [fail] }
`;

let machine: WorkflowMachine;
beforeAll(async () => {
  machine = workflowMachine();
  machine.write('good.yaml', good);
  machine.write('bad.yaml', bad);
  expect((await machine.over(['run', 'good.yaml'])).code).toBe(0);
  const { stdout } = await machine.run(['analytics', 'errors']);
  expect(stdout).toBe('None of 1 command failed.\n');
  expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  expect((await machine.over(['run', 'bad.yaml'])).code).toBe(1);
});

describe('hotpath analytics runs', () => {
  it('shows commands, runs and steps', async () => {
    const { code, stdout, stderr } = await machine.run(['analytics', 'runs']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nrun +2 +1 +0 +50\.0% +\d.*\nundo +1 +0 +0 +100\.0% /);
    expect(stdout).toMatch(/\ngood +1 +1 +0 +0 +0 +0 +0 +1 +100\.0% /);
    expect(stdout).toMatch(/\nbad +1 +0 +1 +1 +0 +0 +0 +0 +0% +– +– +\$0\n/);
    expect(stdout).toMatch(/\nbad +fail +1 +1 +0 +0 +– +– /);
    expect(stdout).toMatch(/\nbad +after +1 +0 +0 +1 +– +– /);
  });

  it('tells the same as JSON, and of fewer where that is asked for', async () => {
    const { stdout } = await machine.run(['analytics', 'runs', '--json', '--days', '1', '--limit', '2']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ version: 1, others: { commands: 0, runs: 0, steps: 2 } });
    expect(report.commands).toMatchObject([
      { command: 'run', count: 2, failed: 1, successRate: 0.5 },
      { command: 'undo', count: 1 },
    ]);
    expect(report.steps).toHaveLength(2);
    const { stderr } = await machine.run(['analytics', 'runs', '--limit', '2']);
    expect(stderr).toContain('There are 2 more: --limit shows them.');
  });
});

describe('hotpath analytics errors', () => {
  it('tells of commands and steps that failed, though no model was asked', async () => {
    const { code, stdout } = await machine.run(['analytics', 'errors']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: 1 of 3 commands failed; 1 of 4 steps failed\n/);
    expect(stdout).toMatch(/\nCommands that failed\n.*\nBATCH_COMMAND_FAILED +run /);
    expect(stdout).toMatch(/\nSteps of runs that failed\n.*\nBATCH_COMMAND_FAILED +bad \/ fail /);
    const [run] = await machine.runs();
    expect(stdout).toContain(`BATCH_COMMAND_FAILED of bad / fail: ${run?.id}\n`);
  });
});
