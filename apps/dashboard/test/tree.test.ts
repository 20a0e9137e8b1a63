import { describe, expect, it } from 'vitest';
import type { AttemptView } from '../src/api/run-views.ts';
import { treeOf } from '../src/pages/runs/tree.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

const attempt = (step: string, from: number, to: number | null, more: Partial<AttemptView> = {}): AttemptView => ({
  step,
  attempt: 1,
  state: to === null ? 'running' : 'succeeded',
  startedAt: iso(from),
  endedAt: to === null ? null : iso(to),
  durationMs: to === null ? null : to - from,
  costUsd: null,
  error: null,
  question: null,
  ...more,
});

const shape = (rows: ReturnType<typeof treeOf>) =>
  rows.map(({ depth, name, state }) => `${'  '.repeat(depth)}${name} ${state}`);

describe('steps as a tree', () => {
  it('stand below what they belong to, in the order in which they began', () => {
    const rows = treeOf([
      attempt('last', 90, null),
      attempt('review[1]/ask', 30, 40),
      attempt('review[0]/ask', 20, 50),
      attempt('review[0]/check', 50, 60),
      attempt('first', 0, 10),
    ]);
    expect(shape(rows)).toEqual([
      'first succeeded',
      'review succeeded',
      '  [0] succeeded',
      '    ask succeeded',
      '    check succeeded',
      '  [1]/ask succeeded',
      'last running',
    ]);
    expect(rows[1]).toMatchObject({ step: 'review', from: 20, to: 60 });
  });

  it('say of many together what matters most', () => {
    const failed = attempt('all[1]', 5, 9, { state: 'failed', error: 'no' });
    expect(treeOf([attempt('all[0]', 0, 9), failed])[0]).toMatchObject({ name: 'all', state: 'failed', to: 9 });
    expect(treeOf([attempt('all[0]', 0, null), failed])[0]).toMatchObject({ state: 'running', to: null });
  });

  it('count attempts, and tell the last one', () => {
    const rows = treeOf([
      attempt('ask', 0, 5, { state: 'failed', error: 'overloaded' }),
      attempt('ask', 7, 12, { attempt: 2 }),
    ]);
    expect(rows).toEqual([
      { step: 'ask', name: 'ask', depth: 0, state: 'succeeded', attempts: 2, from: 0, to: 12, error: null },
    ]);
  });

  it('have one row for those of a long list that went well', () => {
    const items = Array.from({ length: 1_000 }, (_, index) => attempt(`all[${index}]`, index, index + 1));
    const rows = treeOf(items.with(700, attempt('all[700]', 700, 701, { state: 'failed' })), 3);
    expect(shape(rows)).toEqual([
      'all failed',
      '  [0] succeeded',
      '  [1] succeeded',
      '  [700] failed',
      '  … succeeded',
    ]);
    expect(rows.at(-1)).toMatchObject({ others: 997, from: 2, to: 1_000 });
  });

  it('are none before any has begun', () => {
    expect(treeOf([])).toEqual([]);
  });
});
