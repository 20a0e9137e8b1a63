import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openItemRun } from '../../src/items/open-item-run.ts';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const child = fileURLToPath(new URL('./children/doing-child.ts', import.meta.url));
const count = 400;

/** Returns what was said, and is killed after so many lines of it, unless it ends before. */
const run = async (folder: string, { killAfter = Number.POSITIVE_INFINITY } = {}): Promise<readonly string[]> => {
  const doing = spawn(
    process.execPath,
    ['--no-warnings', child, join(folder, 'items.sqlite'), join(folder, 'journal.sqlite'), String(count)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  doing.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > killAfter) doing.kill('SIGKILL');
  });
  await once(doing, 'close');
  return text.split('\n').slice(0, -1);
};
const numbersOf = (said: readonly string[], word: string): readonly number[] =>
  said.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length)));

describe('a run of items', () => {
  it('that is killed at any time does nothing twice that was handed over, and comes to its end', {
    timeout: 60_000,
  }, async () => {
    const folder = tempFolder();
    const goes: (readonly string[])[] = [];
    for (const killAfter of [1, 20, 95, 7, 150, 60]) goes.push(await run(folder, { killAfter }));
    goes.push(await run(folder));
    expect(goes.at(-1)?.at(-1)).toBe('committed');
    const done = new Set<number>();
    for (const said of goes) {
      expect(numbersOf(said, 'work').filter((number) => done.has(number))).toEqual([]);
      for (const number of numbersOf(said, 'end')) done.add(number);
    }
    // At a kill eight were at work.
    expect(goes.flatMap((said) => numbersOf(said, 'work')).length).toBeLessThanOrEqual(count + 6 * 8);
    const items = openItemRun<number>({
      path: join(folder, 'items.sqlite'),
      keyOf: String,
    });
    const outputs: unknown[] = [];
    const work = () => {
      throw new Error('it was done');
    };
    const sink = {
      line: ({ output }: { readonly output: unknown }) => `${output}\n`,
      write: (lines: string) => outputs.push(lines),
    };
    expect(
      await items.run(() => Array.from({ length: count }, (_, at) => at), { name: 'numbers', work, sink }),
    ).toMatchObject({ state: 'committed', reused: count });
    expect(outputs.join('')).toBe(Array.from({ length: count }, (_, at) => `${at * 2}\n`).join(''));
    expect(items.spentUsd()).toBe(count);
    items.close();
    const journal = sqliteJournal({ path: join(folder, 'journal.sqlite') });
    const [record, ...others] = journal.runs();
    expect([record?.state, record?.costUsd, others]).toEqual(['committed', count, []]);
    const { attempts = [] } = journal.load(record?.id ?? '') ?? {};
    expect(attempts.at(-1)).toMatchObject({
      end: 'succeeded',
      output: JSON.stringify({ items: count, succeeded: count, failed: 0, left: 0 }),
    });
    expect(attempts.slice(0, -1).every(({ end, error }) => end === 'failed' && error === 'its process ended')).toBe(
      true,
    );
    journal.close();
  });

  it("is one process's, however many begin at once", { timeout: 60_000 }, async () => {
    const folder = tempFolder();
    const said = await Promise.all(Array.from({ length: 5 }, () => run(folder)));
    const [winners, losers] = [
      said.filter((lines) => lines[0] === 'open'),
      said.filter((lines) => lines[0] !== 'open'),
    ];
    for (const lines of losers) expect(lines).toEqual(['BATCH_LOCKED']);
    // Who comes when the first has ended finds all done.
    expect(winners.flatMap((lines) => numbersOf(lines, 'work')).sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, at) => at),
    );
    expect(winners.every((lines) => lines.at(-1) === 'committed')).toBe(true);
  });
});
