import { describe, expect, it } from 'vitest';
import { cacheRatesOf } from '../../src/prompt-cache/cache-rules.ts';
import { worthOf } from '../../src/prompt-cache/worth.ts';
import { seededRandom } from '../support/random.ts';

const rates = { read: 0.1, write: 1.25, longWrite: 2, leastTokens: 1_024 };

describe('the worth of a write', () => {
  it('is what it costs where nothing comes again', () => {
    const never = { short: 0, late: 0 };
    expect(worthOf(never, never, rates)).toEqual({
      write: expect.closeTo(-0.25, 12),
      longWrite: expect.closeTo(-1, 12),
    });
  });

  it('of five minutes is above nothing from 0.25 returns in 1.15 on, where later ones are likely', () => {
    const later = { short: 0.6, late: 0 };
    const of = (short: number) => worthOf({ short, late: 0 }, later, rates).write;
    expect(of(0.25 / 1.15)).toBeCloseTo(0, 9);
    expect(of(0.22)).toBeGreaterThan(0);
    expect(of(0.21)).toBeLessThan(0);
  });

  it('of an hour is the greater where returns are late, and the smaller where they are soon', () => {
    const late = { short: 0.05, late: 0.85 };
    const soon = { short: 0.9, late: 0.02 };
    expect(worthOf(late, late, rates).longWrite).toBeGreaterThan(Math.max(0, worthOf(late, late, rates).write));
    expect(worthOf(soon, soon, rates).write).toBeGreaterThan(worthOf(soon, soon, rates).longWrite);
  });

  it('is greater for models that read for less', () => {
    const odds = { short: 0.5, late: 0.1 };
    expect(worthOf(odds, odds, { ...rates, read: 0.025 }).write).toBeGreaterThan(worthOf(odds, odds, rates).write);
  });

  it('is what a long run of returns shows', () => {
    const random = seededRandom(5);
    const odds = { short: 0.55, late: 0.25 };
    /** The mean bill of all sights after the first, with the cache as the first left it; from then on five-minute writes. */
    const billAfter = (cached: boolean): number => {
      let sum = 0;
      const runs = 100_000;
      for (let run = 0; run < runs; run++) {
        let alive = cached;
        for (;;) {
          const gap = random();
          if (gap >= odds.short + odds.late) break;
          sum += alive && gap < odds.short ? rates.read : rates.write;
          alive = true;
        }
      }
      return sum / runs;
    };
    const short = { ...rates, longWrite: Number.POSITIVE_INFINITY };
    expect(worthOf(odds, odds, short).write).toBeCloseTo(billAfter(false) - billAfter(true) - 0.25, 1);
  });
});

describe('the rates of a model', () => {
  it('are multiples of its input price', () => {
    const price = { input: 4, output: 20, cachedInput: 0.2, cacheWrite: 5, longCacheWrite: 8, leastCachedTokens: 512 };
    expect(cacheRatesOf(price)).toEqual({ read: 0.05, write: 1.25, longWrite: 2, leastTokens: 512 });
  });

  it('are the usual ones, with the longest least length, for a model of no known price', () => {
    expect(cacheRatesOf(undefined)).toEqual({ ...rates, leastTokens: 4_096 });
  });

  it('are none where caching cannot save', () => {
    expect(cacheRatesOf({ input: 1, output: 5 })).toBeUndefined();
    expect(cacheRatesOf({ input: 1, output: 5, cachedInput: 1, cacheWrite: 1.25 })).toBeUndefined();
    expect(cacheRatesOf({ input: 0, output: 0, cachedInput: 0, cacheWrite: 0 })).toBeUndefined();
  });
});
