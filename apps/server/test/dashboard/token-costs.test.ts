import { describe, expect, it } from 'vitest';
import type { RequestView } from '../../src/dashboard/contract.ts';
import { requestCosts, summedCosts } from '../../src/dashboard/token-costs.ts';

const prices = {
  version: 'of the test',
  models: {
    one: { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 10, reasoning: 20, batchFactor: 0.5 },
    two: { input: 2, output: 4 },
  },
};
const million = 1_000_000;
const tokens = { input: million, cachedInput: million, cacheWrite: million, output: million, reasoning: million };
const none = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };

const request = (more: Partial<RequestView>): RequestView =>
  ({ provider: 'p', model: 'one', lane: '', tokens, costUsd: 32.35, ...more }) as RequestView;

describe('the cost of a request', () => {
  it('is that of its classes of tokens', () => {
    const { tokenCosts, otherUsd } = requestCosts(prices, request({}));
    expect(tokenCosts).toMatchObject({ input: 1, cacheWrite: 1.25, output: 10, reasoning: 20 });
    expect(tokenCosts?.cachedInput).toBeCloseTo(0.1, 12);
    expect(otherUsd).toBe(0);
  });

  it('is half of it by a batch', () => {
    expect(requestCosts(prices, request({ lane: 'batch', costUsd: 16.175 }))).toMatchObject({
      tokenCosts: { input: 0.5, output: 5 },
      otherUsd: 0,
    });
  });

  it('is more by what was called for in vain', () => {
    expect(requestCosts(prices, request({ costUsd: 40 })).otherUsd).toBeCloseTo(7.65, 9);
  });

  it('is that of no class where there is no price or nothing was charged', () => {
    expect(requestCosts(prices, request({ model: 'none', costUsd: 3 }))).toEqual({ tokenCosts: null, otherUsd: 3 });
    expect(requestCosts(prices, request({ costUsd: 0 }))).toEqual({ tokenCosts: null, otherUsd: 0 });
    expect(requestCosts(prices, request({ costUsd: null }))).toEqual({ tokenCosts: null, otherUsd: 0 });
  });
});

describe('the cost of many requests', () => {
  it('is shared out by what the classes of each model cost, and adds up to what was charged', () => {
    const models = [
      { provider: 'p', model: 'one', tokens, costUsd: 64.7 },
      { provider: 'p', model: 'two', tokens: { ...none, input: 3 * million, output: 1.5 * million }, costUsd: 6 },
      { provider: 'p', model: 'none', tokens, costUsd: 5 },
    ];
    const { tokenCosts, unsplitUsd } = summedCosts(prices, models, 75.7);
    expect(tokenCosts.input).toBeCloseTo(2 + 3, 9);
    expect(tokenCosts.output).toBeCloseTo(20 + 3, 9);
    expect(tokenCosts.reasoning).toBeCloseTo(40, 9);
    expect(unsplitUsd).toBeCloseTo(5, 9);
  });
});
