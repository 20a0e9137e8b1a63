import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJournal } from '../../src/batches/journal.ts';
import { makeFolder, sqliteMissing } from './support.ts';

const usage = { input: 5, cached: 1, output: 2, reasoning: 0 };
const result = (line: number, kind: 'succeeded' | 'errored' = 'succeeded') => ({
  line,
  kind,
  ...(kind === 'succeeded' && { usage }),
  record: Buffer.from(JSON.stringify({ line, text: 'a\ttab, “é”' })),
});

const write = async (path: string, lines: readonly number[]) => {
  const journal = await openJournal(path);
  await Promise.all(lines.map((line) => journal.append(result(line, line % 2 === 0 ? 'succeeded' : 'errored'))));
  await journal.close();
};

describe.skipIf(sqliteMissing)('a journal', () => {
  it('tells after it was opened anew what it told before', async () => {
    const path = join(makeFolder(), 'journal');
    await write(path, [4, 0, 3]);
    for (const _ of [1, 2]) {
      const journal = await openJournal(path);
      expect([0, 1, 2, 3, 4].map((line) => journal.kindOf(line))).toEqual([
        'succeeded',
        undefined,
        undefined,
        'errored',
        'succeeded',
      ]);
      expect(journal.counts).toEqual({ succeeded: 2, errored: 1, cancelled: 0, expired: 0 });
      expect(journal.usage).toEqual({ input: 10, cached: 2, output: 4, reasoning: 0 });
      expect(await journal.read(3)).toEqual(result(3).record);
      await journal.close();
    }
  });

  it('forgets what a crash left half written, at whichever byte, and goes on', async () => {
    const folder = makeFolder();
    const whole = join(folder, 'whole');
    await write(whole, [0, 1]);
    const bytes = readFileSync(whole);
    const firstEnd = bytes.indexOf('\n') + 1;
    for (let size = firstEnd; size < bytes.byteLength; size++) {
      const path = join(folder, `cut-${size}`);
      writeFileSync(path, bytes.subarray(0, size));
      const journal = await openJournal(path);
      expect([journal.has(0), journal.has(1)]).toEqual([true, false]);
      await journal.append(result(1, 'errored'));
      await journal.close();
      expect(readFileSync(path)).toEqual(bytes);
    }
  });

  it('forgets everything from a result on that is not as it was written', async () => {
    const path = join(makeFolder(), 'journal');
    await write(path, [0, 1, 2]);
    const bytes = readFileSync(path);
    const second = bytes.indexOf('\n') + 1;
    bytes[bytes.indexOf('“é”', second) + 4] = 0x41;
    writeFileSync(path, bytes);
    const journal = await openJournal(path);
    expect([0, 1, 2].map(journal.has)).toEqual([true, false, false]);
    await journal.close();
    // Blocks that were given to the file and never written.
    appendFileSync(path, Buffer.alloc(5000));
    const again = await openJournal(path);
    expect([0, 1, 2].map(again.has)).toEqual([true, false, false]);
    await again.close();
    expect(readFileSync(path).byteLength).toBe(second);
  });

  it('keeps the first result of a line', async () => {
    const path = join(makeFolder(), 'journal');
    const journal = await openJournal(path);
    await journal.append(result(7, 'succeeded'));
    await journal.append(result(7, 'errored'));
    expect(journal.counts).toMatchObject({ succeeded: 1, errored: 0 });
    await journal.close();
    const again = await openJournal(path);
    expect(again.counts).toMatchObject({ succeeded: 1, errored: 0 });
    await again.close();
  });

  it('counts nothing that could not be written', async () => {
    const path = join(makeFolder(), 'journal');
    const journal = await openJournal(path);
    await journal.append(result(0));
    await journal.close();
    await expect(journal.append(result(1))).rejects.toThrow();
    expect(journal.has(1)).toBe(false);
    for (const line of [2, 3]) await expect(journal.append(result(line))).rejects.toThrow();
    truncateSync(path, 0);
  });
});
