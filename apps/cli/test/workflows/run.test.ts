import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entry, outcomeOf } from '../built.ts';
import { eventsIn, workflowMachine } from './workflow-machine.ts';

const notes = `name: notes
inputs:
  version: { type: string, required: true }
  apiToken: {}
agents:
  writer: { system: "You write release notes." }
steps:
  - id: log
    run: printf 'one\\ntwo\\n'
    output: lines
  - id: say
    agent: writer
    task: "\${{ inputs.version }}: \${{ item }}"
    map: \${{ steps.log.output }}
  - id: write
    file: NOTES.md
    content: "# \${{ inputs.version }}\\n\${{ join(steps.say.output, '\\n') }}\\n"
  - id: bump
    json: package.json
    set: { /version: "\${{ inputs.version }}" }
  - id: tell
    run: cat NOTES.md
    dependencies: [write]
`;

it('runs files, JSON, commands and agents, and prints what the last steps came to', async () => {
  const machine = workflowMachine();
  machine.file('package.json', '{\n  "name": "x",\n  "version": "0.1.0"\n}\n');
  machine.write('notes.yaml', notes);
  const { code, stdout, stderr } = await machine.over(['run', 'notes.yaml', '-i', 'version=1.2.0']);
  expect(stderr).toContain('simulated');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^# 1\.2\.0\n.*1\.2\.0: one\n.*1\.2\.0: two\n$/),
  });
  expect(machine.text('NOTES.md')).toBe(stdout);
  expect(machine.text('package.json')).toBe('{\n  "name": "x",\n  "version": "1.2.0"\n}\n');
  const [run] = await machine.runs();
  expect(run).toMatchObject({ name: 'notes', state: 'committed', inputs: { version: '1.2.0' } });
  expect(stderr).toContain(`hotpath undo ${run?.id.slice(0, 8)}`);
});

it('an agent is told who it is, by the workflow or by its name', async () => {
  const machine = workflowMachine();
  machine.write(
    'agents.yaml',
    `name: agents
agents: { known: { system: "Be brief.", model: sim/sim-1 }, lost: { model: sim/nowhere } }
steps:
  - { id: one, agent: known, task: hello }
  - { id: two, agent: stranger, task: hello }
  - { id: three, agent: lost, task: hello, model: sim/sim-1 }
`,
  );
  const { code, stdout, stderr } = await machine.over(['run', 'agents.yaml', '--json']);
  expect(code).toBe(0);
  expect(eventsIn({ stdout }).at(-1)).toMatchObject({
    type: 'outcome',
    state: 'committed',
    outputs: { one: expect.stringContaining('hello'), two: expect.stringContaining('hello') },
  });
  expect(stderr).toContain('(step "two"): The agent "stranger" is not among "agents"');
});

it('--json prints events as lines of JSON, and the outcome last', async () => {
  const machine = workflowMachine();
  machine.write('w.yaml', 'name: w\nsteps:\n  - { id: a, run: echo hi }\n  - { id: b, run: "exit 3" }\n');
  const outcome = await machine.over(['run', 'w.yaml', '--json']);
  const events = eventsIn(outcome);
  expect(outcome.code).toBe(1);
  expect(events[0]).toMatchObject({ type: 'run-start', name: 'w', steps: 2, isResumed: false });
  expect(events.filter(({ type }) => type === 'step-end')).toContainEqual(
    expect.objectContaining({
      step: 'b',
      state: 'failed',
      error: { code: 'BATCH_COMMAND_FAILED', message: expect.any(String) },
    }),
  );
  expect(events.at(-1)).toMatchObject({
    type: 'outcome',
    state: 'failed',
    error: { code: 'BATCH_COMMAND_FAILED' },
    steps: [{ step: 'a' }, { step: 'b', state: 'failed' }],
  });
});

const failing = `name: failing
recovery: atomic
steps:
  - { id: edit, file: keep/a.txt, content: changed }
  - { id: mode, file: run.sh, mode: "600", dependencies: [edit] }
  - { id: gone, file: b.txt, delete: true, dependencies: [mode] }
  - { id: made, run: "mkdir -p new/deep && echo x > new/deep/file && echo more >> keep/a.txt", dependencies: [gone], writes: ["**"] }
  - { id: doc, json: package.json, set: { /a: 2 }, dependencies: [made] }
  - { id: last, run: "exit 7", dependencies: [doc] }
`;

