import { describe, expect, it } from 'vitest';
import { addBills, billed, emptyBill, price } from '../scenarios/gateway-workload/bill.ts';

describe('the bill of an answer', () => {
  it('charges fresh input and output at list price', () => {
    const bill = billed({ inputTokens: 1_000_000, outputTokens: 1_000_000 });
    expect(bill).toMatchObject({ calls: 1, batchCalls: 0, freshTokens: 1_000_000, batchSavedDollars: 0 });
    expect(bill.dollars).toBeCloseTo(price.input + price.output, 9);
  });

  it('charges a tenth for what is read, a quarter more for what is written, and twice for an hour', () => {
    const dollars = (more: object): number => billed({ inputTokens: 1_000_000, outputTokens: 0, ...more }).dollars;
    expect(dollars({ cachedInputTokens: 1_000_000 })).toBeCloseTo(0.1 * price.input, 9);
    expect(dollars({ cacheWriteTokens: 1_000_000 })).toBeCloseTo(1.25 * price.input, 9);
    expect(dollars({ cacheWriteTokens: 1_000_000, longCacheWriteTokens: 1_000_000 })).toBeCloseTo(2 * price.input, 9);
    expect(dollars({ cachedInputTokens: 500_000, cacheWriteTokens: 250_000 })).toBeCloseTo(
      (0.05 + 0.3125 + 0.25) * price.input,
      9,
    );
  });

  it('is half in a batch, and says what that took off', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedInputTokens: 200_000 };
    const [live, batch] = [billed(usage), billed(usage, { isBatch: true })];
    expect(batch.dollars).toBeCloseTo(live.dollars / 2, 9);
    expect(batch.batchSavedDollars).toBeCloseTo(live.dollars / 2, 9);
    expect(batch.batchCalls).toBe(1);
  });

  it('adds up', () => {
    const one = billed({ inputTokens: 300, outputTokens: 20, cachedInputTokens: 100, cacheWriteTokens: 50 });
    const two = addBills(addBills(emptyBill, one), billed({ inputTokens: 300, outputTokens: 20 }, { isBatch: true }));
    expect(two).toMatchObject({
      calls: 2,
      batchCalls: 1,
      freshTokens: 450,
      readTokens: 100,
      writtenTokens: 50,
      outputTokens: 40,
    });
    expect(two.dollars).toBeGreaterThan(one.dollars);
  });
});
