import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { outputOf } from './support/entries.ts';

const child = fileURLToPath(new URL('./support/writing-child.ts', import.meta.url));

/** Returns the last call that was acknowledged, -1 if none was. Killed after so many, unless it ends before. */
const write = async (path: string, run: string, { killAfter = Number.POSITIVE_INFINITY, count = 1e9 } = {}) => {
  const writer = spawn(process.execPath, ['--no-warnings', child, path, run, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  writer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > killAfter) writer.kill('SIGKILL');
  });
  const [code, signal] = await once(writer, 'close');
  const acknowledged = text.split('\n').filter((line) => line !== '');
  return {
    last: acknowledged.length - 1,
    inOrder: acknowledged.every((line, at) => line === String(at)),
    code,
    signal,
  };
};

/** How many calls of a run are there; all are whole, in order, and none is missing between others. */
const checkCalls = (path: string, run: string): number => {
  const journal = sqliteJournal({ path });
  const { attempts } = journal.load(run) ?? { attempts: [] };
  journal.close();
  expect(attempts.map(({ step }) => step)).toEqual(
    attempts.map((_, at) => `${Math.floor(at / 2)}${at % 2 === 0 ? 'a' : 'b'}`),
  );
  for (const { step, output } of attempts) expect(output).toBe(outputOf(Number.parseInt(step, 10)));
  expect(attempts.length % 2).toBe(0);
  return attempts.length / 2;
};

describe('a SQLite journal of several processes', () => {
  it('has all that was acknowledged of a process that was killed, in order and whole', {
    timeout: 120_000,
  }, async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    for (let kill = 0; kill < 30; kill += 1) {
      const run = `run ${kill}`;
      const { last, inOrder, signal } = await write(path, run, { killAfter: 1 + ((kill * 37) % 150) });
      expect(signal).toBe('SIGKILL');
      expect(inOrder).toBe(true);
      expect(last).toBeGreaterThanOrEqual(0);
      expect(checkCalls(path, run)).toBeGreaterThan(last);
    }
  });

  it('takes the runs of several processes at once', { timeout: 60_000 }, async () => {
    const path = join(tempFolder(), 'journal.sqlite');
    const runs = ['one', 'two', 'three', 'four'];
    const ends = await Promise.all(runs.map((run) => write(path, run, { count: 300 })));
    expect(ends.map(({ code, inOrder }) => [code, inOrder])).toEqual(runs.map(() => [0, true]));
    for (const run of runs) expect(checkCalls(path, run)).toBeGreaterThanOrEqual(300);
  });
});
