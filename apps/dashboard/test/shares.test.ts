import { describe, expect, it } from 'vitest';
import { changeOf, failedShare, orUnknown, showMany, showRate, showShare, showSigned } from '../src/format/shares.ts';

describe('the share that failed', () => {
  it('is of those that were not left', () => {
    expect(failedShare({ requests: 10, failed: 2, left: 2 })).toBe(0.25);
    expect(failedShare({ requests: 2, failed: 0, left: 2 })).toBeNull();
  });
});

describe('shares', () => {
  it.each([
    [0, '0%'],
    [0.0004, '<0.1%'],
    [0.5, '50%'],
    [0.9342, '93.4%'],
    [0.99951, '>99.9%'],
    [1, '100%'],
    [1.25, '125%'],
  ])('%d is %s', (share, shown) => expect(showShare(share)).toBe(shown));

  it.each([
    [0, '±0%'],
    [0.0004, '±0%'],
    [0.062, '+6.2%'],
    [-0.174, '−17.4%'],
  ])('a change of %d is %s', (share, shown) => expect(showSigned(share)).toBe(shown));
});

describe('many', () => {
  it.each([
    [999_999, '999,999'],
    [1_000_000, '1.0M'],
    [736_495_586, '736.5M'],
    [999_960_000, '1.0B'],
  ])('%d are %s', (count, shown) => expect(showMany(count)).toBe(shown));
});

describe('rates', () => {
  it.each([
    [0, '0/s'],
    [8.44, '8.4/s'],
    [1_234.5, '1,235/s'],
    [0.5, '30/min'],
    [0.001, '3.6/h'],
  ])('%d a second is %s', (rate, shown) => expect(showRate(rate)).toBe(shown));
});

describe('a change against the time before', () => {
  it('has a direction', () => {
    expect(changeOf(110, 100)).toEqual({ text: '+10%', direction: 'up' });
    expect(changeOf(95, 100)).toEqual({ text: '−5%', direction: 'down' });
    expect(changeOf(100.1, 100)).toEqual({ text: '±0%', direction: 'same' });
    expect(changeOf(1e6, 1)?.text).toBe('+>999%');
  });

  it('is not told where there is nothing to compare with', () => {
    expect(changeOf(1, 0)).toBeUndefined();
    expect(changeOf(null, 1)).toBeUndefined();
    expect(changeOf(1, undefined)).toBeUndefined();
  });
});

it('shows what is not known as a dash, and zero as zero', () => {
  expect(orUnknown(null, String)).toBe('–');
  expect(orUnknown(undefined, String)).toBe('–');
  expect(orUnknown(0, String)).toBe('0');
});
