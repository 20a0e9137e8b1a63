import { expect, it } from 'vitest';
import { type Period, periodEnd, periodStart, periods } from '../../src/limits/period.ts';

const at = (text: string): number => Date.parse(text);
const rangeOf = (period: Period, time: string): string[] => {
  const start = periodStart(period, at(time));
  return [start, periodEnd(period, start)].map((border) => new Date(border).toISOString().slice(0, 16));
};

it.each([
  ['hour', '2026-11-21T15:45:30Z', '2026-11-21T15:00', '2026-11-21T16:00'],
  ['day', '2026-11-21T23:59:59.999Z', '2026-11-21T00:00', '2026-11-22T00:00'],
  ['week', '2026-11-22T23:59:59.999Z', '2026-11-16T00:00', '2026-11-23T00:00'],
  ['week', '2026-11-23T00:00:00Z', '2026-11-23T00:00', '2026-11-30T00:00'],
  ['week', '1969-12-31T00:00:00Z', '1969-12-29T00:00', '1970-01-05T00:00'],
  ['month', '2024-02-29T12:00:00Z', '2024-02-01T00:00', '2024-03-01T00:00'],
  ['month', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00', '2027-01-01T00:00'],
] as const)('a %s has fixed borders in UTC: %s', (period, time, start, end) => {
  expect(rangeOf(period, time)).toEqual([start, end]);
});

it('follow upon each other without a gap', () => {
  for (const period of periods.filter((one) => one !== 'total')) {
    let start = periodStart(period, at('2023-12-30T12:34:56Z'));
    for (let count = 0; count < 100; count++) {
      const end = periodEnd(period, start);
      expect(periodStart(period, end - 1)).toBe(start);
      expect(periodStart(period, end)).toBe(end);
      start = end;
    }
  }
  expect([periodStart('total', 5), periodEnd('total', 0)]).toEqual([0, Number.POSITIVE_INFINITY]);
});
