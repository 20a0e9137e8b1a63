import { describe, expect, it } from 'vitest';
import { createQuantiles } from '../../src/health/quantile.ts';
import { seededRandom } from '../../src/providers/seeded-random.ts';

/** The value that this share of the sorted values do not exceed. */
const exact = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;

describe('quantiles', () => {
  it.each<[string, (random: number) => number]>([
    ['even', (random) => 50 + 900 * random],
    ['heavy-tailed', (random) => 200 / (1 - random) ** 0.7],
    ['two-humped', (random) => (random < 0.9 ? 300 + 50 * random : 20_000 * random)],
  ])('are within a thirty-second of the truth: %s', (_, latencyOf) => {
    const random = seededRandom(7);
    const quantiles = createQuantiles();
    const values: number[] = [];
    for (let index = 0; index < 10_000; index++) {
      const value = latencyOf(random());
      values.push(value);
      quantiles.record(value, index);
    }
    values.sort((one, other) => one - other);
    for (const share of [0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
      const truth = exact(values, share);
      expect(Math.abs((quantiles.quantile(share, 10_000) ?? 0) / truth - 1)).toBeLessThanOrEqual(1 / 32);
    }
  });

  it('are of one value that value', () => {
    const quantiles = createQuantiles();
    quantiles.record(1000, 0);
    for (const share of [0, 0.5, 0.99, 1]) {
      expect(Math.abs((quantiles.quantile(share, 0) ?? 0) - 1000)).toBeLessThanOrEqual(32);
    }
  });

  it('are none where nothing was recorded', () => {
    const quantiles = createQuantiles();
    expect([quantiles.quantile(0.5, 0), quantiles.summary(0), quantiles.count(0)]).toEqual([undefined, undefined, 0]);
  });

  it('take what lies beyond the scale as its end', () => {
    const quantiles = createQuantiles();
    for (const ms of [0, -5, Number.NaN, 0.001]) quantiles.record(ms, 0);
    expect(quantiles.quantile(1, 0)).toBeLessThan(0.07);
    for (let index = 0; index < 10; index++) quantiles.record(1e12, 0);
    quantiles.record(Number.POSITIVE_INFINITY, 0);
    expect(quantiles.quantile(0.9, 0)).toBeGreaterThan(1_000_000);
    expect(quantiles.count(0)).toBe(15);
  });
});

describe('the window', () => {
  it('moves on in slices', () => {
    const quantiles = createQuantiles({ windowMs: 300, slices: 3 });
    quantiles.record(10, 0);
    quantiles.record(20, 100);
    quantiles.record(40, 200);
    expect(quantiles.count(299)).toBe(3);
    expect(quantiles.count(300)).toBe(2);
    expect(quantiles.quantile(0, 300)).toBeGreaterThan(19);
    expect(quantiles.count(499)).toBe(1);
    expect(quantiles.count(500)).toBe(0);
    expect(quantiles.quantile(0.5, 500)).toBeUndefined();
  });

  it('forgets a slow hour after it', () => {
    const quantiles = createQuantiles({ windowMs: 300, slices: 3 });
    for (let at = 0; at < 300; at++) quantiles.record(9000, at);
    for (let at = 300; at < 700; at++) quantiles.record(100, at);
    const summary = quantiles.summary(699);
    expect(summary?.p99).toBeLessThan(110);
    expect(summary?.count).toBe(300);
  });

  it('forgets a fast one too', () => {
    const quantiles = createQuantiles({ windowMs: 300, slices: 3 });
    for (let at = 0; at < 100; at++) quantiles.record(10, at);
    for (let at = 100; at < 200; at++) quantiles.record(200, at);
    for (let at = 200; at < 300; at++) quantiles.record(4000, at);
    expect(quantiles.quantile(0.4, 300)).toBeLessThan(210);
    expect(quantiles.quantile(0.75, 300)).toBeGreaterThan(3800);
  });

  it('is empty after a long pause', () => {
    const quantiles = createQuantiles({ windowMs: 300, slices: 3 });
    for (let at = 0; at < 300; at++) quantiles.record(9000, at);
    expect(quantiles.count(1e12)).toBe(0);
    quantiles.record(5, 1e12);
    expect(quantiles.summary(1e12)?.count).toBe(1);
  });
});
