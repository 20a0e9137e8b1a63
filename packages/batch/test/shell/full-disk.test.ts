import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { canMountDisk, mountDisk, unmountDisk } from '../../../../tests/support/small-disk.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { hasOverlay, makeCommands, treeOf } from './support/commands.ts';

const prepare = (isolation: 'overlay' | 'copy') => {
  const disk = join(tempFolder(), 'disk');
  mountDisk(disk, 'size=200k');
  onTestFinished(() => unmountDisk(disk));
  mkdirSync(join(disk, 'own'));
  // An overlay is on the disk of the root.
  const at = isolation === 'overlay' ? { root: join(disk, 'root') } : {};
  return { disk, ...makeCommands({ isolation, own: join(disk, 'own', 'commands'), ...at }) };
};

// Mounting a disk takes root.
describe.skipIf(!canMountDisk())('commands whose disk is full', () => {
  it.each(['overlay', 'copy'] as const)('say which disk that is, over an %s', async (isolation) => {
    if (isolation === 'overlay' && !hasOverlay) return;
    const { disk, root, run } = prepare(isolation);
    await expect(run('head -c 400000 /dev/zero > big')).rejects.toMatchObject({
      code: 'BATCH_COMMAND_FAILED',
      message: expect.stringMatching(`No space left on device.* on the disk of ${disk}/own first: make room there`),
    });
    expect([treeOf(root), treeOf(join(disk, 'own/commands'))]).toEqual([[], []]);
  });

  it('say so where the folder cannot be copied there', async () => {
    const { disk, root, run } = prepare('copy');
    writeFileSync(join(root, 'big'), 'x'.repeat(400_000));
    await expect(run('true')).rejects.toMatchObject({
      code: 'BATCH_FILE_FAILED',
      message: `There is no room left on the disk of ${disk}/own (ENOSPC). Make room there, and run it again. Nothing of it was changed.`,
    });
    expect(treeOf(join(disk, 'own/commands'))).toEqual([]);
  });
});
