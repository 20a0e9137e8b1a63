import { describe, expect, it } from 'vitest';
import type { Budget, SpendRefusal } from '../../src/limits/budget.ts';
import { createSpending, type Spending, type SpendReservation } from '../../src/limits/spending.ts';

const noon = Date.parse('2026-11-21T12:00:00Z');
const hourMs = 3_600_000;

type Table = Record<string, readonly Budget[] | undefined>;

const spendingOf = (table: Table) => {
  const clock = { now: noon };
  let runs = 0;
  const start = (): Spending =>
    createSpending({ budgetsOf: (name) => table[name], now: () => clock.now, run: `run-${runs++}` });
  return { clock, start, spending: start() };
};

const granted = (verdict: SpendReservation | SpendRefusal): SpendReservation => {
  if (!verdict.granted) throw new Error(verdict.reason);
  return verdict;
};
const refused = (verdict: SpendReservation | SpendRefusal): SpendRefusal => {
  if (verdict.granted) throw new Error('It was granted.');
  return verdict;
};
const spend = (spending: Spending, names: readonly string[], usd: number): void =>
  granted(spending.reserve({ names, usd })).settle(usd);
const spentOf = (spending: Spending, name = 'key'): number | undefined => spending.state(name)[0]?.spentUsd;

const aDay = { key: [{ usd: 1, period: 'day' }] } satisfies Table;

describe('a budget', () => {
  it('is never exceeded by calls under way at the same time', () => {
    const { spending } = spendingOf(aDay);
    const open = Array.from({ length: 5 }, () => granted(spending.reserve({ names: ['key'], usd: 0.2 })));
    expect(refused(spending.reserve({ names: ['key'], usd: 0.01 }))).toMatchObject({ name: 'key', period: 'day' });
    open[0]?.settle(0.05);
    open[1]?.release();
    expect(spending.state('key')).toEqual([
      {
        period: 'day',
        budgetUsd: 1,
        spentUsd: 0.05,
        reservedUsd: 0.6,
        leftUsd: 0.35,
        resetsAt: Date.parse('2026-11-22T00:00:00Z'),
      },
    ]);
    granted(spending.reserve({ names: ['key'], usd: 0.35 }));
    refused(spending.reserve({ names: ['key'], usd: 0.000_001 }));
  });

  it('begins anew at its border, with the calls that are still under way', () => {
    const { spending, clock } = spendingOf(aDay);
    spend(spending, ['key'], 0.6);
    const late = granted(spending.reserve({ names: ['key'], usd: 0.4 }));
    clock.now += 12 * hourMs - 1;
    refused(spending.reserve({ names: ['key'], usd: 0.1 }));
    clock.now += 1;
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0, reservedUsd: 0.4, leftUsd: 0.6 }]);
    refused(spending.reserve({ names: ['key'], usd: 0.61 }));
    late.settle(0.3);
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0.3, reservedUsd: 0, leftUsd: 0.7 }]);
  });

  it('is charged in the period in which the call ended, whatever was asked meanwhile', () => {
    const { spending, clock } = spendingOf(aDay);
    const open = granted(spending.reserve({ names: ['key'], usd: 0.4 }));
    clock.now += 24 * hourMs;
    open.settle(0.3);
    expect(spentOf(spending)).toBe(0.3);
  });

  it('says when to try again', () => {
    const { spending } = spendingOf({ key: [{ usd: 1, period: 'hour' }], always: [{ usd: 1, period: 'total' }] });
    const open = granted(spending.reserve({ names: ['key', 'always'], usd: 0.9 }));
    expect(refused(spending.reserve({ names: ['key'], usd: 0.5 })).retryAfterMs).toBe(1_000);
    open.settle(0.9);
    const refusal = refused(spending.reserve({ names: ['key'], usd: 0.5 }));
    expect(refusal.retryAfterMs).toBe(hourMs);
    expect(refusal.reason).toBe(
      'key may spend $1 an hour: $0.9 are spent, $0 reserved for calls under way, and this call may cost $0.5. Wait until 2026-11-21T13:00:00.000Z, or raise the budget.',
    );
    expect(refused(spending.reserve({ names: ['key'], usd: 1.5 })).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect(refused(spending.reserve({ names: ['key', 'always'], usd: 0.5 }))).toMatchObject({
      name: 'always',
      period: 'total',
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  it('counts what a call cost beyond its estimate, and is not below nothing then', () => {
    const { spending } = spendingOf(aDay);
    granted(spending.reserve({ names: ['key'], usd: 0.5 })).settle(1.7);
    expect(spending.state('key')).toMatchObject([{ spentUsd: 1.7, reservedUsd: 0, leftUsd: 0 }]);
    refused(spending.reserve({ names: ['key'], usd: 0.01 }));
  });

  it('counts the estimate where the answer told nonsense, and each call once', () => {
    const { spending } = spendingOf(aDay);
    for (const nonsense of [Number.NaN, -1, Number.POSITIVE_INFINITY, undefined as unknown as number]) {
      const open = granted(spending.reserve({ names: ['key'], usd: 0.1 }));
      open.settle(nonsense);
      open.settle(5);
      open.release();
    }
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0.4, reservedUsd: 0 }]);
  });

  it('adds up small amounts exactly', () => {
    const { spending } = spendingOf({ key: [{ usd: 0.003, period: 'day' }] });
    for (let call = 0; call < 10_000; call++) {
      granted(spending.reserve({ names: ['key'], usd: 0.000_000_3 })).settle(0.000_000_1);
    }
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0.001, reservedUsd: 0, leftUsd: 0.002 }]);
    for (let call = 0; call < 10; call++) granted(spending.reserve({ names: ['key'], usd: 0.000_2 }));
    refused(spending.reserve({ names: ['key'], usd: 0.000_000_001 }));
  });

  it('does not hold up what costs nothing', () => {
    const { spending } = spendingOf({ key: [{ usd: 0, period: 'day' }] });
    refused(spending.reserve({ names: ['key'], usd: 0.01 }));
    for (let call = 0; call < 2; call++) granted(spending.reserve({ names: ['key'], usd: 0 })).settle(0.02);
    expect(spentOf(spending)).toBe(0.04);
  });

  it('may change, and keeps what was spent', () => {
    const table: Table = { ...aDay };
    const { spending } = spendingOf(table);
    spend(spending, ['key'], 0.9);
    table.key = undefined;
    granted(spending.reserve({ names: ['key'], usd: 100 })).release();
    table.key = [{ usd: 2, period: 'day' }];
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0.9, leftUsd: 1.1 }]);
    table.key = [{ usd: 0.5, period: 'day' }];
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0.9, leftUsd: 0 }]);
  });

  it('does not come back with a clock that goes back', () => {
    const { spending, clock } = spendingOf(aDay);
    clock.now += 24 * hourMs;
    spend(spending, ['key'], 0.9);
    clock.now -= 24 * hourMs;
    refused(spending.reserve({ names: ['key'], usd: 0.2 }));
  });
});

