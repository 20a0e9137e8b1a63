import { type BudgetPeriod, budgetPeriods } from './virtual-key.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** The first of January 1970 was a Thursday: weeks begin three days before it. */
const mondayOffsetMs = 3 * dayMs;

export type PeriodStarts = Readonly<Record<BudgetPeriod, number>>;

const floorTo = (time: number, stepMs: number): number => Math.floor(time / stepMs) * stepMs;

const startOf = (period: BudgetPeriod, time: number): number => {
  switch (period) {
    case 'hour':
      return floorTo(time, hourMs);
    case 'day':
      return floorTo(time, dayMs);
    case 'week':
      return floorTo(time + mondayOffsetMs, 7 * dayMs) - mondayOffsetMs;
    case 'month': {
      const date = new Date(time);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    }
    default:
      return 0;
  }
};

let latest: { readonly hour: number; readonly starts: PeriodStarts } | undefined;

/**
 * When the periods began that this moment lies in, epoch milliseconds. Every period begins with an hour, so what holds for
 * the hour holds for all moments in it.
 */
export const startsAt = (time: number): PeriodStarts => {
  const hour = floorTo(time, hourMs);
  if (latest?.hour === hour) return latest.starts;
  const starts = Object.fromEntries(budgetPeriods.map((period) => [period, startOf(period, hour)]));
  latest = { hour, starts: starts as unknown as PeriodStarts };
  return latest.starts;
};

/** When the period ends that began then, epoch milliseconds; null for never. */
export const endOf = (period: BudgetPeriod, start: number): number | null => {
  switch (period) {
    case 'hour':
      return start + hourMs;
    case 'day':
      return start + dayMs;
    case 'week':
      return start + 7 * dayMs;
    case 'month': {
      const date = new Date(start);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
    default:
      return null;
  }
};
