import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileChange, shellExecutor } from '../../src/index.ts';
import { isOverlayPossible } from '../../src/shell/overlay.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { batchMachine } from '../whole/machine.ts';

const hasOverlay = isOverlayPossible(tmpdir(), tmpdir());

describe.skipIf(!hasOverlay)('what others do while a command runs over an overlay', () => {
  it('is nothing that the command did, wherever they do it', async () => {
    const folder = tempFolder();
    const root = join(folder, 'root');
    mkdirSync(join(root, 'inner'), { recursive: true });
    for (const name of ['stays', 'goes', 'inner/stays']) writeFileSync(join(root, name), '');
    const run = shellExecutor({ folder: join(folder, 'own') });
    const line = 'ls . inner; rm goes; echo x > made; echo y > inner/made; sleep 0.3; ls . inner';
    const task = {
      run: 'r',
      step: 's',
      attempt: 1,
      kind: 'shell',
      fields: { run: line },
      idempotencyKey: 'k',
      root,
    } as const;
    const options = { signal: new AbortController().signal, output: () => undefined, onProgress: () => {} };
    const others = setInterval(() => writeFileSync(join(root, 'inner', `others-${performance.now()}`), ''), 10);
    const { changes = [] } = await run(task, options as never);
    clearInterval(others);
    const list = changes.flatMap((change) => change.changes as FileChange[]);
    expect(list.map(({ type, path }) => `${type} ${path}`).sort()).toEqual([
      'remove goes',
      'write inner/made',
      'write made',
    ]);
  });

  it('is kept where many commands run at once', async () => {
    const machine = batchMachine();
    const step = {
      id: 'm',
      map: Array.from({ length: 12 }, (_, at) => at),
      run: 'echo ${{ item }} > out-${{ item }}.txt',
    };
    const { state } = await machine.open().run({ name: 'x', steps: [step], concurrency: 6 }).outcome;
    expect({ state, files: readdirSync(machine.root).filter((name) => name.startsWith('out')).length }).toEqual({
      state: 'committed',
      files: 12,
    });
  });
});

it.skipIf(!hasOverlay)(
  'a command whose tools to write down what it did are missing has failed, and nothing is gone',
  async () => {
    const folder = tempFolder();
    const root = join(folder, 'root');
    mkdirSync(root);
    writeFileSync(join(root, 'stays'), '');
    const [bin, own] = [join(folder, 'bin'), join(folder, 'own')];
    mkdirSync(bin);
    const run = shellExecutor({ folder: own, isolation: 'overlay', env: { PATH: `${bin}` } });
    const task = {
      run: 'r',
      step: 's',
      attempt: 1,
      kind: 'shell',
      fields: { run: 'true' },
      idempotencyKey: 'k',
      root,
    } as const;
    const options = { signal: new AbortController().signal, output: () => undefined, onProgress: () => {} };
    await expect(run(task, options as never)).rejects.toThrow();
    expect(readdirSync(root)).toEqual(['stays']);
  },
);