describe('several budgets', () => {
  it('pay the whole, all or none', () => {
    const { spending } = spendingOf({
      key: [
        { usd: 1, period: 'day' },
        { usd: 5, period: 'month' },
      ],
      team: [{ usd: 1.5, period: 'week' }],
    });
    spend(spending, ['key', 'team', 'key', 'nobody'], 0.9);
    expect(refused(spending.reserve({ names: ['team', 'key'], usd: 0.3 })).period).toBe('day');
    expect(spending.state('team')).toMatchObject([{ spentUsd: 0.9, reservedUsd: 0 }]);
    expect(spending.state('key')).toMatchObject([{ spentUsd: 0.9 }, { spentUsd: 0.9 }]);
    expect(refused(spending.reserve({ names: ['key', 'team'], usd: 0.7 }))).toMatchObject({ name: 'team' });
    expect(spending.state('nobody')).toEqual([]);
  });

  it('are said where they make no sense', () => {
    const { spending } = spendingOf({
      negative: [{ usd: -1, period: 'day' }],
      yearly: [{ usd: 1, period: 'year' as 'day' }],
    });
    expect(() => spending.reserve({ names: ['negative'], usd: 1 })).toThrow(/A budget of negative/);
    expect(() => spending.reserve({ names: ['yearly'], usd: 1 })).toThrow(/one of hour, day/);
    for (const usd of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => spending.reserve({ names: [], usd })).toThrow(/"usd"/);
    }
  });
});

