import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/workflow/load.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batch-load-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};
const load = (path: string) => loadWorkflow(path, { from: folder });
const yaml = (...steps: string[]): string => `name: w\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;

describe('loading a workflow', () => {
  it('reads those within by paths from their own files', async () => {
    put({
      'main.yaml': yaml('{ id: a, workflow: sub/one.json }', '{ id: b, workflow: sub/two.mjs }'),
      'sub/one.json': JSON.stringify({ name: 'one', steps: [{ id: 'x', workflow: './two.mjs' }] }),
      'sub/two.mjs': "export default { name: 'two', steps: [{ id: 'y', run: 'ls' }] };",
    });
    const { workflow, files } = await load('main.yaml');
    const two = { name: 'two', steps: [{ id: 'y', run: 'ls' }] };
    expect(workflow.steps).toEqual([
      { id: 'a', workflow: { name: 'one', steps: [{ id: 'x', workflow: two }] } },
      { id: 'b', workflow: two },
    ]);
    expect(files).toHaveLength(3);
  });

  it('names the files of a circle', async () => {
    put({
      'a.yaml': yaml('{ id: x, workflow: sub/b.yaml }'),
      'sub/b.yaml': yaml('{ id: y, workflow: ../a.yaml }'),
    });
    await expect(load('a.yaml')).rejects.toMatchObject({
      code: 'BATCH_WORKFLOW_CYCLE',
      message: expect.stringContaining(`a.yaml -> ${join('sub', 'b.yaml')} -> a.yaml`),
    });
  });

  it.each([
    ['missing.yaml', {}, /there is no such file/],
    ['flow.toml', {}, /must end in/],
    ['none.mjs', { 'none.mjs': 'export const a = 1;' }, /no default export/],
    ['broken.mjs', { 'broken.mjs': 'export default {' }, /cannot be read/],
    ['wrong.mjs', { 'wrong.mjs': 'export default { name: 1, steps: [] };' }, /wrong\.mjs name: expected a text/],
    ['outer.yaml', { 'outer.yaml': yaml('{ id: a, workflow: gone.yaml }') }, /gone\.yaml cannot be read/],
  ] as const)('says what is wrong with %s', async (path, files, message) => {
    put(files);
    await expect(load(path)).rejects.toThrow(message);
  });
});
