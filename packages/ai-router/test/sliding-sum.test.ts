import { expect, it } from 'vitest';
import { createSlidingSum } from '../src/sliding-sum.ts';

it('sums what was added within the window', () => {
  const sum = createSlidingSum(1000);
  sum.add(5, 0);
  sum.add(2, 450);
  expect(sum.total(999)).toBe(7);
  expect(sum.total(1000)).toBe(2);
  expect(sum.total(1399)).toBe(2);
  expect(sum.total(1400)).toBe(0);
});

it('forgets everything after a pause, however long', () => {
  const sum = createSlidingSum(1000);
  sum.add(5, 500);
  expect(sum.total(1e12)).toBe(0);
  sum.add(1, 1e12);
  expect(sum.total(1e12 + 1)).toBe(1);
});

it('takes what comes late, or from a clock that went back, as of now', () => {
  const sum = createSlidingSum(1000);
  sum.add(1, 5000);
  sum.add(1, 100);
  expect(sum.total(5500)).toBe(2);
});

it('gathers no rounding', () => {
  const sum = createSlidingSum(1000);
  for (let at = 0; at < 100_000; at++) sum.add(0.1, at);
  expect(sum.total(200_000)).toBe(0);
  sum.add(0.1, 200_000);
  expect(sum.total(200_000)).toBe(0.1);
});

it('can be emptied', () => {
  const sum = createSlidingSum(1000);
  sum.add(1, 0);
  sum.clear();
  expect(sum.total(0)).toBe(0);
});
