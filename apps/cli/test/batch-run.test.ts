import { describe, expect, it } from 'vitest';
import type { Asked, AskRow } from '../src/batch/ask-row.ts';
import type { Journal } from '../src/batch/journal.ts';
import { createJsonLines } from '../src/batch/output-lines.ts';
import type { Question } from '../src/batch/question.ts';
import { type RunOptions, runRows } from '../src/batch/run-rows.ts';
import { createTally } from '../src/batch/tally.ts';
import { questionOf } from './batch-questions.ts';

const questions = async function* (count: number): AsyncGenerator<Question> {
  for (let row = 1; row <= count; row += 1) yield questionOf({ row, line: row, columns: { prompt: `q${row}` } });
};
const answered: Asked = { kind: 'settled', outcome: { answer: 'A', model: 'm', cache: 'miss', costUsd: 1 } };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A run whose calls end when the test says so. */
const begin = (count: number, more: Partial<RunOptions> = {}) => {
  const finishing = new AbortController();
  const stopping = new AbortController();
  const calls = new Map<number, (asked: Asked) => void>();
  const written: string[] = [];
  const unasked: number[] = [];
  const ask: AskRow = ({ row }, { signal }) =>
    new Promise((resolve) => {
      const end = (asked: Asked): void => {
        calls.delete(row);
        resolve(asked);
      };
      calls.set(row, end);
      signal.addEventListener('abort', () => end({ kind: 'aborted' }));
    });
  const journal: Pick<Journal, 'entryOf' | 'asked' | 'settled' | 'unasked'> = {
    entryOf: () => undefined,
    asked: ({ row }) => row,
    settled: () => {},
    unasked: (id) => void unasked.push(id),
  };
  const run = runRows({
    questions: questions(count),
    journal,
    file: { write: (lines) => void written.push(lines) },
    lines: createJsonLines({ includesInput: false }),
    ask,
    estimator: { estimate: () => ({ inputTokens: 1, outputTokens: 1, costUsd: 1 }), learn: () => {} },
    concurrency: 2,
    mostAhead: 4,
    retriesFailed: false,
    finishing: finishing.signal,
    stopping: stopping.signal,
    onRow: () => {},
    ...more,
  });
  run.catch(() => {});
  return {
    run,
    finishing,
    stopping,
    unasked,
    asking: () => [...calls.keys()],
    end: async (row: number, asked: Asked = answered) => {
      calls.get(row)?.(asked);
      await settle();
    },
    rows: () =>
      written
        .join('')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).row as number),
  };
};

describe('a run', () => {
  it('asks so many rows at a time, and no further ahead than it may', async () => {
    const { asking, end, rows, run } = begin(7);
    await settle();
    expect(asking()).toEqual([1, 2]);
    for (const row of [2, 3]) await end(row);
    expect(asking()).toEqual([1, 4]);
    await end(4);
    // Rows 2 to 4 wait for the first.
    expect([asking(), rows()]).toEqual([[1], []]);
    await end(1);
    expect([asking(), rows()]).toEqual([
      [5, 6],
      [1, 2, 3, 4],
    ]);
    for (const row of [6, 5, 7]) await end(row);
    expect(await run).toEqual({ kind: 'complete' });
    expect(rows()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('holds what its calls may cost, and gives back what they did not', async () => {
    const { asking, end, run } = begin(7, { concurrency: 8, budgetUsd: 2.5, mostAhead: 100 });
    await settle();
    expect(asking()).toEqual([1, 2]);
    const free: Asked = { kind: 'settled', outcome: { answer: 'A', model: 'm', cache: 'hit', costUsd: 0 } };
    await end(1, free);
    expect(asking()).toEqual([2, 3]);
    await end(2);
    await end(3);
    expect(await run).toEqual({ kind: 'out-of-money' });
  });

  it('begins nothing after the first signal, and gives all up at the second', async () => {
    const { asking, end, finishing, rows, run, stopping } = begin(7);
    await settle();
    finishing.abort();
    await end(1);
    expect(asking()).toEqual([2]);
    stopping.abort();
    expect(await run).toEqual({ kind: 'interrupted' });
    expect(rows()).toEqual([1]);
  });

  it('stops at what every row would fail of', async () => {
    const { asking, end, rows, run, unasked } = begin(7);
    await settle();
    await end(1, { kind: 'halted', code: 'C', message: 'm' });
    expect(asking()).toEqual([2]);
    await end(2);
    expect(await run).toEqual({ kind: 'halted', code: 'C', message: 'm' });
    expect([unasked, rows()]).toEqual([[1], []]);
  });

  it.each(['write', 'settle', 'read'])('gives up what is under way when it cannot %s', async (what) => {
    const broken = (): never => {
      throw new Error('no room');
    };
    const failing = async function* () {
      yield* questions(2);
      broken();
    };
    const { end, run } = begin(7, {
      concurrency: 3,
      ...(what === 'write' && { file: { write: broken } }),
      ...(what === 'read' && { questions: failing() }),
      ...(what === 'settle' && {
        journal: { entryOf: () => undefined, asked: ({ row }) => row, settled: broken, unasked: () => {} },
      }),
    });
    await settle();
    if (what !== 'read') await end(1);
    await expect(run).rejects.toThrow('no room');
  });
});

describe('the line of progress', () => {
  it('says how far, how fast, how much and how long, in 80 columns', () => {
    let at = 0;
    const tally = createTally(2_000_000, () => at);
    expect(tally.line()).toBe('0/2,000,000 rows · 0% · 0.0/s · 0 failed · $0 · ETA unknown');
    const outcome = answered.kind === 'settled' ? answered.outcome : undefined;
    if (outcome === undefined) throw new Error('no outcome');
    tally.add(outcome, true);
    tally.add(outcome, false);
    tally.add({ error: { code: 'C', message: 'm' } }, false);
    at = 4_000;
    expect(tally.line()).toBe('3/2,000,000 rows · 0% · 0.5/s · 1 failed · $1.00 · ETA 46.3 days');
    expect(tally.figures()).toMatchObject({ answered: 2, failed: 1, left: 1_999_997, costUsd: 1 });
  });
});
