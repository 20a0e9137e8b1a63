import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canMountDisk, mountDisk, resizeDisk, unmountDisk } from '../../../../tests/support/small-disk.ts';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { attemptEntry, outputOf, runEntry } from './support/entries.ts';

// Mounting a disk takes root.
describe.skipIf(!canMountDisk())('a SQLite journal on a full disk', () => {
  it('rejects what it cannot write, has what it acknowledged, and goes on when there is room', async () => {
    const disk = join(tempFolder(), 'disk');
    mountDisk(disk, 'size=400k');
    onTestFinished(() => unmountDisk(disk));
    const path = join(disk, 'journal.sqlite');
    const journal = sqliteJournal({ path });
    onTestFinished(() => journal.close());
    await journal.write([runEntry('one')], 'full');
    const acknowledged: string[] = [];
    let failure: unknown;
    for (let number = 0; failure === undefined; number += 1) {
      // A group of two calls, of which no half may be there.
      const calls = ['a', 'b'].map((half) =>
        journal.write([attemptEntry('one', `${number}${half}`, { output: outputOf(number) })], 'full'),
      );
      try {
        await Promise.all(calls);
        acknowledged.push(`${number}a`, `${number}b`);
      } catch (error) {
        failure = error;
        expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      }
    }
    expect(failure).toMatchObject({
      code: 'BATCH_JOURNAL_UNUSABLE',
      path,
      isRetryable: true,
      message: expect.stringContaining('Make room'),
    });
    expect(acknowledged.length).toBeGreaterThan(10);
    const stepsOf = (): string[] | undefined => journal.load('one')?.attempts.map(({ step }) => step);
    expect(stepsOf()).toEqual(acknowledged);
    resizeDisk(disk, '4m');
    await journal.write([attemptEntry('one', 'after')], 'full');
    expect(stepsOf()).toEqual([...acknowledged, 'after']);
  });

  it('says so where there is no room for the file itself', () => {
    const disk = join(tempFolder(), 'disk');
    mountDisk(disk, 'size=16k');
    onTestFinished(() => unmountDisk(disk));
    expect(() => sqliteJournal({ path: join(disk, 'journal.sqlite') })).toThrow(
      expect.objectContaining({ code: 'BATCH_JOURNAL_UNUSABLE', message: expect.stringContaining('Make room') }),
    );
  });
});
