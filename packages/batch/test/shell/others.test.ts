import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { batchMachine } from '../whole/machine.ts';
import { changesIn, hasOverlay, makeCommands, treeOf } from './support/commands.ts';

describe.skipIf(!hasOverlay)('what others do while a command runs over an overlay', () => {
  it('is nothing that the command did, wherever they do it', async () => {
    const { base, root, run } = makeCommands();
    mkdirSync(join(root, 'inner'));
    for (const name of ['stays', 'goes', 'inner/stays']) writeFileSync(join(root, name), '');
    const line = `ls . inner; rm goes; echo x > made; echo y > inner/made; echo ready
      until [ -e "${join(base, 'gate')}" ]; do sleep 0.01; done; ls . inner`;
    const onProgress = (said: string): void => {
      if (said !== 'ready') return;
      for (const name of ['others', 'inner/others']) writeFileSync(join(root, name), '');
      writeFileSync(join(base, 'gate'), '');
    };
    const list = changesIn(await run(line, { onProgress }));
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
  'a command of which it cannot be written down what it did has failed, and nothing is gone',
  async () => {
    const { base, root, run } = makeCommands({ isolation: 'overlay' });
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'folder/stays'), '');
    const [bin, few] = [
      join(base, 'bin'),
      'for tool in unshare mount sh rm mkdir; do ln -s "$(command -v $tool)" "$0"; done',
    ];
    mkdirSync(bin);
    execFileSync('sh', ['-c', few, bin]);
    const failed = { code: 'BATCH_OVERLAY_FAILED', step: 's' };
    await expect(run('rm -r folder; mkdir folder', { fields: { env: { PATH: bin } } })).rejects.toMatchObject(failed);
    rmSync(join(bin, 'mount'));
    await expect(run('true', { fields: { env: { PATH: bin } } })).rejects.toMatchObject(failed);
    expect(treeOf(root)).toEqual(['folder', 'folder/stays']);
  },
);
