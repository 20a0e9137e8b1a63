import { describe, expect, it } from 'vitest';
import { hasScript, hotpathOnTerminal } from '../pseudo-terminal.ts';
import { eventsIn, workflowMachine } from './workflow-machine.ts';

const asking = `name: release
steps:
  - { id: prepare, file: a.txt, content: ready }
  - { id: sure, approve: "Publish it?", dependencies: [prepare] }
  - { id: publish, run: "cat a.txt > published.txt; echo out", dependencies: [sure], writes: [published.txt] }
`;
const machineOf = () => {
  const machine = workflowMachine();
  machine.write('release.yaml', asking);
  return machine;
};

it('a run pauses where nobody can be asked, and another process goes on with it', async () => {
  const machine = machineOf();
  const first = await machine.over(['run', 'release.yaml']);
  const [run] = await machine.runs();
  expect(first.code).toBe(3);
  expect(first.stderr).toContain(`hotpath resume ${run?.id.slice(0, 8)} --approve sure`);
  expect(run?.state).toBe('paused');
  expect((await machine.over(['resume'])).code).toBe(3);
  const second = await machine.over(['resume', '--approve', 'sure']);
  expect(second).toMatchObject({ code: 0, stdout: 'out\n' });
  expect(second.stderr).toContain('prepare: done before');
  expect(machine.text('published.txt')).toBe('ready');
});

it('--yes and --approve say yes before they are asked', async () => {
  for (const flags of [['--yes'], ['--approve', 'sure']]) {
    const machine = machineOf();
    const outcome = await machine.over(['run', 'release.yaml', '--json', ...flags]);
    expect(outcome.code).toBe(0);
    expect(eventsIn(outcome).at(-1)).toMatchObject({ state: 'committed' });
  }
});

it('a paused run can be undone', async () => {
  const machine = machineOf();
  await machine.over(['run', 'release.yaml']);
  expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  expect(machine.tree()).toEqual({});
});

describe.skipIf(!hasScript)('on a terminal', () => {
  it('asks, and goes on after a yes', async () => {
    const machine = machineOf();
    const terminal = hotpathOnTerminal(machine, 'run release.yaml --root project');
    await terminal.shown(/sure: Publish it\? \[y\/N\]/);
    terminal.type('y\n');
    expect(await terminal.outcome).toMatchObject({ code: 0 });
    expect(machine.text('published.txt')).toBe('ready');
  });

  it('pauses after a no', async () => {
    const machine = machineOf();
    const terminal = hotpathOnTerminal(machine, 'run release.yaml --root project');
    await terminal.shown(/\[y\/N\]/);
    terminal.type('n\n');
    expect(await terminal.outcome).toMatchObject({ code: 3 });
    expect((await machine.runs())[0]?.state).toBe('paused');
  });
});

it('a run of a module goes on with the functions of that module', async () => {
  const machine = workflowMachine();
  machine.write(
    'flow.ts',
    `const shout = ({ files }: { files: { write(path: string, text: string): void } }) => {
      files.write('loud.txt', 'LOUD');
      return 'shouted';
    };
    export default {
      name: 'flow',
      steps: [
        { id: 'sure', approve: 'Shout?' },
        { id: 'shout', call: shout, dependencies: ['sure'] },
      ],
    };`,
  );
  for (const flags of [[], ['--functions', 'flow.ts'], ['--workflow', 'flow.ts']]) {
    expect((await machine.over(['run', 'flow.ts'])).code).toBe(3);
    const resumed = await machine.over(['resume', '--approve', 'sure', ...flags]);
    expect(resumed).toMatchObject({ code: 0, stdout: 'shouted\n' });
    expect(machine.text('loud.txt')).toBe('LOUD');
    expect((await machine.over(['undo', '--yes'])).code).toBe(0);
  }
  if (!hasScript) return;
  const terminal = hotpathOnTerminal(machine, 'run flow.ts --root project');
  await terminal.shown(/sure: Shout\? \[y\/N\]/);
  terminal.type('y\n');
  expect(await terminal.outcome).toMatchObject({ code: 0 });
});

const listed = `name: listed
steps:
  - { id: sure, map: [a, b], approve: "Publish \${{ item }}?" }
  - { id: publish, file: out.txt, content: x, dependencies: [sure] }
`;

it('a step of a list that asks waits by its own name, and has a yes by it', async () => {
  const machine = workflowMachine();
  machine.write('w.yaml', listed);
  const paused = await machine.over(['run', 'w.yaml']);
  const id = (await machine.runs())[0]?.id.slice(0, 8) ?? '';
  expect(paused.code).toBe(3);
  expect(paused.stderr).toContain(`hotpath resume ${id} --approve sure\n`);
  const shown = await machine.over(['history', id]);
  expect(shown.stdout).toMatch(/^waits +sure\[0\]: Publish a\?\nwaits +sure\[1\]: Publish b\?$/m);
  expect(shown.stdout).toMatch(new RegExp(`^next +hotpath resume ${id} --approve sure$`, 'm'));
  const one = await machine.over(['resume', '--approve', 'sure[1]', '--json']);
  expect(eventsIn(one).at(-1)).toMatchObject({ state: 'paused', waiting: ['sure[0]'] });
  expect((await machine.over(['resume', '--approve', 'sure'])).code).toBe(0);
});

it('a yes to what does not ask is wrong usage, and nothing begins', async () => {
  const machine = machineOf();
  const { code, stderr } = await machine.over(['run', 'release.yaml', '--approve', 'sur']);
  expect(code).toBe(2);
  expect(stderr).toContain('--approve names "sur", and no such step asks for a yes. Those that do: sure.');
  expect(await machine.runs()).toEqual([]);
});

describe.skipIf(!hasScript)('recovery: ask', () => {
  const workflow = `name: w
recovery: ask
steps:
  - { id: good, file: a.txt, content: kept }
  - { id: bad, run: "exit 4", dependencies: [good], retry: never }
`;
  it.each([
    ['y', 'undone', false],
    ['n', 'kept', true],
  ])('a %s leaves the run %s', async (key, state, isThere) => {
    const machine = workflowMachine();
    machine.write('w.yaml', workflow);
    const terminal = hotpathOnTerminal(machine, 'run w.yaml --root project');
    await terminal.shown(/Failed: bad\. Take back what the others did\? \[y\/N\]/);
    terminal.type(`${key}\n`);
    expect(await terminal.outcome).toMatchObject({ code: 1 });
    expect((await machine.runs())[0]?.state).toBe(state);
    expect(Object.keys(machine.tree()).includes('a.txt')).toBe(isThere);
  });
});
