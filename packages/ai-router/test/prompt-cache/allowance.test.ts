import { expect, it } from 'vitest';
import { createAllowance } from '../../src/prompt-cache/allowance.ts';

const day = 86_400_000;

it('an allowance starts with the credit, and counts a saving when it is there', () => {
  const allowance = createAllowance(1_000, 5_000);
  allowance.setAside(600);
  expect(allowance.left(0)).toBe(400);
  allowance.settle(600, -300);
  expect(allowance.left(0)).toBe(1_300);
});

it('an allowance takes savings in up to a most, which is the credit at least', () => {
  const allowance = createAllowance(1_000, 5_000);
  allowance.settle(0, -9_000);
  expect(allowance.left(0)).toBe(5_000);
  const rich = createAllowance(9_000, 5_000);
  rich.settle(0, -1);
  expect(rich.left(0)).toBe(9_000);
});

it('gets back what was lost of its credit within a day, and no more', () => {
  const allowance = createAllowance(1_000, 5_000);
  allowance.setAside(1_000);
  expect(allowance.left(day)).toBe(0);
  expect(allowance.left(1.5 * day)).toBe(500);
  expect(allowance.left(day)).toBe(500);
  expect(allowance.left(9 * day)).toBe(1_000);
});
