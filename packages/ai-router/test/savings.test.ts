import { describe, expect, it } from 'vitest';
import { createSavingsLedger, type LedgerEntry } from '../src/savings.ts';

const prices = {
  version: '2026-01-01',
  models: { m: { input: 10, output: 100, cachedInput: 1, cacheWrite: 12.5, longCacheWrite: 20, batchFactor: 0.5 } },
};
const entry = (more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  tenant: 'a',
  model: 'm',
  usage: { inputTokens: 1_000_000, outputTokens: 10_000 },
  source: 'provider',
  ...more,
});
const ledgerOf = (...entries: readonly LedgerEntry[]) => {
  const ledger = createSavingsLedger({ prices });
  for (const each of entries) ledger.record(each);
  return ledger.snapshot();
};
const none = { cache: 0, coalescing: 0, promptCache: 0, batch: 0 };

describe('the ledger of savings', () => {
  it('says what was paid', () => {
    expect(ledgerOf(entry()).total).toEqual({
      requests: 1,
      unpriced: 0,
      paidDollars: 11,
      discardedDollars: 0,
      plainDollars: 11,
      saved: none,
    });
  });

  it('says what was paid for answers that nobody got, which are no requests and would not have been made', () => {
    expect(ledgerOf(entry(), entry({ discarded: true }), entry({ model: 'free', discarded: true })).total).toEqual({
      requests: 1,
      unpriced: 0,
      paidDollars: 22,
      discardedDollars: 11,
      plainDollars: 11,
      saved: none,
    });
  });

  it('tells answers from the cache from those that were shared', () => {
    const { total } = ledgerOf(entry(), entry({ source: 'cache' }), entry({ source: 'coalescing' }));
    expect(total).toMatchObject({ requests: 3, paidDollars: 11, plainDollars: 33 });
    expect(total.saved).toEqual({ ...none, cache: 11, coalescing: 11 });
  });

  it("takes the provider's prompt cache against the same tokens at full price", () => {
    const usage = {
      inputTokens: 1_000_000,
      outputTokens: 10_000,
      cachedInputTokens: 800_000,
      cacheWriteTokens: 100_000,
    };
    const { total } = ledgerOf(entry({ usage }));
    expect(total.saved.promptCache).toBeCloseTo(0.8 * 9 - 0.1 * 2.5, 12);
    expect(total.plainDollars).toBeCloseTo(11, 12);
  });

  it('counts writes that nobody read as a loss', () => {
    const usage = {
      inputTokens: 1_000_000,
      outputTokens: 0,
      cacheWriteTokens: 1_000_000,
      longCacheWriteTokens: 400_000,
    };
    expect(ledgerOf(entry({ usage })).total.saved.promptCache).toBeCloseTo(-(0.6 * 2.5 + 0.4 * 10), 12);
  });

  it('gives the batch what is left after the prompt cache', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0, cachedInputTokens: 1_000_000 };
    const { total } = ledgerOf(entry({ usage, batch: true }));
    expect(total.saved).toEqual({ ...none, promptCache: 9, batch: 0.5 });
    expect(total).toMatchObject({ paidDollars: 0.5, plainDollars: 10 });
  });

  it('keeps tenants and models apart, and the total of all', () => {
    const { rows, total } = ledgerOf(entry(), entry({ tenant: 'b', source: 'cache' }), entry({ model: 'x' }), entry());
    expect(rows.map(({ tenant, model, requests }) => [tenant, model, requests])).toEqual([
      ['a', 'm', 2],
      ['b', 'm', 1],
      ['a', 'x', 1],
    ]);
    expect(total).toMatchObject({ requests: 4, paidDollars: 22, plainDollars: 33 });
  });

  it('counts answers of models without a price, and reckons no dollars for them', () => {
    expect(ledgerOf(entry({ model: 'x', source: 'cache' })).total).toMatchObject({
      requests: 1,
      unpriced: 1,
      plainDollars: 0,
    });
  });

  it('keeps a bounded number of rows and loses nothing', () => {
    const ledger = createSavingsLedger({ prices, maxRows: 2 });
    for (let index = 0; index < 50; index++) ledger.record(entry({ tenant: `t${index}` }));
    const { rows, total } = ledger.snapshot();
    expect(rows.map(({ tenant, requests }) => [tenant, requests])).toEqual([
      ['t0', 1],
      ['t1', 1],
      ['*', 48],
    ]);
    expect(total.requests).toBe(50);
  });

  it('survives JSON as it is, and a later record does not change it', () => {
    const ledger = createSavingsLedger({ prices });
    ledger.record(entry());
    const before = ledger.snapshot();
    ledger.record(entry({ source: 'cache' }));
    expect(JSON.parse(JSON.stringify(before))).toEqual(before);
    expect(before.total).toMatchObject({ requests: 1, saved: none });
    expect(before.prices).toBe('2026-01-01');
  });
});
