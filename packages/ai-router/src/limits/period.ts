/** How long a budget lasts. `week` begins on Monday (ISO 8601), all at midnight UTC or the full hour; `total` never ends. */
export type Period = 'hour' | 'day' | 'week' | 'month' | 'total';

export const periods: readonly Period[] = ['hour', 'day', 'week', 'month', 'total'];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The first Monday after the epoch, which was a Thursday. */
const firstMondayMs = 4 * dayMs;

const startOf = (time: number, lengthMs: number, offsetMs = 0): number =>
  Math.floor((time - offsetMs) / lengthMs) * lengthMs + offsetMs;

/** When the period began that this time is in, epoch milliseconds. Days have no other length in UTC: no leap seconds there. */
export function periodStart(period: Period, time: number): number {
  if (period === 'total') return 0;
  if (period === 'hour') return startOf(time, hourMs);
  if (period === 'day') return startOf(time, dayMs);
  if (period === 'week') return startOf(time, 7 * dayMs, firstMondayMs);
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

/** When the period ends that begins at `start`, epoch milliseconds; Infinity for `total`. */
export function periodEnd(period: Period, start: number): number {
  if (period === 'total') return Number.POSITIVE_INFINITY;
  if (period === 'hour') return start + hourMs;
  if (period === 'day') return start + dayMs;
  if (period === 'week') return start + 7 * dayMs;
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
