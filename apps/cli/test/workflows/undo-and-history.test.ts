import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workflowMachine } from './workflow-machine.ts';

const change = `name: change
inputs: { apiKey: {}, name: { default: me } }
steps:
  - { id: edit, file: a.txt, content: changed, mode: "600" }
  - { id: drop, file: old.sh, delete: true }
  - { id: make, run: "mkdir made && echo \${{ inputs.name }} > made/x", writes: [made/**] }
`;

const changed = async () => {
  const machine = workflowMachine();
  machine.file('a.txt', 'before\n', 0o640);
  machine.file('old.sh', '#!/bin/sh\n', 0o755);
  machine.write('change.yaml', change);
  const before = machine.tree();
  expect((await machine.over(['run', 'change.yaml', '-i', 'apiKey=open-sesame'])).code).toBe(0);
  return { machine, before };
};

it('undo shows what it would do, and restores bytes and modes', async () => {
  const { machine, before } = await changed();
  const after = machine.tree();
  const shown = await machine.over(['undo', '--dry-run']);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/restore +a\.txt +\(edit\)/);
  expect(shown.stdout).toMatch(/bring back +old\.sh +\(drop\)/);
  expect(shown.stdout).toMatch(/remove +made\/x +\(make\)/);
  expect(machine.tree()).toEqual(after);
  const asked = await machine.over(['undo']);
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('CLI_CONFIRMATION_MISSING') });
  expect(machine.tree()).toEqual(after);
  const undone = await machine.over(['undo', '--yes', '--json']);
  expect(undone.code).toBe(0);
  expect(JSON.parse(undone.stdout)).toMatchObject({ undone: true, conflicts: [] });
  expect(machine.tree()).toEqual(before);
  expect(await machine.over(['undo', '--yes'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('CLI_RUN_MISSING'),
  });
});

it('undo refuses where something was changed since, and lists it', async () => {
  const { machine } = await changed();
  machine.file('a.txt', 'mine now\n');
  const before = machine.tree();
  for (const flag of ['--yes', '--dry-run']) {
    const { code, stderr } = await machine.over(['undo', flag]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/hotpath \[BATCH_UNDO_CONFLICT\]: (?:.|\n)*a\.txt/);
    expect(machine.tree()).toEqual(before);
  }
});

it('a run of another folder is undone there, by the beginning of its id', async () => {
  const { machine, before } = await changed();
  const [run] = await machine.runs();
  expect((await machine.run(['undo', run?.id.slice(0, 6) ?? '', '--yes'])).code).toBe(0);
  expect(machine.tree()).toEqual(before);
});

