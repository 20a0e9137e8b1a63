import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { canMountDisk, mountDisk, resizeDisk, unmountDisk } from '../../../../tests/support/small-disk.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { openLocks } from '../../src/lock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { attemptEntry, outputOf, runEntry } from './support/entries.ts';

const newDisk = (size: string): string => {
  const disk = join(tempFolder(), 'disk');
  mountDisk(disk, `size=${size}`);
  onTestFinished(() => unmountDisk(disk));
  return disk;
};

/** Writes until it fails. Returns the steps that were acknowledged, and why the others were not. */
const fill = async (journal: Journal): Promise<{ acknowledged: string[]; failure: unknown }> => {
  await journal.write([runEntry('one')], 'full');
  const acknowledged: string[] = [];
  for (let number = 0; ; number += 1) {
    // A group of two calls, of which no half may be there.
    const calls = ['a', 'b'].map((half) =>
      journal.write([attemptEntry('one', `${number}${half}`, { output: outputOf(number) })], 'full'),
    );
    const [first, second] = await Promise.allSettled(calls);
    expect(first?.status).toBe(second?.status);
    if (first?.status === 'rejected') return { acknowledged, failure: first.reason };
    acknowledged.push(`${number}a`, `${number}b`);
  }
};
const stepsOf = (journal: Journal): string[] | undefined => journal.load('one')?.attempts.map(({ step }) => step);

// Mounting a disk takes root.
describe.skipIf(!canMountDisk())('a SQLite journal on a full disk', () => {
  it('rejects what it cannot write, has what it acknowledged, and goes on when there is room', async () => {
    const disk = newDisk('400k');
    const path = join(disk, 'journal.sqlite');
    const journal = sqliteJournal({ path });
    onTestFinished(() => journal.close());
    const { acknowledged, failure } = await fill(journal);
    expect(failure).toMatchObject({
      code: 'BATCH_JOURNAL_UNUSABLE',
      path,
      isRetryable: true,
      message: expect.stringContaining(`room left on the disk of ${disk},`),
    });
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(stepsOf(journal)).toEqual(acknowledged);
    resizeDisk(disk, '4m');
    await journal.write([attemptEntry('one', 'after')], 'full');
    expect(stepsOf(journal)).toEqual([...acknowledged, 'after']);
  });

  it('is closed there, and has all that it acknowledged when it is opened again', async () => {
    const disk = newDisk('400k');
    const path = join(disk, 'journal.sqlite');
    const journal = sqliteJournal({ path });
    const { acknowledged } = await fill(journal);
    journal.close();
    resizeDisk(disk, '4m');
    const next = sqliteJournal({ path });
    onTestFinished(() => next.close());
    expect(stepsOf(next)).toEqual(acknowledged);
  });

  it('says so where there is no room for the file itself', () => {
    const disk = newDisk('16k');
    expect(() => sqliteJournal({ path: join(disk, 'journal.sqlite') })).toThrow(
      expect.objectContaining({
        code: 'BATCH_JOURNAL_UNUSABLE',
        message: expect.stringMatching(`^There is no room left on the disk of ${disk},.*Make room there`),
      }),
    );
  });

  it('is said of locks by the folder that they are in', async () => {
    const disk = newDisk('8k');
    await expect(openLocks({ folder: join(disk, 'locks') }).acquire(disk, 'one')).rejects.toMatchObject({
      code: 'BATCH_LOCK_UNUSABLE',
      isRetryable: true,
      message: expect.stringMatching(
        `^There is no room left on the disk of ${disk},.*Make room there.*Nothing was changed`,
      ),
    });
  });
});