describe('a store', () => {
  const copy = <Value>(value: Value): unknown => JSON.parse(JSON.stringify(value));

  it('hands over what was spent to the next process', () => {
    const { spending, start, clock } = spendingOf({
      ...aDay,
      __proto__: undefined,
      team: [{ usd: 9, period: 'total' }],
    });
    spend(spending, ['key', 'team'], 0.7);
    granted(spending.reserve({ names: ['key'], usd: 0.1 }));
    const kept = copy(spending.snapshot());
    const next = start();
    next.restore(kept);
    expect(next.state('key')).toMatchObject([{ spentUsd: 0.7, reservedUsd: 0 }]);
    expect(spentOf(next, 'team')).toBe(0.7);
    spend(next, ['key'], 0.1);
    const third = start();
    const keptByNext = copy(next.snapshot());
    clock.now += 24 * hourMs;
    third.restore(keptByNext);
    expect([spentOf(third), spentOf(third, 'team')]).toEqual([0, 0.7]);
  });

  it('that cannot be read at first is read later, on top of what was spent meanwhile', () => {
    const { spending, start } = spendingOf(aDay);
    spend(spending, ['key'], 0.3);
    const kept = copy(spending.snapshot());
    const next = start();
    spend(next, ['key'], 0.2);
    next.restore(kept);
    expect(spentOf(next)).toBe(0.5);
  });

  it('counts once, however often it is read, and whoever wrote it', () => {
    const { spending, start } = spendingOf(aDay);
    spend(spending, ['key'], 0.3);
    const first = copy(spending.snapshot());
    const next = start();
    next.restore(first);
    spend(next, ['key'], 0.1);
    const second = copy(next.snapshot());
    spend(next, ['key'], 0.1);
    for (const kept of [second, first, second, copy(next.snapshot())]) next.restore(kept);
    expect(spentOf(next)).toBe(0.5);
    spending.restore(first);
    expect(spentOf(spending)).toBe(0.3);
    const third = start();
    for (const kept of [second, first]) third.restore(kept);
    expect(spentOf(third)).toBe(0.4);
  });

  it('that holds nonsense changes nothing', () => {
    const { spending } = spendingOf(aDay);
    spend(spending, ['key'], 0.3);
    const snapshot = spending.snapshot();
    const [entry] = snapshot.spent;
    for (const kept of [
      undefined,
      null,
      'text',
      {},
      { ...snapshot, version: 2 },
      { ...snapshot, run: 5 },
      { ...snapshot, spent: [entry, { ...entry, usd: -1 }] },
      { ...snapshot, spent: [{ ...entry, usd: Number.NaN }] },
      { ...snapshot, spent: [{ ...entry, period: 'year' }] },
      { ...snapshot, spent: [{ ...entry, ownUsd: 7 }] },
      { ...snapshot, spent: [null] },
    ]) {
      expect(() => spending.restore(kept)).toThrow(/no snapshot/);
    }
    expect(spending.snapshot()).toEqual(snapshot);
  });

  it('written by a clock that was ahead counts', () => {
    const { spending, start, clock } = spendingOf(aDay);
    clock.now += 12 * hourMs;
    spend(spending, ['key'], 0.3);
    const kept = copy(spending.snapshot());
    clock.now -= 1;
    const next = start();
    next.restore(kept);
    expect(spentOf(next)).toBe(0.3);
  });

  it('is not given the names of old periods, nor are they kept', () => {
    const clock = { now: noon };
    const spending = createSpending({ budgetsOf: () => [{ usd: 1, period: 'hour' }], now: () => clock.now });
    for (let call = 0; call < 2_000; call++) spend(spending, [`key-${call}`], 0.1);
    expect(spending.snapshot().spent.length).toBe(2_000);
    const open = granted(spending.reserve({ names: ['key-7'], usd: 0.5 }));
    clock.now += hourMs;
    spend(spending, ['key-1'], 0.1);
    expect(spending.snapshot().spent.map(({ name }) => name)).toEqual(['key-1']);
    open.settle(0.4);
    expect(spending.state('key-7')).toMatchObject([{ spentUsd: 0.4 }]);
  });
});
