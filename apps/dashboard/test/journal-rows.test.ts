import { describe, expect, it } from 'vitest';
import type { AttemptView, RunDetailView } from '../src/api/run-views.ts';
import { filterRows, journalRows } from '../src/pages/runs/journal-rows.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const attempt = (step: string, number: number, from: number, to: number | null, more = {}): AttemptView => ({
  step,
  attempt: number,
  state: to === null ? 'running' : 'succeeded',
  startedAt: iso(from),
  endedAt: to === null ? null : iso(to),
  durationMs: to === null ? null : to - from,
  costUsd: null,
  error: null,
  question: null,
  ...more,
});
const effect = (sequence: number, step: string | null, number = 1, isUndone = false) => ({
  sequence,
  step,
  attempt: number,
  workspace: 'files',
  isUndone,
});
const run = (more: Partial<RunDetailView>): RunDetailView => ({
  id: 'r',
  name: 'r',
  state: 'running',
  root: '/shop',
  file: null,
  createdAt: iso(0),
  endedAt: null,
  undoneAt: null,
  durationMs: null,
  costUsd: null,
  error: null,
  waiting: [],
  attempts: [],
  changes: 0,
  effects: [],
  ...more,
});
const lines = (view: RunDetailView) => journalRows(view).map(({ at, step, text }) => `${at ?? '…'} ${step} ${text}`);

describe('the journal of a run', () => {
  it('has all that happened in its order, and each change within the attempt that made it', () => {
    const view = run({
      attempts: [
        attempt('write', 1, 10, 20, { state: 'failed', error: 'no' }),
        attempt('write', 2, 30, 60, { costUsd: 0.25 }),
        attempt('read', 1, 15, 40),
      ],
      effects: [effect(1, 'write', 1, true), effect(2, 'write', 2)],
      endedAt: iso(70),
      undoneAt: iso(90),
    });
    expect(lines(view)).toEqual([
      '0  the run began in /shop',
      '10 write began',
      '… write change 1 of files, taken back since',
      '15 read began',
      '20 write failed after 10 ms: no',
      '30 write began, attempt 2',
      '… write change 2 of files',
      '40 read succeeded after 25 ms',
      '60 write succeeded, attempt 2 after 30 ms, $0.2500',
      '70  the run ended',
      '90  what it changed was taken back',
    ]);
  });

  it('tells questions, what goes on, changes of no step, and why a run ended', () => {
    const view = run({
      attempts: [attempt('publish', 1, 5, null, { question: 'Publish?' })],
      effects: [effect(3, null)],
      endedAt: iso(9),
      error: 'stopped',
    });
    expect(journalRows(view).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'run: the run began in /shop',
      'step: began',
      'question: asks: Publish?',
      'change: change 3 of files',
      'failure: the run ended: stopped',
    ]);
  });

  it('is narrowed down to a kind and to words', () => {
    const rows = journalRows(
      run({ attempts: [attempt('write', 1, 1, 2), attempt('read', 1, 3, 4, { state: 'failed', error: 'Not there' })] }),
    );
    expect(filterRows(rows, '', '')).toHaveLength(5);
    expect(filterRows(rows, 'failure', '').map(({ step }) => step)).toEqual(['read']);
    expect(filterRows(rows, '', ' not THERE ').map(({ step }) => step)).toEqual(['read']);
    expect(filterRows(rows, 'step', 'write')).toHaveLength(2);
  });
});
