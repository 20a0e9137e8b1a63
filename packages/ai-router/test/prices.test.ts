import { describe, expect, it } from 'vitest';
import { costOf, listPrices } from '../src/prices.ts';

const table = {
  version: '2026-01-01',
  models: {
    'm*': { input: 1, output: 10 },
    'm-mini*': { input: 0.5, output: 2, cachedInput: 0.1, cacheWrite: 1 },
    'm-mini-old': { input: 100, output: 100 },
  },
};

describe('the cost of an answer', () => {
  it('takes the exact name first, then the longest that covers it', () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    expect(costOf(table, 'm-large', usage)).toBe(11);
    expect(costOf(table, 'm-mini-2', usage)).toBe(2.5);
    expect(costOf(table, 'm-mini-old', usage)).toBe(200);
  });

  it('charges cached and written input at their own prices, once', () => {
    const usage = { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 600, cacheWriteTokens: 300 };
    expect(costOf(table, 'm-mini', usage)).toBeCloseTo((100 * 0.5 + 600 * 0.1 + 300 * 1) / 1e6, 12);
  });

  it('is not invented for a model without a price', () => {
    const usage = { inputTokens: 1, outputTokens: 1 };
    expect(costOf(table, 'x', usage)).toBeUndefined();
    expect(costOf(listPrices, 'toString', usage)).toBeUndefined();
  });
});
