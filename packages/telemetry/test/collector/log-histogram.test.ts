import { array, assert, float, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramBytes, histogramOf, mergeBytes } from '../../src/collector/histogram-bytes.ts';
import { bucketsOf, LogHistogram } from '../../src/collector/log-histogram.ts';

const filled = (values: readonly number[]): LogHistogram => {
  const histogram = new LogHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
};
const exactQuantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] as number;

const anyValue = integer({ min: 0, max: 2 ** 50 - 1 });
const anyValues = array(anyValue, { minLength: 1, maxLength: 200 });
const anyShare = float({ min: 0, max: 1, noNaN: true });

describe('a histogram', () => {
  it('tells any quantile within 1.6%', () => {
    assert(
      property(anyValues, anyShare, (values, share) => {
        const exact = exactQuantile(values, share);
        expect(Math.abs((filled(values).quantile(share) as number) - exact)).toBeLessThanOrEqual(exact * 0.016);
      }),
    );
  });

  it('is exact for small values', () => {
    for (let value = 0; value < 64; value += 1) expect(filled([value]).quantile(0.5)).toBe(value);
  });

  it('keeps its error at every power of two', () => {
    for (let power = 6; power < 50; power += 1) {
      for (const value of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        const told = filled([value]).quantile(0.5) as number;
        expect(Math.abs(told - value) / value).toBeLessThanOrEqual(0.016);
      }
    }
  });

  it('merges into what one would have been', () => {
    assert(
      property(anyValues, anyValues, (one, other) => {
        const merged = filled(one);
        merged.merge(filled(other));
        expect([...merged.buckets()]).toEqual([...filled([...one, ...other]).buckets()]);
        expect(merged.count).toBe(one.length + other.length);
      }),
    );
  });

  it('counts what is at most a value, to the bucket', () => {
    const histogram = filled([1, 2, 3, 10, 1000, 100_000]);
    const counts = new Float64Array(6);
    histogram.addCountsUpTo(bucketsOf([0, 1, 3, 63, 2000, 2 ** 60]), counts);
    expect([...counts]).toEqual([0, 1, 3, 4, 5, 6]);
  });

  it('takes what is no whole number, and what is out of range', () => {
    const histogram = filled([-5, 2.6, 1e300]);
    expect(histogram.quantile(0)).toBe(0);
    expect(histogram.quantile(0.5)).toBe(3);
    expect(histogram.count).toBe(3);
  });

  it('becomes with another what one of all would have been, and without what was before what came since', () => {
    assert(
      property(anyValues, anyValues, (before, later) => {
        const [first, since, all] = [filled(before), filled(later), filled([...before, ...later])];
        const merged = new LogHistogram();
        merged.merge(first);
        const earlier = new LogHistogram();
        earlier.merge(merged);
        merged.merge(since);
        expect([...merged.buckets()]).toEqual([...all.buckets()]);
        expect([...merged.since(earlier).buckets()]).toEqual([...since.buckets()]);
        expect(merged.since(earlier).count).toBe(later.length);
      }),
    );
  });

  it('has no quantile while it is empty', () => {
    expect(new LogHistogram().quantile(0.5)).toBeUndefined();
  });
});

describe('a histogram that was kept', () => {
  it('comes back as it was', () => {
    assert(
      property(anyValues, (values) => {
        const histogram = filled(values);
        const back = histogramOf(histogramBytes(histogram)) as LogHistogram;
        expect([...back.buckets()]).toEqual([...histogram.buckets()]);
      }),
    );
  });

  it('adds to another', () => {
    const histogram = filled([5]);
    expect(mergeBytes(histogram, histogramBytes(filled([5, 700])))).toBe(true);
    expect([...histogram.buckets()].map(([, count]) => count)).toEqual([2, 1]);
  });

  it('keeps counts beyond 32 bits', () => {
    const histogram = new LogHistogram();
    histogram.add(7, 2 ** 40);
    expect(histogramOf(histogramBytes(histogram))?.count).toBe(2 ** 40);
  });

  it.each([
    ['nothing', []],
    ['another layout', [9, 1, 1]],
    ['a number that is cut off', [1, 0x80]],
    ['a bucket without a count', [1, 5]],
  ])('is left out where it holds %s', (_, bytes) => {
    const histogram = filled([5]);
    expect(mergeBytes(histogram, Uint8Array.from(bytes))).toBe(false);
    expect(histogram.count).toBe(1);
  });
});
