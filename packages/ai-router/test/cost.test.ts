import { describe, expect, it } from 'vitest';
import { costOf } from '../src/cost.ts';
import { listPrices } from '../src/prices.ts';

const table = {
  version: '2026-01-01',
  models: {
    m: { input: 1, output: 10, cachedInput: 0.1, cacheWrite: 2 },
    long: { input: 1, output: 10, longPrompt: { aboveTokens: 100, input: 2, output: 1.5 } },
  },
};
const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };

describe('the cost of an answer', () => {
  it('is the price of its tokens, for a name and its dated versions', () => {
    for (const model of ['m', 'm-20260101', 'm-2026-01-01']) expect(costOf(table, model, usage)).toBe(11);
  });

  it('charges cached and written input at their own prices, once', () => {
    const cached = { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 600, cacheWriteTokens: 300 };
    expect(costOf(table, 'm', cached)).toBeCloseTo((100 * 1 + 600 * 0.1 + 300 * 2) / 1e6, 12);
  });

  it('is higher for a long prompt', () => {
    expect(costOf(table, 'long', { inputTokens: 100, outputTokens: 10 })).toBeCloseTo(200 / 1e6, 12);
    expect(costOf(table, 'long', { inputTokens: 101, outputTokens: 10 })).toBeCloseTo((202 + 150) / 1e6, 12);
  });

  it('is not invented for a model without a price, however close its name', () => {
    for (const model of ['x', 'm-mini', 'm-audio-preview', 'toString', '']) {
      expect(costOf(table, model, usage)).toBeUndefined();
    }
    expect(costOf(listPrices, 'gpt-4o-audio-preview', usage)).toBeUndefined();
    expect(costOf(listPrices, 'gpt-4o-2024-11-20', usage)).toBe(12.5);
  });
});
