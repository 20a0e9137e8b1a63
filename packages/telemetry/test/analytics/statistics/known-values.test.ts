import { describe, expect, it } from 'vitest';
import { holm } from '../../../src/analytics/statistics/holm.ts';
import { mannWhitney } from '../../../src/analytics/statistics/mann-whitney.ts';
import { proportionsTest, wilsonInterval } from '../../../src/analytics/statistics/proportions.ts';
import { quantileRanks } from '../../../src/analytics/statistics/quantile-interval.ts';
import { binomialUpTo, normalWithin, twoSidedNormal } from '../../../src/analytics/statistics/special.ts';
import type { Spread } from '../../../src/analytics/statistics/spread.ts';

/** Each value a bucket of its own. */
const spreadOf = (values: readonly number[]): Spread => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
};

describe('distributions', () => {
  it.each([
    [1.959963984540054, 0.05],
    [2.575829303548901, 0.01],
    [0.6744897501960817, 0.5],
    [5, 5.733031437583866e-7],
    [8, 1.2441921148543576e-15],
  ])('a normal variable is %f from zero with %f', (z, p) => {
    expect(twoSidedNormal(z) / p).toBeCloseTo(1, 9);
    expect(twoSidedNormal(-z)).toBe(twoSidedNormal(z));
  });

  it('finds the value of a confidence', () => {
    expect(normalWithin(0.95)).toBeCloseTo(1.959964, 6);
    expect(normalWithin(0.99)).toBeCloseTo(2.575829, 6);
  });

  it.each([2, 7, 30, 200])('adds up the binomial distribution of %d trials', (trials) => {
    for (const chance of [0.01, 0.5, 0.95]) {
      let sum = 0;
      let term = (1 - chance) ** trials;
      for (let successes = 0; successes < trials; successes += 1) {
        sum += term;
        expect(binomialUpTo(successes, trials, chance)).toBeCloseTo(sum, 10);
        term *= ((trials - successes) / (successes + 1)) * (chance / (1 - chance));
      }
    }
    expect(binomialUpTo(trials, trials, 0.5)).toBe(1);
    expect(binomialUpTo(-1, trials, 0.5)).toBe(0);
  });

  it('adds up that of a million trials', () => {
    // The median of a binomial distribution with a whole mean is the mean.
    expect(binomialUpTo(949_999, 1_000_000, 0.95)).toBeLessThan(0.5);
    expect(binomialUpTo(950_000, 1_000_000, 0.95)).toBeGreaterThan(0.5);
    expect(binomialUpTo(950_000 - 427, 1_000_000, 0.95)).toBeCloseTo(0.025, 3);
  });
});

// Ranks of the interval of a median, 95%, as tables of the sign test have them (W. J. Conover, table A3; C. R. Mehta and others).
describe('the interval of a quantile', () => {
  it.each([
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [10, 2, 9],
    [15, 4, 12],
    [20, 6, 15],
    [25, 8, 18],
    [30, 10, 21],
    [50, 18, 33],
    [100, 40, 61],
  ])('of the median of %d lies from place %d to %d', (count, low, high) => {
    expect(quantileRanks(count, 0.5, 0.95)).toEqual({ low, high });
  });

  it('is none where there are too few', () => {
    expect(quantileRanks(5, 0.5, 0.95)).toBeUndefined();
    expect(quantileRanks(0, 0.5, 0.95)).toBeUndefined();
    // 0.99^n has to fall to 2.5%: 368 values.
    expect(quantileRanks(367, 0.99, 0.95)).toBeUndefined();
    expect(quantileRanks(368, 0.99, 0.95)?.high).toBe(368);
  });
});

describe('the test of Mann and Whitney', () => {
  it('is that of Hollander and Wolfe, table 4.1: permeability of membranes', () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const earlier = [1.15, 0.88, 0.9, 0.74, 1.21];
    const found = mannWhitney(spreadOf(earlier), spreadOf(atTerm));
    expect(found?.u).toBe(35);
    // One-sided 0.1272.
    expect(found?.p).toBeCloseTo(0.2544, 4);
    expect(found?.delta).toBeCloseTo(0.4, 12);
  });

  it('is that of the documentation of SciPy: age at diagnosis of diabetes', () => {
    const found = mannWhitney(spreadOf([20, 11, 17, 12]), spreadOf([19, 22, 16, 29, 24]));
    expect(found?.u).toBe(17);
    expect(found?.p).toBeCloseTo(0.1111111111111111, 12);
    expect(found?.delta).toBeCloseTo(0.7, 12);
  });

  it('counts a tie for half, and takes it off the variance', () => {
    const first = [1, 2, 2, 3, 3, 3, 4, 7, 7, 9];
    const second = [2, 3, 4, 4, 4, 5, 7, 8, 9, 9, 9];
    const pairs = second.flatMap((b) => first.map((a): number => (b > a ? 1 : b === a ? 0.5 : 0)));
    const u = pairs.reduce((sum, each) => sum + each);
    const found = mannWhitney(spreadOf(first), spreadOf(second));
    expect(found?.u).toBe(u);
    // Groups of 1, 3, 4, 4, 1, 3, 1 and 4 ties: 24 + 60 + 60 + 24 + 60.
    const variance = ((10 * 11) / 12) * (22 - 228 / (21 * 20));
    expect(found?.p).toBeCloseTo(twoSidedNormal((Math.abs(u - 55) - 0.5) / Math.sqrt(variance)), 12);
  });

  it('finds nothing in what is alike, and all in what is apart', () => {
    expect(mannWhitney([[5, 100]], [[5, 80]])).toEqual({ u: 4000, p: 1, delta: 0 });
    const found = mannWhitney([[5, 100]], [[6, 80]]);
    expect(found?.delta).toBe(1);
    expect(found?.p).toBeLessThan(1e-30);
    expect(mannWhitney([], [[6, 80]])).toBeUndefined();
  });
});

describe('shares', () => {
  // R. G. Newcombe 1998, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%d of %d lie within those of Newcombe', (part, whole, low, high) => {
    const [from, to] = wilsonInterval({ part, whole }, 0.95);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  });

  it('of few are tested as Fisher did', () => {
    // The lady who tasted tea, and the students who study.
    expect(proportionsTest({ part: 3, whole: 4 }, { part: 1, whole: 4 })).toBeCloseTo(0.4857142857, 9);
    expect(proportionsTest({ part: 1, whole: 10 }, { part: 11, whole: 14 })).toBeCloseTo(0.002759456, 8);
    expect(proportionsTest({ part: 9, whole: 10 }, { part: 3, whole: 14 })).toBeCloseTo(0.002759456, 8);
  });

  it('of many are tested by chi-squared', () => {
    // Chi-squared is 100 (15 · 25 - 35 · 25)² / (50 · 50 · 40 · 60) = 25/6.
    const p = proportionsTest({ part: 15, whole: 50 }, { part: 25, whole: 50 });
    expect(p).toBeCloseTo(0.04123, 5);
    expect(p).toBeCloseTo(twoSidedNormal(Math.sqrt(25 / 6)), 12);
  });

  it('that are all or nothing do not differ', () => {
    expect(proportionsTest({ part: 0, whole: 10 }, { part: 0, whole: 1_000_000 })).toBe(1);
    expect(proportionsTest({ part: 10, whole: 10 }, { part: 7, whole: 7 })).toBe(1);
    expect(proportionsTest({ part: 0, whole: 0 }, { part: 7, whole: 7 })).toBe(1);
  });
});

describe('several tests', () => {
  it('are corrected as Holm did', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, index) => {
      expect(adjusted[index]).toBeCloseTo(p, 12);
    });
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
