import type { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { parseFault, startUpstream } from '../../../tests/upstream/index.ts';
import { batchMachine, promptsOf } from './batch-machine.ts';
import { outcomeOf } from './built.ts';

export interface KillingOptions {
  readonly rows: number;
  readonly kills: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

const concurrency = 8;
/** All of them before anything is answered: what the provider charges for is then known to the request. */
const faults = ['server-error', 'unavailable', 'reset-before-head', 'html-error'].map((name) => parseFault(name));

const prompt = (row: number): string => `Question ${row}`;

/** Rows of which nobody knows whether they were answered. */
const rowsUnderWay = (path: string): readonly number[] => {
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite');
  const connection: DatabaseSync = new Database(path);
  try {
    return connection
      .prepare("SELECT position + 1 AS row FROM items WHERE state = 'begun'")
      .all()
      .map(({ row }) => Number(row));
  } finally {
    connection.close();
  }
};

const counted = <Key>(keys: readonly Key[]): ReadonlyMap<Key, number> => {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

/**
 * Runs a job against a provider with faults, killing it at random moments, to its end. Then every row has one answer, and the
 * provider has given one answer for each row: one more only where the row was under way at a kill.
 */
export const expectPaidOnce = async ({ rows, kills, random }: KillingOptions): Promise<void> => {
  await using upstream = await startUpstream({
    firstTokenMs: 15,
    chooseFault: () => (random() < 0.2 ? faults[Math.floor(random() * faults.length)] : undefined),
  });
  const machine = batchMachine(upstream, 'attempts: { backoffMs: 5ms, retryShare: 1 }\n');
  machine.write('in.txt', Array.from({ length: rows }, (_, at) => `${prompt(at + 1)}\n`).join(''));
  const args = ['in.txt', '--yes', '--concurrency', String(concurrency)];
  const output = 'in.txt.answers.jsonl';
  const underWay: number[] = [];
  const answersGiven = (): number => upstream.requests.filter(({ usage }) => usage !== undefined).length;

  for (let kill = 0; kill < kills; kill += 1) {
    const child = machine.start(args);
    const ended = outcomeOf(child);
    const enough = answersGiven() + 1 + Math.floor((random() * 1.5 * rows) / (kills + 1));
    await upstream.waitFor(() => answersGiven() >= Math.min(enough, rows - 1) || child.exitCode !== null, {
      timeoutMs: 60_000,
    });
    child.kill('SIGKILL');
    await ended;
    const asked = rowsUnderWay(machine.journal());
    expect(asked.length).toBeLessThanOrEqual(concurrency);
    underWay.push(...asked);
    const text = machine.text(output);
    expect(text === '' || text.endsWith('\n')).toBe(true);
    expect(machine.results(output).map(({ row }) => row)).toEqual(machine.results(output).map((_, at) => at + 1));
  }
  let last = await machine.run(args);
  for (let tries = 0; last.code !== 0 && tries < 5; tries += 1) last = await machine.run([...args, '--retry-failed']);
  expect(last).toMatchObject({ code: 0 });

  const results = machine.results(output);
  expect(results.map(({ row, answer }) => [row, typeof answer])).toEqual(
    Array.from({ length: rows }, (_, at) => [at + 1, 'string']),
  );
  const paid = counted(promptsOf(upstream, ({ usage }) => usage !== undefined));
  const lost = counted(underWay.map(prompt));
  const unexplained = results.flatMap(({ row, cache }) => {
    const times = paid.get(prompt(row)) ?? 0;
    return times >= 1 && times <= 1 + (lost.get(prompt(row)) ?? 0) && (cache === 'miss' || lost.has(prompt(row)))
      ? []
      : [{ row, times, cache }];
  });
  expect(unexplained).toEqual([]);
  expect(paid.size).toBe(rows);
  // The bill: what the answers of the output have used is what the provider has counted for them, each once.
  const usageOf = new Map(
    upstream.requests.flatMap(({ usage }, at) =>
      usage === undefined ? [] : [[promptsOf(upstream, (one) => one === upstream.requests[at])[0], usage]],
    ),
  );
  expect(results.map(({ usage }) => usage)).toMatchObject(results.map(({ row }) => usageOf.get(prompt(row)) ?? {}));
};
