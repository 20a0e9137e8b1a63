import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, nearest } from '../../src/names/distance.ts';

describe('distance of words', () => {
  it.each([
    ['git', 'gti', 0.8],
    ['build', 'biuld', 0.8],
    ['select', 'selct', 1],
    ['main', 'mains', 1],
    ['README', 'readme', 0.6],
    ['my-file', 'my_file', 0.4],
    ['gpt-4', 'gpt-5', 4],
  ])('%s and %s: %d', (a, b, cost) => expect(distance(a, b)).toBeCloseTo(cost));

  it('is 0 for a word and itself, and the same within a limit as without, or none', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.string({ maxLength: 12 }),
        fc.double({ min: 0, max: 12, noNaN: true }),
        (a, b, limit) => {
          expect(distance(a, a)).toBe(0);
          const full = distance(a, b);
          const bounded = distance(a, b, limit);
          expect(bounded).toBe(full <= limit ? full : Number.POSITIVE_INFINITY);
        },
      ),
    );
  });
});

describe('nearest words', () => {
  it('says when it cannot tell', () => {
    expect(nearest('tst', ['test', 'tsts', 'other']).every(({ tied }) => tied)).toBe(true);
    expect(nearest('tets', ['test', 'other'])).toMatchObject([{ value: 'test', tied: false }]);
  });

  it('takes another number for another thing', () => {
    expect(nearest('report-2024', ['report-2025'])).toEqual([]);
  });

  it('finds parts in another order', () => {
    expect(nearest('shasum256', ['sha256sum', 'md5sum'])[0]?.value).toBe('sha256sum');
  });
});
