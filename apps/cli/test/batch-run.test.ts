import { describe, expect, it } from 'vitest';
import type { Asked, AskRow } from '../src/batch/ask-row.ts';
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

const journalOf = (): RunOptions['journal'] => ({
  entryOf: () => undefined,
  asked: ({ row }) => row,
  settled: () => {},
  paid: () => {},
  unasked: () => {},
});

/** A run whose calls end when the test says so. `paidUsd`: what one is billed that is given up. */
const begin = (count: number, more: Partial<RunOptions> = {}, paidUsd?: number) => {
  const finishing = new AbortController();
  const stopping = new AbortController();
  const calls = new Map<number, (asked: Asked) => void>();
  const written: string[] = [];
  const unasked: number[] = [];
  const aborted: number[] = [];
  const costs: number[] = [];
  const told: number[] = [];
  let impatience: AbortSignal | undefined;
  const ask: AskRow = ({ row }, { signal, impatient }) =>
    new Promise((resolve) => {
      impatience = impatient;
      const end = (asked: Asked): void => {
        calls.delete(row);
        resolve(asked);
      };
      calls.set(row, end);
      signal.addEventListener('abort', () => {
        aborted.push(row);
        end({ kind: 'aborted', ...(paidUsd !== undefined && { paidUsd }) });
      });
    });
  const journal = { ...journalOf(), unasked: (id: number) => void unasked.push(id) };
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
    onPaid: (usd) => void costs.push(usd),
    onBroken: (underWay) => void told.push(underWay),
    ...more,
  });
  return {
    run,
    aborted,
    costs,
    told,
    impatient: () => impatience?.aborted,
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

  it('counts what the calls are billed that it gave up', async () => {
    const paid: [number, number][] = [];
    const journal = { ...journalOf(), paid: (id: number, usd: number) => void paid.push([id, usd]) };
    const { costs, finishing, run, stopping } = begin(7, { journal }, 0.25);
    await settle();
    finishing.abort();
    stopping.abort();
    expect(await run).toEqual({ kind: 'interrupted' });
    expect([costs, paid]).toEqual([
      [0.25, 0.25],
      [
        [1, 0.25],
        [2, 0.25],
      ],
    ]);
  });

  const broken = (): never => {
    throw new Error('no room');
  };
  const failing = async function* () {
    yield* questions(3);
    broken();
  };

  it.each(['write', 'read'])('waits for what is under way and keeps it when it cannot %s', async (what) => {
    const settled: number[] = [];
    const { asking, aborted, end, impatient, run, told } = begin(7, {
      concurrency: 3,
      journal: { ...journalOf(), settled: (id) => void settled.push(id) },
      ...(what === 'write' ? { file: { write: broken } } : { questions: failing(), concurrency: 4 }),
    });
    await settle();
    if (what === 'write') await end(1);
    expect([asking(), told, impatient()]).toEqual([what === 'write' ? [2, 3] : [1, 2, 3], [3], true]);
    for (const row of [1, 2, 3]) await end(row);
    expect(await run).toMatchObject({ kind: 'broken', error: { message: 'no room' }, unkept: 0 });
    expect([settled, aborted]).toEqual([[1, 2, 3], []]);
  });

  it('says how many answers the journal could not keep, and what they cost', async () => {
    let room = 1;
    const { costs, end, rows, run } = begin(7, {
      concurrency: 3,
      journal: { ...journalOf(), settled: () => (room-- > 0 ? undefined : broken()) },
    });
    await settle();
    for (const row of [1, 2, 3]) await end(row);
    await settle();
    // The fourth had begun in the place of the first.
    await end(4);
    expect(await run).toMatchObject({ kind: 'broken', unkept: 3, keepError: { message: 'no room' } });
    expect([costs, rows()]).toEqual([[1, 1, 1], [1]]);
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
    expect(tally.figures()).toMatchObject({ answered: 2, failed: 1, left: 1_999_997, costUsd: 1, lostUsd: 0 });
    for (const usd of [0.1, 0.2]) tally.pay(usd);
    expect(tally.figures()).toMatchObject({ costUsd: 1.3, lostUsd: 0.3 });
  });
});
