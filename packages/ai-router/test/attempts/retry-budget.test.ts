import { describe, expect, it } from 'vitest';
import { createHedgeBudget, createRetryBudget, type RetryBudget } from '../../src/attempts/retry-budget.ts';
import { createClock } from '../support/clock.ts';

const deposit = (budget: RetryBudget, times: number): void => {
  for (let index = 0; index < times; index++) budget.deposit();
};
function withdrawAll(budget: RetryBudget): number {
  let taken = 0;
  while (budget.tryWithdraw()) taken += 1;
  return taken;
}

describe('a retry budget', () => {
  it('allows a share of the requests, on top of its floor', () => {
    const budget = createRetryBudget({ now: createClock().now, share: 0.2, perSecond: 3, windowMs: 10_000 });
    expect(budget.balance()).toBe(30);
    deposit(budget, 100);
    expect(budget.balance()).toBe(50);
    expect(withdrawAll(budget)).toBe(50);
    expect(budget.balance()).toBe(0);
  });

  it.each([0.05, 0.1, 0.2, 0.3, 1])('counts a share of %d to the last request', (share) => {
    const budget = createRetryBudget({ now: createClock().now, share, perSecond: 0 });
    deposit(budget, 1000);
    expect(withdrawAll(budget)).toBe(1000 * share);
  });

  it('is empty of requests after its window, and full of its floor again', () => {
    const { now, advance } = createClock();
    const budget = createRetryBudget({ now });
    deposit(budget, 100);
    expect(withdrawAll(budget)).toBe(50);
    advance(9_000);
    expect(budget.tryWithdraw()).toBe(false);
    advance(1_000);
    expect(budget.balance()).toBe(30);
  });

  it('keeps an outage from multiplying the load', () => {
    const { now, advance } = createClock();
    const budget = createRetryBudget({ now, perSecond: 0 });
    let calls = 0;
    // Each of these requests fails, and would be retried five times.
    for (let request = 0; request < 10_000; request++) {
      budget.deposit();
      calls += 1;
      for (let retry = 0; retry < 5 && budget.tryWithdraw(); retry++) calls += 1;
      advance(3);
    }
    expect(calls).toBeLessThanOrEqual(12_000);
    expect(calls).toBeGreaterThan(11_800);
  });

  it('lets few requests be retried, a few each second', () => {
    const { now, advance } = createClock();
    const budget = createRetryBudget({ now });
    let refused = 0;
    for (let second = 0; second < 100; second++) {
      budget.deposit();
      if (!budget.tryWithdraw()) refused += 1;
      advance(1000);
    }
    expect(refused).toBe(0);
  });
});

it('hedges no more than each twentieth request, the first of all included', () => {
  const budget = createHedgeBudget({ now: createClock().now });
  expect(budget.tryWithdraw()).toBe(false);
  deposit(budget, 19);
  expect(budget.tryWithdraw()).toBe(false);
  budget.deposit();
  expect(budget.tryWithdraw()).toBe(true);
  expect(budget.tryWithdraw()).toBe(false);
});
