import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../src/limits/window.ts';

interface Charge {
  readonly at: number;
  amount: number;
}

const sum = (charges: readonly Charge[]): number => charges.reduce((total, { amount }) => total + amount, 0);
const within = (charges: readonly Charge[], from: number, to: number): Charge[] =>
  charges.filter(({ at }) => at > from && at <= to);

describe('a minute of requests', () => {
  it('lets a burst of the whole limit pass, and not one more in any 60 s', () => {
    const window = new SlidingWindow(200);
    const passed: number[] = [];
    for (let now = 0; now < 200_000; now += 500) {
      for (let call = 0; call < 200; call++) {
        if (!window.fits(1, now)) break;
        window.charge(1, now);
        passed.push(now);
      }
    }
    for (const start of passed) {
      expect(passed.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(200);
    }
    expect(passed.length).toBe(800);
  });

  it('has room again to the millisecond after a burst', () => {
    const window = new SlidingWindow(3);
    for (let call = 0; call < 3; call++) window.charge(1, 1_234.5);
    expect(window.waitMs(1, 1_234.5)).toBe(60_000);
    expect(window.fits(1, 61_234)).toBe(false);
    expect(window.waitMs(1, 61_234)).toBe(0.5);
    expect(window.fits(3, 61_234.5)).toBe(true);
  });

  it('says that more than the limit never fits, and nothing always', () => {
    const window = new SlidingWindow(10);
    expect(window.waitMs(11, 0)).toBe(Number.POSITIVE_INFINITY);
    window.charge(15, 0);
    expect([window.fits(0, 0), window.fits(1, 0), window.waitMs(1, 0)]).toEqual([true, false, 60_000]);
  });

  it('takes back what was charged, but nothing after its minute', () => {
    const window = new SlidingWindow(10);
    const early = window.charge(4, 0);
    const late = window.charge(6, 30_000);
    window.giveBack(late, 5);
    expect(window.used(30_000)).toBe(5);
    window.giveBack(early, 4);
    expect(window.used(30_000)).toBe(1);
    window.charge(9, 95_000);
    window.giveBack(late, 1);
    expect(window.used(95_000)).toBe(9);
  });

  it('is never above its limit and at most a second behind an exact log, whatever is charged and taken back', () => {
    const steps = fc.array(
      fc.record({
        pauseMs: fc.oneof(
          fc.constantFrom(0, 1, 999, 1_000, 59_000, 60_000),
          // Binary fractions, so that sums of them are exact.
          fc.integer({ min: 0, max: 7_000 * 8 }).map((eighths) => eighths / 8),
        ),
        amount: fc.integer({ min: 0, max: 40 }),
        giveBack: fc.option(fc.record({ which: fc.nat(), part: fc.double({ min: 0, max: 1, noNaN: true }) })),
      }),
      { maxLength: 150, size: 'max' },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), steps, (limit, list) => {
        const window = new SlidingWindow(limit);
        const log: (Charge & { entry: number })[] = [];
        let now = 0;
        for (const { pauseMs, amount, giveBack } of list) {
          now += pauseMs;
          const waitMs = window.waitMs(amount, now);
          expect(waitMs === 0).toBe(window.fits(amount, now));
          if (amount > 0 && waitMs === 0) {
            log.push({ at: now, amount, entry: window.charge(amount, now) });
            expect(sum(within(log, now - 60_000, now))).toBeLessThanOrEqual(limit);
          } else if (amount > 0) {
            const kept = sum(within(log, now - 61_000, now));
            expect(kept + amount).toBeGreaterThan(limit);
            if (amount <= limit) {
              const later = sum(within(log, now + waitMs - 60_000, now));
              expect(later + amount).toBeLessThanOrEqual(limit);
            }
          }
          if (giveBack && log.length > 0) {
            const charge = log[giveBack.which % log.length] as (typeof log)[number];
            const amountBack = Math.floor(charge.amount * giveBack.part);
            window.giveBack(charge.entry, amountBack);
            charge.amount -= amountBack;
          }
          expect(window.used(now)).toBeGreaterThanOrEqual(sum(within(log, now - 60_000, now)));
          expect(window.used(now)).toBeLessThanOrEqual(sum(within(log, now - 61_000, now)));
        }
        expect(window.used(now + 60_000)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
