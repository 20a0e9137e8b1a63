import { describe, expect, it } from 'vitest';
import {
  createReturnRates,
  lateReturn,
  partOf,
  returnClass,
  shortReturn,
} from '../../src/prompt-cache/return-rates.ts';
import { seededRandom } from '../support/random.ts';

const minute = 60_000;

/** Trials of which a share returns after so many minutes; returns when the last of them is over. */
const run = (share: number, afterMinutes: number, count = 400, everyMs = 20_000) => {
  const random = seededRandom(3);
  const of = returnClass(0.5);
  const rates = createReturnRates(100_000);
  const returning: { at: number; trial: ReturnType<typeof rates.open> }[] = [];
  let now = 0;
  const advance = () => {
    while (returning[0] && returning[0].at <= now) {
      const { trial, at } = returning.shift() as (typeof returning)[number];
      rates.advance(at);
      rates.close(trial, 1, at);
    }
    rates.advance(now);
  };
  for (let index = 0; index < count; index++) {
    now = index * everyMs;
    advance();
    const trial = rates.open(of, 1, now);
    if (random() < share) returning.push({ at: now + afterMinutes * minute, trial });
  }
  const finish = (): number => {
    now += 70 * minute;
    advance();
    return now;
  };
  return { of, rates, now, finish };
};

describe('the rate at which prefixes return', () => {
  it('is the prior before anything was seen', () => {
    const of = returnClass(0.3);
    expect(shortReturn(of, 0)).toBeCloseTo(0.3, 9);
    expect(lateReturn(of)).toBeCloseTo(0.1, 9);
  });

  it.each([0.05, 0.2, 0.5, 0.8])('is learnt: %d', (share) => {
    const { of, finish } = run(share, 2);
    expect(Math.abs(shortReturn(of, finish()) - share)).toBeLessThan(0.1);
  });

  it('does not take the first to return for all', () => {
    // A minute in, only those that return within it have ended.
    const { of, now } = run(0.2, 0.5, 30, 2_000);
    expect(now).toBeLessThan(minute);
    expect(shortReturn(of, now)).toBeLessThan(0.7);
    const slow = run(0.2, 4, 100, 2_000);
    expect(shortReturn(slow.of, slow.now)).toBeLessThan(0.3);
  });

  it('tells late returns from none', () => {
    const late = run(0.8, 20);
    const never = run(0, 0);
    const end = late.finish();
    expect(shortReturn(late.of, end)).toBeLessThan(0.1);
    expect(lateReturn(late.of)).toBeGreaterThan(0.7);
    never.finish();
    expect(lateReturn(never.of)).toBeLessThan(0.05);
  });

  it('counts nothing that returns after an hour', () => {
    const { of, finish } = run(1, 61);
    finish();
    expect(lateReturn(of)).toBeLessThan(0.05);
  });

  it('forgets what was long ago', () => {
    const of = returnClass(0.5);
    const rates = createReturnRates(100_000);
    let now = 0;
    const trials = (count: number, returns: boolean) => {
      for (let index = 0; index < count; index++) {
        now += minute;
        rates.advance(now);
        const trial = rates.open(of, 1, now);
        if (returns) rates.close(trial, 1, now + 30_000);
      }
    };
    trials(1_000, true);
    expect(shortReturn(of, now)).toBeGreaterThan(0.9);
    trials(400, false);
    expect(shortReturn(of, now + 10 * minute)).toBeLessThan(0.3);
  });

  it('of a part begins as that of the whole, or in a ratio to it', () => {
    const whole = returnClass(0.2);
    const rates = createReturnRates(1_000);
    for (let index = 0; index < 50; index++) rates.close(rates.open(whole, 1, index), 1, index + 1_000);
    expect(shortReturn(whole, 2_000)).toBeGreaterThan(0.9);
    expect(shortReturn(partOf(whole), 2_000)).toBeCloseTo(shortReturn(whole, 2_000), 9);
    expect(shortReturn(partOf(whole, 0.1), 2_000)).toBeLessThan(shortReturn(whole, 2_000));
  });

  it('counts the blocks of one request as one trial of the whole, in the shares of its parts', () => {
    const whole = returnClass(0.5);
    const [a, b] = [partOf(whole), partOf(whole)];
    const rates = createReturnRates(1_000);
    const trials = [rates.open(a, 0.75, 0), rates.open(b, 0.25, 0)] as const;
    expect(whole.open).toBe(1);
    expect([a.open, b.open]).toEqual([1, 1]);
    rates.close(trials[0], 0.5, minute);
    expect(a).toMatchObject({ open: 0.5, returns: 0.5 });
    expect(whole).toMatchObject({ open: 0.625, returns: 0.375 });
    rates.close(trials[0], 9, minute);
    expect(a).toMatchObject({ open: 0, returns: 1 });
  });

  it('lets go of the oldest trials early rather than of memory', () => {
    const of = returnClass(0.5);
    const rates = createReturnRates(10);
    for (let index = 0; index < 1_000; index++) rates.open(of, 1, index);
    expect(of.open).toBeCloseTo(10, 6);
  });
});