it('a failing run leaves the exact tree of before', async () => {
  const machine = workflowMachine();
  machine.file('keep/a.txt', 'before\n');
  machine.file('run.sh', '#!/bin/sh\n', 0o755);
  machine.file('b.txt', 'b');
  machine.file('package.json', '{ "a": 1 }');
  machine.write('failing.yaml', failing);
  const before = machine.tree();
  const { code, stderr } = await machine.over(['run', 'failing.yaml']);
  expect(code).toBe(1);
  expect(stderr).toContain('last: failed after');
  expect(stderr).toMatch(/^hotpath \[BATCH_COMMAND_FAILED\]: .*exit code 7/m);
  expect(stderr).toContain('Everything is as it was before.');
  expect(machine.tree()).toEqual(before);
});

it('--recovery keep-successful keeps what succeeded, and resume does nothing of it again', async () => {
  const machine = workflowMachine();
  const counter = join(machine.folder, 'counter');
  machine.write(
    'w.yaml',
    `name: w
steps:
  - { id: count, run: "echo x >> ${counter}; echo counted > a.txt", writes: [a.txt] }
  - { id: need, run: "test -e ${machine.folder}/now", dependencies: [count], retry: never }
  - { id: last, file: b.txt, content: "\${{ steps.count.output }}done", dependencies: [need] }
`,
  );
  const first = await machine.over(['run', 'w.yaml', '--recovery', 'keep-successful']);
  expect(first.code).toBe(1);
  expect(machine.text('a.txt')).toBe('counted\n');
  const [run] = await machine.runs();
  expect(run?.state).toBe('kept');
  expect(first.stderr).toContain(`hotpath resume ${run?.id.slice(0, 8)}`);
  machine.write('now', '');
  const second = await machine.over(['resume']);
  expect(second.stderr).toContain('count: done before');
  expect(second.code).toBe(0);
  expect(machine.text('b.txt')).toBe('done');
  expect(readFileSync(counter, 'utf8')).toBe('x\n');
  expect((await machine.runs()).map(({ state }) => state)).toEqual(['committed']);
  const third = await machine.over(['resume']);
  expect(third).toMatchObject({ code: 1, stderr: expect.stringMatching(/^hotpath \[CLI_RUN_MISSING\]: /) });
});

it('tells everything that is wrong with a workflow at once, with lines', async () => {
  const machine = workflowMachine();
  machine.write(
    'bad.yaml',
    'name: bad\nsteps:\n  - id: one\n    runn: ls\n  - id: two\n    run: 3\n    timeoutMs: -1\n',
  );
  const { code, stdout, stderr } = await machine.over(['run', 'bad.yaml']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^hotpath \[BATCH_WORKFLOW_INVALID\]: /);
  for (const place of [
    /bad\.yaml:4:\d+ .*Did you mean "run"/,
    /bad\.yaml:6:\d+ .*steps\[1\]\.run/,
    /bad\.yaml:7:\d+ .*timeoutMs/,
  ])
    expect(stderr).toMatch(place);
});

it('what would fail is told before anything runs', async () => {
  const machine = workflowMachine();
  machine.write(
    'w.yaml',
    'name: w\ninputs: { n: { type: number, required: true } }\nsteps:\n  - { id: a, file: a.txt, content: x }\n  - { id: b, run: nosuchcommand --now }\n',
  );
  const { code, stderr } = await machine.over(['run', 'w.yaml', '--input', 'n=many']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hotpath \[CLI_WORKFLOW_UNFIT\]: w\.yaml would fail, and nothing was run:/);
  expect(stderr).toContain('The input "n" is a string, and must be a number.');
  expect(stderr).toContain('There is no command "nosuchcommand"');
  expect(machine.tree()).toEqual({});
});

