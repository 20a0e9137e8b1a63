import { describe, expect, it } from 'vitest';
import { errors } from '../../src/analytics/errors-report.ts';
import { runs } from '../../src/analytics/runs.ts';
import { runKind, stepKind } from '../../src/kinds/batch.ts';
import { commandKind } from '../../src/kinds/process.ts';
import { day, midnight, storeOfEvents } from './support.ts';

const period = { fromMs: midnight, toMs: midnight + day };
const second = 1e6;

const command = (outcome: string, seconds: number, name = 'run', code = '') =>
  [commandKind, { command: name, outcome, code }, { duration: seconds * second, start: 50_000 }] as const;
const run = (outcome: string, seconds?: number, name = 'review') => {
  const figures = seconds === undefined ? { steps: 1 } : { duration: seconds * second, cost: second };
  return [runKind, { run_name: name, outcome }, figures, 'r1'] as const;
};
const step = (names: Readonly<Record<string, string>>, seconds: number, text = 'r1') =>
  [
    stepKind,
    { run_name: 'review', step: 'ask', outcome: 'succeeded', code: '', reused: 'no', ...names },
    { duration: seconds * second },
    text,
  ] as const;

describe('the report of runs', () => {
  it('tells of commands how many came to their end well, and how long these took', async () => {
    const store = await storeOfEvents([
      ...[command('complete', 4), command('complete', 4), command('complete', 8)],
      ...[command('failed', 60, 'run', 'X'), command('interrupted', 90), command('complete', 1, 'ask')],
    ]);
    const [ofRun, ofAsk] = runs(store, period).commands;
    expect(ofRun).toMatchObject({ command: 'run', count: 5, failed: 1, interrupted: 1, successRate: 0.75 });
    expect(ofRun?.durationMs?.p50).toBeCloseTo(4000, -3);
    expect(ofRun?.durationMs?.p95).toBeCloseTo(8000, -3);
    expect(ofRun?.startMs?.p95).toBeCloseTo(50, -1);
    expect(ofAsk).toMatchObject({ command: 'ask', count: 1, failed: 0, successRate: 1 });
  });

  it('tells of runs how each ended once, and what became of them afterwards', async () => {
    const ended = ['committed', 'committed', 'failed', 'undone', 'kept', 'paused'].map((outcome) => run(outcome, 2));
    const store = await storeOfEvents([...ended, run('recovered'), run('reverted'), run('undone', 1, 'other')]);
    const [review, other] = runs(store, period).runs;
    expect(review).toMatchObject({
      run: 'review',
      count: 6,
      committed: 2,
      failed: 3,
      undone: 1,
      kept: 1,
      recovered: 1,
      paused: 1,
      reverted: 1,
      successRate: 2 / 6,
      costUsd: 6,
    });
    expect(review?.durationMs?.p50).toBeCloseTo(2000, -2);
    expect(other).toMatchObject({ run: 'other', count: 1, failed: 1, undone: 1, successRate: 0, durationMs: null });
  });

  it('tells of steps how long those took that were done, not those that had been or had no turn', async () => {
    const store = await storeOfEvents([
      ...[step({}, 2), step({}, 2), step({ outcome: 'cancelled' }, 0)],
      ...[1, 2, 3].map(() => step({ reused: 'yes' }, 0)),
      ...[step({ outcome: 'failed', code: 'X' }, 50), step({ step: 'fix' }, 1)],
    ]);
    const { steps, commands, others } = runs(store, { ...period, limit: 1 });
    expect(steps).toMatchObject([{ run: 'review', step: 'ask', count: 7, failed: 1, reused: 3, unrun: 1 }]);
    expect(steps[0]?.durationMs?.p50).toBeCloseTo(2000, -2);
    expect(steps[0]?.durationMs?.p95).toBeCloseTo(2000, -2);
    expect(commands).toEqual([]);
    expect(others).toEqual({ commands: 0, runs: 0, steps: 1 });
  });
});

describe('errors', () => {
  it('are those of commands and steps as well, told apart by their names', async () => {
    const store = await storeOfEvents([
      ...[command('failed', 1, 'run', 'X'), command('failed', 1, 'run', 'X'), command('complete', 1)],
      ...[command('failed', 1, 'ask', 'X'), command('complete', 1, 'undo')],
      ...[step({ outcome: 'failed', code: 'X' }, 1, 'r7'), step({}, 1), step({ outcome: 'blocked' }, 0)],
    ]);
    const report = errors(store, period);
    expect(report).toMatchObject({ requests: 0, commands: { count: 5, failed: 3 }, steps: { count: 3, failed: 1 } });
    expect(report.entries).toMatchObject([
      { kind: 'command', name: 'run', code: 'X', count: 2, share: 2 / 3, provider: '', model: '' },
      { kind: 'command', name: 'ask', code: 'X', count: 1, share: 1 },
      { kind: 'step', name: 'review / ask', code: 'X', count: 1, share: 1 / 3, examples: ['r7'] },
    ]);
    expect(errors(store, { ...period, where: { provider: 'openai' } }).entries).toEqual([]);
  });
});
