import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { correctFailures, createCorrector, createWorld } from '../../src/correct.ts';
import { BatchError, type Step, type Workflow } from '../../src/index.ts';
import { batchMachine } from './machine.ts';

const workflow = (steps: readonly object[], fields: Partial<Workflow> = {}): Workflow => ({
  name: 'test',
  steps: steps as readonly Step[],
  ...fields,
});

const release: readonly object[] = [
  { id: 'notes', agent: 'writer', task: 'Notes for ${{ inputs.version }}' },
  { id: 'version', json: 'package.json', set: { '/version': '${{ inputs.version }}' } },
  { id: 'changes', file: 'CHANGES.md', append: '## ${{ inputs.version }}\n${{ steps.notes.output }}\n' },
  {
    id: 'build',
    run: 'mkdir -p dist && grep version package.json > dist/out.txt && chmod 700 tool',
    dependencies: ['version'],
  },
  { id: 'old', file: 'old.txt', delete: true },
];

const machineWithFiles = () => {
  const machine = batchMachine();
  writeFileSync(join(machine.root, 'package.json'), '{\n  "name": "x",\n  "version": "1.0.0"\n}\n');
  writeFileSync(join(machine.root, 'CHANGES.md'), '# Changes\n');
  writeFileSync(join(machine.root, 'old.txt'), 'old');
  writeFileSync(join(machine.root, 'tool'), '#!/bin/sh\n');
  chmodSync(join(machine.root, 'tool'), 0o755);
  return machine;
};

describe('agents, JSON, files and commands in one run', () => {
  it('are all carried out, and all taken back by undo', async () => {
    const machine = machineWithFiles();
    const before = machine.tree();
    const batch = machine.open({ agents: async ({ task }) => ({ text: `said: ${task}`, costUsd: 0.01 }) });
    const run = batch.run(workflow(release), { inputs: { version: '2.0.0' } });
    expect(await run.outcome).toMatchObject({ state: 'committed', costUsd: 0.01 });
    expect(machine.tree()).toEqual({
      'CHANGES.md': '# Changes\n## 2.0.0\nsaid: Notes for 2.0.0\n',
      'dist/': '',
      'dist/out.txt': '  "version": "2.0.0"\n',
      'package.json': '{\n  "name": "x",\n  "version": "2.0.0"\n}\n',
      tool: '#!/bin/sh\n',
    });
    expect(statSync(join(machine.root, 'tool')).mode & 0o777).toBe(0o700);
    expect((await batch.undo(run.id)).conflicts).toEqual([]);
    expect(machine.tree()).toEqual(before);
    expect(statSync(join(machine.root, 'tool')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(machine.root, '.hotpath'))).toBe(false);
  });

  it('leave nothing where the last one fails', async () => {
    const machine = machineWithFiles();
    const before = machine.tree();
    const steps = [
      ...release,
      { id: 'check', run: 'cat dist/out.txt; exit 3', dependencies: ['build', 'changes', 'old'] },
    ];
    const { state, error } = await machine
      .open({ agents: async () => 'notes' })
      .run(workflow(steps), { inputs: { version: '2.0.0' } }).outcome;
    expect({ state, error }).toMatchObject({ state: 'undone', error: { code: 'BATCH_COMMAND_FAILED', step: 'check' } });
    expect(machine.tree()).toEqual(before);
  });

  it('go on in another process where the first was stopped, and pay for nothing twice', async () => {
    const machine = machineWithFiles();
    let asked = 0;
    const agents = async () => {
      asked += 1;
      return 'notes';
    };
    const steps = [
      ...release,
      { id: 'ok', approve: 'Publish?', dependencies: ['build', 'changes'] },
      { id: 'end', run: 'cat CHANGES.md', dependencies: ['ok'] },
    ];
    const first = machine.open({ agents });
    const run = first.run(workflow(steps), { inputs: { version: '2.0.0' } });
    expect(await run.outcome).toMatchObject({ state: 'paused', waiting: ['ok'] });
    await first.close();
    const { state, outputs } = await machine.open({ agents }).resume(run.id, { approve: ['ok'] }).outcome;
    expect({ state, end: outputs.end }).toEqual({ state: 'committed', end: '# Changes\n## 2.0.0\nnotes' });
    expect(asked).toBe(1);
  });

  it('exclude others from the folder', async () => {
    const machine = machineWithFiles();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const wait = (): Promise<void> => {
      begin();
      return gate;
    };
    const slow = machine.open({ functions: { wait } }).run(workflow([{ id: 'wait', call: 'wait' }]));
    await begun;
    await expect(machine.open().run(workflow([{ id: 'x', run: 'true' }])).outcome).rejects.toMatchObject({
      code: 'BATCH_LOCKED',
    });
    open();
    expect(await slow.outcome).toMatchObject({ state: 'committed' });
  });
});

describe('steps that failed by a near miss', () => {
  const onFailure = correctFailures({ corrector: createCorrector({ world: createWorld() }) });

  it('are mended by themselves where that is sure and does no harm', async () => {
    const machine = machineWithFiles();
    const { state, outputs } = await machine.open().run(
      workflow([
        { id: 'read', run: 'cat CHANGE.md' },
        { id: 'edit', file: 'package.json', find: '"version":  "1.0.0"', replace: '"version": "3.0.0"' },
      ]),
      { onFailure },
    ).outcome;
    expect({ state, read: outputs.read }).toEqual({ state: 'committed', read: '# Changes' });
    expect(machine.tree()['package.json']).toContain('"version": "3.0.0"');
  });

  it('are left where mending could lose something', async () => {
    const machine = machineWithFiles();
    const before = machine.tree();
    const { state, error } = await machine.open().run(workflow([{ id: 'remove', run: 'rm CHANGE.md' }]), { onFailure })
      .outcome;
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'BATCH_COMMAND_FAILED' } });
    expect(machine.tree()).toEqual(before);
  });

  it('are asked again for JSON only where the answer cannot be mended, and every answer is paid for', async () => {
    const answers = ['Here it is: {"a": 1,}', 'no idea', '{"a": "one"}', '{"a": 2}'];
    const agents = async () => ({ text: answers.shift() ?? '', costUsd: 0.5 });
    const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
    const step = { agent: 'x', task: 'y', schema, retryDelayMs: 0 };
    const machine = machineWithFiles();
    const batch = machine.open({ agents });
    const { outputs, costUsd } = await batch.run(
      workflow([
        { id: 'one', ...step },
        { id: 'two', ...step, dependencies: ['one'] },
      ]),
    ).outcome;
    expect({ outputs, costUsd }).toEqual({ outputs: { one: { a: 1 }, two: { a: 2 } }, costUsd: 2 });
  });
});

it('says what is wrong with a workflow before anything runs', async () => {
  const machine = machineWithFiles();
  const error = await machine
    .open()
    .run(workflow([{ id: 'a', run: 'true', timeout: 5 }, { id: 'a' }]))
    .outcome.catch((reason) => reason);
  expect(BatchError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ code: 'BATCH_WORKFLOW_INVALID', message: expect.stringMatching(/timeout[\s\S]*id/) });
});