it('inputs that are missing are told all at once, with a command that gives them', async () => {
  const machine = workflowMachine();
  const inputs = 'version: { type: string, required: true }, count: { type: number, required: true }, own: {}';
  machine.write('w.yaml', `name: w\ninputs: { ${inputs} }\nsteps: [{ id: a, run: "true" }]\n`);
  const { code, stderr } = await machine.over(['run', 'w.yaml']);
  expect(code).toBe(1);
  expect(stderr).toContain('Give what is missing: hotpath run w.yaml --input version=… --input count=1\n');
  const plan = await machine.over(['plan', 'w.yaml', '--input', 'count=2']);
  expect(plan).toMatchObject({ code: 1, stderr: expect.stringContaining('hotpath plan w.yaml --input version=…\n') });
});

it('what items of a list write without having said so is told once, and with --json for each', async () => {
  const machine = workflowMachine();
  const step = `{ id: each, map: [1, 2, 3], run: "echo x > f\${{ item }}", writes: [other] }`;
  machine.write('w.yaml', `name: w\nsteps:\n  - ${step}\n  - { id: one, run: "echo x > g", writes: [other2] }\n`);
  const { stdout, stderr } = await machine.over(['run', 'w.yaml']);
  expect(stdout).toBe('');
  expect(stderr.match(/without having said so/g)).toHaveLength(2);
  expect(stderr).toMatch(/^each \(3 of its items\) wrote f\d, f\d, f\d without/m);
  expect(stderr).toContain('one wrote g without');
  await machine.over(['undo', '--yes']);
  const events = eventsIn(await machine.over(['run', 'w.yaml', '--json']));
  expect(events.filter(({ type }) => type === 'write-undeclared')).toHaveLength(4);
});

it.each([
  [['run'], 'Name one workflow file.'],
  [['run', 'w.yaml', '--recovery', 'never'], '--recovery must be one of'],
  [['run', 'w.yaml', '--input', 'sesame'], '--input needs a name and a value'],
])('%j is wrong usage', async (args, words) => {
  const machine = workflowMachine();
  machine.write('w.yaml', 'name: w\nsteps: [{ id: a, run: "true" }]\n');
  const { code, stderr } = await machine.over(args);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain('sesame');
});

it('a step that fails for a slip of the pen is mended, and that is said', async () => {
  const machine = workflowMachine();
  machine.file('src/main.txt', 'hello\n');
  machine.write('w.yaml', 'name: w\nsteps:\n  - { id: show, run: "cat src/mian.txt", retry: never }\n');
  const mended = await machine.over(['run', 'w.yaml']);
  expect(mended).toMatchObject({ code: 0, stdout: 'hello\n' });
  expect(mended.stderr).toContain('show is tried again with run: cat src/main.txt');
  const left = await machine.over(['run', 'w.yaml', '--no-correct']);
  expect(left.code).toBe(1);
});

it('a folder that cannot be written to is named, with what to do', async () => {
  const machine = workflowMachine();
  machine.file('a.txt', 'a');
  machine.write('w.yaml', 'name: w\nsteps:\n  - { id: edit, file: a.txt, content: b }\n');
  const isRoot = process.getuid?.() === 0;
  const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {};
  mkdirSync(join(machine.folder, 'home'));
  if (isRoot) chownSync(join(machine.folder, 'home'), 65_534, 65_534);
  chmodSync(machine.folder, 0o755);
  chmodSync(machine.root, 0o555);
  const child = spawn(process.execPath, [entry, 'run', 'w.yaml', '--root', 'project'], {
    cwd: machine.folder,
    env: { ...machine.environment },
    ...nobody,
  });
  const { code, stderr } = await outcomeOf(child);
  chmodSync(machine.root, 0o755);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hotpath \[BATCH_FILE_FAILED\]: .*EACCES/m);
  expect(machine.text('a.txt')).toBe('a');
});

it.each(['--input', '-i', '--inputs'])('resume says what to do instead of taking %s', async (flag) => {
  const { code, stderr } = await workflowMachine().over(['resume', flag, 'a=b']);
  expect(code).toBe(2);
  expect(stderr).toContain(
    `[CLI_USAGE]: ${flag} cannot be given here: a run goes on with the inputs that it began with.`,
  );
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('take it back with "hotpath undo", and run the workflow anew');
});
