import { describe, expect, it, vi } from 'vitest';
import type { SpendingReservation } from '../../src/keys/spending.ts';
import type { KeyStore } from '../../src/keys/store.ts';
import type { Budget, BudgetPeriod, VirtualKey } from '../../src/keys/virtual-key.ts';
import { aMoment, day, hour, makePlace, second, sqliteMissing, start } from './support.ts';

const withBudgets = (store: KeyStore, ...budgets: Budget[]): VirtualKey => store.create({ name: 'ci', budgets }).key;

const granted = (verdict: ReturnType<KeyStore['spending']['reserve']>): SpendingReservation => {
  if (!verdict.granted) throw new Error(`refused: ${JSON.stringify(verdict)}`);
  return verdict;
};

const spend = (store: KeyStore, key: VirtualKey, usd: number): void =>
  granted(store.spending.reserve(key, usd)).settle(usd);

const spentOf = (store: KeyStore, key: VirtualKey, per: BudgetPeriod): number | undefined =>
  store.spending.budgetsOf(key).find((budget) => budget.per === per)?.spentUsd;

describe.skipIf(sqliteMissing)('a budget', () => {
  it('is never overspent, by however many calls at once', async () => {
    const store = makePlace().open();
    const key = withBudgets(store, { usd: 1, per: 'day' });
    let inFlight = 0;
    let most = 0;
    let refused = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const verdict = store.spending.reserve(key, 0.01);
        if (!verdict.granted) {
          refused += 1;
          expect(verdict).toMatchObject({ isHeld: true, leftUsd: 0 });
          return 0;
        }
        inFlight += 1;
        most = Math.max(most, inFlight);
        for (let turn = 0; turn <= index % 7; turn++) await Promise.resolve();
        verdict.settle(0.01);
        inFlight -= 1;
        return 0.01;
      }),
    );
    expect(most).toBe(100);
    expect(refused).toBe(100);
    expect(outcomes.filter((usd) => usd > 0)).toHaveLength(100);
    expect(spentOf(store, key, 'day')).toBe(1);
    expect(store.spending.reserve(key, 0.000_000_001)).toMatchObject({ granted: false, isHeld: false });
  });

  it('adds up to the billionth of a dollar', () => {
    const store = makePlace().open();
    const key = withBudgets(store, { usd: 0.3, per: 'total' });
    for (let call = 0; call < 3; call++) spend(store, key, 0.1);
    expect(spentOf(store, key, 'total')).toBe(0.3);
    store.update('ci', { budgets: [{ usd: 0.300_000_001, per: 'total' }] });
    const raised = store.find('ci') as VirtualKey;
    expect(store.spending.reserve(raised, 0.000_000_002).granted).toBe(false);
    // Less than can be counted is counted as the least there is.
    spend(store, raised, 1e-12);
    expect(store.spending.reserve(raised, 1e-12).granted).toBe(false);
  });

  it('gets back what a call did not use, and is charged for what it used beyond', () => {
    const store = makePlace().open();
    const key = withBudgets(store, { usd: 10, per: 'day' });
    const first = granted(store.spending.reserve(key, 8));
    expect(store.spending.reserve(key, 3)).toEqual({
      granted: false,
      budget: { usd: 10, per: 'day' },
      leftUsd: 2,
      isHeld: true,
      resetsAt: Date.UTC(2026, 10, 22),
    });
    first.settle(1);
    first.settle(9);
    expect(spentOf(store, key, 'day')).toBe(1);
    granted(store.spending.reserve(key, 3)).settle(12);
    expect(spentOf(store, key, 'day')).toBe(13);
    expect(store.spending.reserve(key, 0.01)).toMatchObject({ granted: false, isHeld: false, leftUsd: 0 });
  });

  it('is charged what was reserved where nobody knows the cost', () => {
    const store = makePlace().open();
    const key = withBudgets(store, { usd: 10, per: 'day' });
    for (const cost of [undefined, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      granted(store.spending.reserve(key, 1)).settle(cost);
    }
    expect(spentOf(store, key, 'day')).toBe(4);
  });

  it('lets what costs nothing pass, and what has no price while anything is left', () => {
    const store = makePlace().open();
    const key = withBudgets(store, { usd: 1, per: 'day' });
    granted(store.spending.reserve(key, undefined)).settle(0.4);
    granted(store.spending.reserve(key, undefined)).settle(0.6);
    expect(store.spending.reserve(key, undefined)).toMatchObject({ granted: false, isHeld: false });
    granted(store.spending.reserve(key, 0)).settle(0);
    const held = withBudgets(makePlace().open(), { usd: 1, per: 'day' });
    const other = makePlace().open();
    granted(other.spending.reserve(held, 1));
    expect(other.spending.reserve(held, undefined)).toMatchObject({ granted: false, isHeld: true });
  });

  it('begins anew at fixed borders in UTC', () => {
    const place = makePlace();
    const store = place.open();
    const ends: [BudgetPeriod, number | null][] = [
      ['hour', Date.UTC(2026, 10, 21, 16)],
      ['day', Date.UTC(2026, 10, 22)],
      ['week', Date.UTC(2026, 10, 23)],
      ['month', Date.UTC(2026, 11, 1)],
      ['total', null],
    ];
    const key = withBudgets(store, ...ends.map(([per]) => ({ usd: 1, per })));
    spend(store, key, 1);
    expect(store.spending.budgetsOf(key)).toEqual(
      ends.map(([per, resetsAt]) => ({ usd: 1, per, spentUsd: 1, reservedUsd: 0, resetsAt })),
    );
    for (const [index, [per, end]] of ends.entries()) {
      if (end === null) break;
      place.now = end - 1;
      expect(spentOf(store, key, per)).toBe(1);
      place.now = end;
      const spent = store.spending.budgetsOf(key).map(({ spentUsd }) => spentUsd);
      expect(spent).toEqual(ends.map((_, other) => (other <= index ? 0 : 1)));
      // Still the last one that is used up says when to come back.
      expect(store.spending.reserve(key, 1)).toMatchObject({
        granted: false,
        budget: { per: 'total' },
        resetsAt: null,
      });
    }
  });

  it('counts a call where it began, however long it takes', () => {
    const place = makePlace();
    const store = place.open();
    const key = withBudgets(store, { usd: 1, per: 'hour' }, { usd: 5, per: 'day' });
    const call = granted(store.spending.reserve(key, 1));
    place.now += hour;
    const next = granted(store.spending.reserve(key, 1));
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 1 }, { reservedUsd: 2 }]);
    call.settle(1);
    expect(store.spending.budgetsOf(key)).toMatchObject([
      { spentUsd: 0, reservedUsd: 1 },
      { spentUsd: 1, reservedUsd: 1 },
    ]);
    next.settle(0.5);
    // A clock that is set back finds what it knew of that hour.
    place.now = start;
    expect(spentOf(store, key, 'hour')).toBe(1);
    store.spending.flush();
    expect(spentOf(store, key, 'hour')).toBe(1);
    place.now += hour;
    expect(spentOf(store, key, 'hour')).toBe(0.5);
    expect(spentOf(store, key, 'day')).toBe(1.5);
  });

  it('that is added later knows what was spent before', () => {
    const store = makePlace().open();
    const { key } = store.create({ name: 'ci' });
    spend(store, key, 3);
    const later = store.update('ci', { budgets: [{ usd: 4, per: 'month' }] });
    expect(spentOf(store, later, 'month')).toBe(3);
    expect(store.spending.reserve(later, 2).granted).toBe(false);
  });
});

