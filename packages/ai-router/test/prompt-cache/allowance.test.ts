import { expect, it } from 'vitest';
import { createAllowance } from '../../src/prompt-cache/allowance.ts';

it('an allowance starts with the credit, grows with the bill and pays for writes', () => {
  const allowance = createAllowance({ creditTokens: 1_000, tolerance: 0.01, mostTokens: 5_000 });
  expect(allowance.tokens).toBe(1_000);
  allowance.grow(10_000);
  expect(allowance.tokens).toBe(1_100);
  allowance.spend(600);
  expect(allowance.tokens).toBe(500);
});

it('an allowance takes savings in, up to a point, and is at least its credit there', () => {
  const allowance = createAllowance({ creditTokens: 1_000, tolerance: 0, mostTokens: 5_000 });
  allowance.spend(-9_000);
  expect(allowance.tokens).toBe(5_000);
  const rich = createAllowance({ creditTokens: 9_000, tolerance: 0, mostTokens: 5_000 });
  rich.spend(-1);
  expect(rich.tokens).toBe(9_000);
});