it('history lists runs within 80 columns, shows one, and hides what is secret', async () => {
  const { machine } = await changed();
  const list = await machine.over(['history']);
  expect(list.stdout).toMatch(/^run +workflow +state +began/);
  expect(list.stdout).toMatch(/^[0-9a-f]{8} {2}change +committed/m);
  const [run] = await machine.runs();
  expect(run?.inputs).toEqual({ apiKey: '***' });
  const one = await machine.over(['history', run?.id.slice(0, 8) ?? '']);
  expect(one.stdout).toContain('apiKey=***');
  expect(one.stdout).toMatch(/✓ make/);
  const both = list.stdout + one.stdout;
  expect(both).not.toContain('sesame');
  for (const line of both.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect((await machine.over(['history', 'ffff'])).stderr).toMatch(/^hotpath \[CLI_RUN_MISSING\]/);
});

it('history shows why a run failed, and what was taken back of one that was undone', async () => {
  const { machine } = await changed();
  const reason = `boom ${'because '.repeat(12)}of this`;
  machine.write(
    'bad.yaml',
    `name: bad\nsteps:\n  - { id: each, map: [1, 2], run: "test \${{ item }} = 1 || { echo ${reason} >&2; exit 3; }", retry: never }\n  - { id: after, run: "true", dependencies: [each] }\n`,
  );
  expect((await machine.over(['run', 'bad.yaml'])).code).toBe(1);
  const [failed, run] = await machine.runs();
  const shown = (await machine.over(['history', failed?.id ?? ''])).stdout;
  expect(shown.replaceAll(/\n +/g, ' ')).toMatch(/^failed +each\[1\]: .*of this/m);
  expect(shown).toMatch(/^✗ each .* of 2, \d failed\n/m);
  expect(shown).toMatch(/^· after/m);
  const json = JSON.parse((await machine.over(['history', failed?.id ?? '', '--json'])).stdout);
  expect(json.attempts).toContainEqual(
    expect.objectContaining({ step: 'each[1]', end: 'failed', error: expect.stringContaining('of this') }),
  );
  expect(json).toMatchObject({ file: join(machine.folder, 'bad.yaml'), changes: { paths: [], compensations: [] } });

  const before = (await machine.over(['history', run?.id ?? ''])).stdout;
  expect(before).toMatch(/^Changes\n {2}changed +a\.txt {2}\(edit\)$/m);
  const took = /^took .*$/m.exec(before)?.[0] ?? 'nothing';
  expect((await machine.over(['undo', run?.id ?? '', '--yes'])).code).toBe(0);
  const undone = (await machine.over(['history', run?.id ?? ''])).stdout;
  expect(undone).toContain(took);
  expect(undone).toMatch(/^undone +20\d\d-/m);
  for (const line of ['restored +a\\.txt +\\(edit\\)', 'brought back +old\\.sh', 'removed +made/x'])
    expect(undone).toMatch(new RegExp(`^ {2}${line}`, 'm'));
  const all = JSON.parse((await machine.over(['history', run?.id ?? '', '--json'])).stdout);
  expect(all.undoneAtMs).toBeGreaterThanOrEqual(all.endedAtMs);
  expect(all.changes.paths).toContainEqual({ path: 'a.txt', change: 'changed', steps: ['edit'] });
});

it('history --prune removes old runs, with what undo would need', async () => {
  const { machine } = await changed();
  expect((await machine.over(['history', '--prune', '1d'])).stdout).toBe('Removed 0 runs.\n');
  expect(Object.keys(machine.tree()).some((path) => path.startsWith('.hotpath'))).toBe(true);
  expect((await machine.over(['history', '--prune', '0ms'])).stdout).toBe('Removed 1 run.\n');
  expect(Object.keys(machine.tree()).filter((path) => path.startsWith('.hotpath'))).toEqual([]);
  expect(await machine.runs()).toEqual([]);
  expect((await machine.over(['history', '--prune', 'old'])).code).toBe(2);
});

it('what a step did elsewhere is taken back by its compensation, which undo shows', async () => {
  const machine = workflowMachine();
  machine.write(
    'w.yaml',
    'name: w\nsteps:\n  - { id: out, run: "touch ../elsewhere", compensate: "rm -f ../elsewhere" }\n',
  );
  expect((await machine.over(['run', 'w.yaml'])).code).toBe(0);
  expect(existsSync(join(machine.folder, 'elsewhere'))).toBe(true);
  expect((await machine.over(['undo', '--dry-run'])).stdout).toMatch(/run +rm -f \.\.\/elsewhere {2}\(out\)/);
  expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  expect(existsSync(join(machine.folder, 'elsewhere'))).toBe(false);
});

it('what a workflow within was given by the environment is in the history, but for what is secret', async () => {
  const machine = workflowMachine();
  machine.write('inner.yaml', 'name: inner\ninputs: { apiKey: {}, name: {} }\nsteps: [{ id: a, run: "true" }]\n');
  machine.write(
    'outer.yaml',
    `name: outer
steps: [{ id: in, workflow: inner.yaml, with: { apiKey: "\${{ env.KEY }}", name: "\${{ env.NAME }}" } }]
`,
  );
  const environment = { KEY: 'open-sesame', NAME: 'me' };
  expect((await machine.over(['run', 'outer.yaml'], { environment })).code).toBe(0);
  const [run] = await machine.runs();
  const { stdout } = await machine.over(['history', run?.id ?? '', '--json']);
  const [{ list }] = JSON.parse(stdout).attempts;
  expect(JSON.parse(list)).toEqual({ apiKey: '***', name: 'me' });
  expect(stdout).not.toContain('sesame');
});

it('changes of JSON files have the names of the steps that made them, also where many were written at once', async () => {
  const machine = workflowMachine();
  machine.file('d.json', '{"a": 0}');
  machine.file('e.json', '{}');
  machine.write(
    'json.yaml',
    `name: json
steps:
  - { id: one, json: d.json, set: { /a: 1 } }
  - { id: two, json: ./d.json, set: { /b: ${JSON.stringify('x'.repeat(10_000))} }, dependencies: [one] }
  - { id: look, run: "cat d.json", dependencies: [two] }
  - { id: three, json: e.json, set: { /c: 3 }, dependencies: [look] }
`,
  );
  expect((await machine.over(['run', 'json.yaml'])).code).toBe(0);
  const paths = [
    { path: 'd.json', change: 'changed', steps: ['one', 'two'] },
    { path: 'e.json', change: 'changed', steps: ['three'] },
  ];
  const [run] = await machine.runs();
  expect(JSON.parse((await machine.over(['undo', '--dry-run', '--json'])).stdout).paths).toEqual(paths);
  expect(JSON.parse((await machine.over(['history', run?.id ?? '', '--json'])).stdout).changes.paths).toEqual(paths);
  expect(JSON.parse((await machine.over(['undo', '--yes', '--json'])).stdout).paths).toEqual(paths);
  expect(machine.text('d.json')).toBe('{"a": 0}');
  const undone = await machine.over(['history', run?.id ?? '', '--json']);
  expect(JSON.parse(undone.stdout).changes.paths).toEqual(paths);
});