describe.skipIf(sqliteMissing)('spending', () => {
  it('is written within a second, and at once on close', () => {
    vi.useFakeTimers();
    try {
      const place = makePlace();
      const server = place.open();
      const key = withBudgets(server, { usd: 10, per: 'day' });
      const reader = place.open();
      const written = (): number => {
        place.now += aMoment;
        return spentOf(reader, key, 'day') ?? 0;
      };
      spend(server, key, 1);
      expect(written()).toBe(0);
      vi.advanceTimersByTime(second);
      expect(written()).toBe(1);
      spend(server, key, 2);
      vi.advanceTimersByTime(second);
      expect(written()).toBe(3);
      spend(server, key, 4);
      server.close();
      expect(written()).toBe(7);
      // What ends later is not lost to the process that asks, but to the file.
      expect(place.errors).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of several processes adds up', () => {
    const place = makePlace();
    const stores = [place.open(), place.open(), place.open()];
    const [first] = stores;
    const key = withBudgets(first as KeyStore, { usd: 100, per: 'day' });
    for (let round = 0; round < 20; round++) {
      for (const store of stores) {
        spend(store, key, 0.5);
        if (round % 3 === 0) store.spending.flush();
      }
      place.now += 1;
    }
    for (const store of stores) store.spending.flush();
    place.now += aMoment;
    for (const store of stores) expect(spentOf(store, key, 'day')).toBe(30);
    expect(stores.map((store) => store.spending.reserve(key, 71).granted)).toEqual([false, false, false]);
  });

  it('waits while the file is busy and is reported', () => {
    vi.useFakeTimers();
    try {
      const place = makePlace();
      const store = place.open({ busyMs: 1 });
      const key = withBudgets(store, { usd: 10, per: 'day' });
      const writer = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(place.path);
      writer.exec('BEGIN IMMEDIATE');
      spend(store, key, 1);
      vi.advanceTimersByTime(second);
      expect(place.errors).toMatchObject([{ code: 'KEYS_FILE_BUSY' }, { code: 'KEYS_FILE_BUSY' }]);
      expect(spentOf(store, key, 'day')).toBe(1);
      writer.exec('COMMIT');
      vi.advanceTimersByTime(second);
      expect(writer.prepare("SELECT nano_usd FROM spending WHERE period = 'day'").get()).toEqual({ nano_usd: 1e9 });
      writer.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('is reported by key and period, deleted keys under their names too', () => {
    const place = makePlace();
    const store = place.open();
    const ci = store.create({ name: 'ci', team: 'docs' }).key;
    const other = store.create({ name: 'other' }).key;
    granted(store.spending.reserve(ci, 1)).settle(0.25, { inputTokens: 100, outputTokens: 20 });
    granted(store.spending.reserve(ci, 1)).settle(0.5, { inputTokens: 1, outputTokens: Number.NaN });
    spend(store, other, 2);
    place.now += day;
    spend(store, ci, 1);
    store.spending.flush();
    store.delete('other');
    const today = Date.UTC(2026, 10, 22);
    const row = { isDeleted: false, period: 'day', inputTokens: 0, outputTokens: 0 };
    expect(store.spending.report()).toEqual([
      { ...row, keyId: ci.id, name: 'ci', team: 'docs', start: today, costUsd: 1, requests: 1, lastAt: start + day },
      {
        ...row,
        keyId: other.id,
        name: 'other',
        team: null,
        isDeleted: true,
        start: today - day,
        costUsd: 2,
        requests: 1,
        lastAt: start,
      },
      {
        ...row,
        keyId: ci.id,
        name: 'ci',
        team: 'docs',
        start: today - day,
        costUsd: 0.75,
        requests: 2,
        inputTokens: 101,
        outputTokens: 20,
        lastAt: start,
      },
    ]);
    expect(store.spending.report({ since: today })).toHaveLength(1);
    expect(store.spending.report({ limit: 2 })).toHaveLength(2);
    expect(store.spending.report({ keyId: ci.id, period: 'month' })).toMatchObject([{ costUsd: 1.75, requests: 3 }]);
    expect(store.spending.lastUseOf(ci.id)).toBe(start + day);
    expect(store.spending.lastUseOf('nobody')).toBeUndefined();
  });

  it('is forgotten by the hour and by the day in time, never in total', () => {
    const place = makePlace();
    const store = place.open();
    const { key } = store.create({ name: 'ci' });
    spend(store, key, 1);
    store.spending.flush();
    place.now += 15 * day;
    spend(store, key, 1);
    store.spending.flush();
    const counts = () =>
      (['hour', 'day', 'week', 'month', 'total'] as const).map((period) => store.spending.report({ period }).length);
    expect(counts()).toEqual([1, 2, 2, 2, 1]);
    place.now += 400 * day;
    spend(store, key, 1);
    store.spending.flush();
    expect(counts()).toEqual([1, 1, 3, 3, 1]);
    expect(store.spending.report({ period: 'total' })).toMatchObject([{ costUsd: 3, requests: 3 }]);
  });

  it('survives a price table that is wrong by orders of magnitude', () => {
    const store = makePlace().open();
    const { key } = store.create({ name: 'ci' });
    for (let call = 0; call < 20; call++) granted(store.spending.reserve(key, 1)).settle(1e300);
    store.spending.flush();
    const limited = store.update('ci', { budgets: [{ usd: 1_000_000, per: 'total' }] });
    expect(store.spending.reserve(limited, 1).granted).toBe(false);
    expect(spentOf(store, limited, 'total')).toBe(9_000_000);
  });

  it('is kept in memory for calls under way however long they take', () => {
    const place = makePlace();
    const store = place.open();
    const key = withBudgets(store, { usd: 1, per: 'total' });
    const other = store.create({ name: 'other' }).key;
    const call = granted(store.spending.reserve(key, undefined));
    // Accounts that nobody needs are dropped once an hour.
    for (let round = 0; round < 3; round++) {
      place.now += 2 * hour;
      spend(store, other, 1);
      store.spending.flush();
    }
    const held = granted(store.spending.reserve(key, 0.75));
    call.settle(0.25);
    expect(store.spending.reserve(key, 0.01)).toMatchObject({ granted: false, isHeld: true });
    held.settle(0);
    expect(spentOf(store, key, 'total')).toBe(0.25);
  });
});
