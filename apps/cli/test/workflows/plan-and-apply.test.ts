import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workflowMachine } from './workflow-machine.ts';

const workflow = `name: w
inputs: { who: { default: you }, apiKey: {} }
steps:
  - { id: read, run: "cat a.txt", reads: [a.txt] }
  - { id: write, file: b.txt, content: "\${{ steps.read.output }} \${{ inputs.who }} \${{ inputs.apiKey }}" }
`;

const planned = async () => {
  const machine = workflowMachine();
  machine.file('a.txt', 'hello');
  machine.write('w.yaml', workflow);
  const plan = await machine.over(['plan', 'w.yaml', '-o', 'plan.json', '-i', 'who=me', '-i', 'apiKey=sesame']);
  expect(plan.code).toBe(0);
  return { machine, plan };
};

it('plan shows what would happen within 80 columns, and changes nothing', async () => {
  const { machine, plan } = await planned();
  expect(plan.stdout).toMatch(/^Plan of w /);
  expect(plan.stdout).toMatch(/write +after +read +uses its output/);
  for (const line of plan.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(Object.keys(machine.tree())).toEqual(['a.txt']);
  expect(await machine.runs()).toEqual([]);
  const same = JSON.parse(
    (await machine.over(['plan', 'w.yaml', '--json', '-i', 'who=me', '-i', 'apiKey=sesame'])).stdout,
  );
  expect(same).toEqual(JSON.parse(readFileSync(join(machine.folder, 'plan.json'), 'utf8')));
  expect((await machine.over(['plan', 'w.yaml', '-f', 'mermaid'])).stdout).toMatch(/^flowchart LR\n/);
  expect((await machine.over(['graph', 'w.yaml', '-f', 'dot'])).stdout).toMatch(/^digraph "w" \{/);
  expect((await machine.over(['graph', 'w.yaml'])).stdout).toContain('write  file  after read');
  expect((await machine.over(['graph', 'w.yaml', '-f', 'png'])).code).toBe(2);
});

it('apply carries a plan out; secrets stand in no plan and are given again', async () => {
  const { machine, plan } = await planned();
  expect(readFileSync(join(machine.folder, 'plan.json'), 'utf8')).not.toContain('sesame');
  expect(plan.stderr).toContain('hotpath apply plan.json --input apiKey=…');
  const without = await machine.run(['apply', 'plan.json']);
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--input apiKey=…') });
  const { code } = await machine.run(['apply', 'plan.json', '--input', 'apiKey=sesame']);
  expect(code).toBe(0);
  expect(machine.text('b.txt')).toBe('hello me sesame');
  const graph = await machine.over(['graph', (await machine.runs())[0]?.id.slice(0, 8) ?? '']);
  expect(graph.stdout).toContain('write  file  after read');
});

it.each([
  [
    'a file that is read',
    'a.txt was changed (read)',
    (machine: ReturnType<typeof workflowMachine>) => machine.file('a.txt', 'other'),
  ],
  [
    'a file that is written',
    'b.txt was added (write)',
    (machine: ReturnType<typeof workflowMachine>) => machine.file('b.txt', 'there'),
  ],
  [
    'the workflow',
    'w.yaml, or its inputs',
    (machine: ReturnType<typeof workflowMachine>) => machine.write('w.yaml', workflow.replace('cat', 'cat -A')),
  ],
])('apply refuses where %s has changed, and says where', async (_, words, drift) => {
  const { machine } = await planned();
  drift(machine);
  const before = machine.tree();
  const { code, stderr } = await machine.run(['apply', 'plan.json', '--input', 'apiKey=sesame']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hotpath \[CLI_PLAN_OUTDATED\]: /);
  expect(stderr).toContain(words);
  expect(machine.tree()).toEqual(before);
  expect(await machine.runs()).toEqual([]);
});

it('apply takes plans alone', async () => {
  const machine = workflowMachine();
  machine.write('plan.json', '{"name":"x"}');
  expect(await machine.run(['apply', 'plan.json'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('CLI_PLAN_INVALID'),
  });
  expect(await machine.run(['apply', 'none.json'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('CLI_FILE_UNUSABLE'),
  });
});

it('plan --fix shows safe fixes as a diff, and writes them with --yes', async () => {
  const machine = workflowMachine();
  const bad =
    '# mine\nname: w\nsteps:\n  - id: one\n    runn: echo 1 # a slip\n  - id: two\n    run: echo 2\n    dependencies: [oen]\n';
  const file = machine.write('bad.yaml', bad);
  const asked = await machine.over(['plan', 'bad.yaml', '--fix']);
  expect(asked.stderr).toContain('+    run: echo 1 # a slip');
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('CLI_CONFIRMATION_MISSING') });
  expect(readFileSync(file, 'utf8')).toBe(bad);
  const fixed = await machine.over(['plan', 'bad.yaml', '--fix', '--yes']);
  expect(fixed.code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(bad.replace('runn', 'run').replace('oen', 'one'));
});
