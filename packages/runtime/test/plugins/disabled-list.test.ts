import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDisabledList } from '../../src/plugins/disabled-list.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-disabled-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const module = new URL('../../src/plugins/disabled-list.ts', import.meta.url).href;

/** Changes the list in a process of its own, begun at the same moment as others. */
const setElsewhere = (names: readonly string[], isDisabled: boolean, at: number) =>
  promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    `import { openDisabledList } from ${JSON.stringify(module)};
     const list = openDisabledList(${JSON.stringify(join(root, 'state', 'hotpath'))});
     while (Date.now() < ${at});
     for (const name of ${JSON.stringify(names)}) list.set(name, ${isDisabled});`,
  ]);

it('loses nothing where many processes change it at once', async () => {
  const list = openDisabledList(join(root, 'state', 'hotpath'));
  const batches = Array.from({ length: 8 }, (_, process) =>
    Array.from({ length: 20 }, (_, index) => `@acme/p${process}-${index}`),
  );
  const all = batches.flat().sort();
  const race = (isDisabled: boolean) => {
    const at = Date.now() + 1_500;
    return Promise.all(batches.map((names) => setElsewhere(names, isDisabled, at)));
  };
  await race(true);
  expect(list.names()).toEqual(all);
  list.set('kept', true);
  await race(false);
  expect(list.names()).toEqual(['kept']);
}, 30_000);

it('says whether a change was one', () => {
  const list = openDisabledList(root);
  expect(list.set('acme', false)).toBe(false);
  expect(list.set('acme', true)).toBe(true);
  expect(list.set('acme', true)).toBe(false);
  expect(list.names()).toEqual(['acme']);
  expect(list.set('acme', false)).toBe(true);
});
