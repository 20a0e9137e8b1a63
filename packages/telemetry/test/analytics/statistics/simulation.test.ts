import { describe, expect, it } from 'vitest';
import { mannWhitney } from '../../../src/analytics/statistics/mann-whitney.ts';
import { proportionsTest, wilsonInterval } from '../../../src/analytics/statistics/proportions.ts';
import { quantileRanks } from '../../../src/analytics/statistics/quantile-interval.ts';
import { tailTest } from '../../../src/analytics/statistics/tail-test.ts';
import { LogHistogram } from '../../../src/collector/log-histogram.ts';
import { normalOf, seeded } from '../../support/random.ts';

const rounds = 1500;

/** Share of rounds in which something is so. */
const shareOf = (happens: () => boolean): number => {
  let times = 0;
  for (let round = 0; round < rounds; round += 1) if (happens()) times += 1;
  return times / rounds;
};

/** Microseconds with a long tail: a median of a second. */
const sample = (random: () => number, size: number, factor = 1): LogHistogram => {
  const histogram = new LogHistogram();
  for (let index = 0; index < size; index += 1) histogram.record(1e6 * factor * Math.exp(normalOf(random)));
  return histogram;
};

describe('the interval of a quantile', () => {
  it.each([
    [0.5, 0, 40],
    [0.5, 0, 400],
    [0.95, 1.6448536, 400],
    [0.99, 2.3263479, 800],
  ])('holds the true %f quantile as often as it says', (share, z, size) => {
    const random = seeded(11);
    const truth = Math.exp(z);
    const ranks = quantileRanks(size, share, 0.95);
    const covered = shareOf(() => {
      const values = Float64Array.from({ length: size }, () => Math.exp(normalOf(random))).sort();
      return (
        truth >= (values[(ranks?.low ?? 0) - 1] ?? Number.NaN) &&
        truth <= (values[(ranks?.high ?? 0) - 1] ?? Number.NaN)
      );
    });
    // Three standard errors around; a discrete distribution overshoots.
    expect(covered).toBeGreaterThan(0.95 - 0.017);
    expect(covered).toBeLessThan(0.985);
  });
});

describe('tests', () => {
  const size = 150;

  it('find a difference where there is none as seldom as they say', () => {
    const random = seeded(12);
    const [ranks, tails] = [{ found: 0 }, { found: 0 }];
    for (let round = 0; round < rounds; round += 1) {
      const [one, other] = [[...sample(random, size).buckets()], [...sample(random, size).buckets()]];
      if ((mannWhitney(one, other)?.p ?? 1) < 0.05) ranks.found += 1;
      if (tailTest(one, other, 0.95) < 0.05) tails.found += 1;
    }
    expect(ranks.found / rounds).toBeGreaterThan(0.03);
    expect(ranks.found / rounds).toBeLessThan(0.067);
    expect(tails.found / rounds).toBeGreaterThan(0.01);
    expect(tails.found / rounds).toBeLessThan(0.067);
  });

  it('find one that there is', () => {
    const random = seeded(13);
    const found = shareOf(() => {
      const [one, other] = [[...sample(random, size).buckets()], [...sample(random, size, 1.6).buckets()]];
      return (mannWhitney(one, other)?.p ?? 1) < 0.05;
    });
    expect(found).toBeGreaterThan(0.95);
  });

  it('compare shares as exactly, and their intervals hold them', () => {
    const random = seeded(14);
    const failures = (chance: number): number => {
      let failed = 0;
      for (let index = 0; index < 400; index += 1) if (random() < chance) failed += 1;
      return failed;
    };
    const falsely = shareOf(() => {
      const [one, other] = [failures(0.05), failures(0.05)];
      return proportionsTest({ part: one, whole: 400 }, { part: other, whole: 400 }) < 0.05;
    });
    expect(falsely).toBeGreaterThan(0.02);
    expect(falsely).toBeLessThan(0.067);
    const covered = shareOf(() => {
      const [low, high] = wilsonInterval({ part: failures(0.05), whole: 400 }, 0.95);
      return low <= 0.05 && high >= 0.05;
    });
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.985);
  });
});
