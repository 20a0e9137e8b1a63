import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeFolders } from '../folders.ts';
import { openBatch } from '../index.ts';
import { build, bump, correct, goOn, plan, undo, watch } from '../uses.ts';

const file = fileURLToPath(new URL('../hello.yaml', import.meta.url));
const agents = async ({ task }: { task: string }) => ({ text: `Hello ${task.slice(6)}`, costUsd: 0.01 });

const said = (): unknown[][] => {
  const lines: unknown[][] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...line: unknown[]) => void lines.push(line));
  onTestFinished(() => log.mockRestore());
  return lines;
};
const folders = () => makeFolders({ 'package.json': '{ "name": "x" }\n', VERSION: '1\n' });

it('runs functions in the order of what they depend on', async () => {
  const result = await build(
    async () => 'code',
    async () => 'clean',
  );
  expect(result).toEqual({ isSuccess: true, output: 'packed code' });
});

it('runs functions that change files', async () => {
  const { root, read } = folders();
  expect(await bump(root)).toEqual({ state: 'committed', error: undefined });
  expect(read('VERSION')).toBe('2\n');
});

it('plans a workflow, runs it, and takes it back', async () => {
  const lines = said();
  const { root, state, read, tree } = folders();
  const before = tree();
  const planned = await plan(root, file);
  expect(planned.plan.findings).toEqual([]);
  expect(planned.drift).toEqual([]);
  expect(lines.flat().join('\n')).toMatch(/names[\s\S]*greetings[\s\S]*letter/);
  await using batch = openBatch({ root, state, agents });
  const outcome = await watch(batch, file, new AbortController().signal);
  expect(outcome).toMatchObject({ state: 'committed', costUsd: 0.02 });
  expect(read('letters/Ada.txt')).toBe('Hello Ada. Hello everybody.');
  expect(read('package.json')).toBe('{ "name": "x", "letters": 2 }\n');
  expect(lines.map(([step]) => step)).toContain('letter');
  expect(await undo(batch)).toMatchObject({ conflicts: [] });
  expect(tree()).toEqual(before);
});

it('goes on with what was stopped', async () => {
  said();
  const { root, state, read } = folders();
  await using batch = openBatch({ root, state });
  const steps = [
    { id: 'publish', approve: 'Publish?' },
    { id: 'done', file: 'done.txt', content: 'yes', dependencies: ['publish'] },
  ];
  expect(await batch.run({ name: 'w', steps }).outcome).toMatchObject({ state: 'paused', waiting: ['publish'] });
  await goOn(batch);
  expect(read('done.txt')).toBe('yes');
});

it('mends a near miss', async () => {
  const lines = said();
  const { root, state } = folders();
  await using batch = openBatch({ root, state });
  const steps = [{ id: 'show', run: 'cat VERSIN' }];
  expect(await correct(batch, { name: 'w', steps }, new Map<string, string>() as never)).toMatchObject({
    state: 'committed',
    outputs: { show: '1' },
  });
  expect(lines).toEqual([['show', expect.any(String), 'applied']]);
});
