import { describe, expect, it } from 'vitest';
import { showClock, showDay, showMoment, showTick } from '../src/format/clock.ts';

const noon = new Date(2026, 10, 20, 12, 5, 9).getTime();
const dayMs = 86_400_000;

describe('times', () => {
  it('are told in the zone of the reader', () => {
    expect(showClock(noon)).toBe('12:05:09');
    expect(showDay(noon)).toBe('2026-11-20 12:05');
  });

  it('have a day where it is another', () => {
    expect(showMoment(noon, noon + 60_000)).toBe('12:05:09');
    expect(showMoment(noon, noon + dayMs)).toBe('2026-11-20 12:05');
  });

  it('stand under a chart as short as they can be told apart', () => {
    expect(showTick(noon, 10_000)).toBe('12:05:09');
    expect(showTick(noon, 600_000)).toBe('12:05');
    expect(showTick(noon, dayMs)).toBe('11-20');
    expect(showTick(new Date(2026, 10, 21).getTime(), 3_600_000)).toBe('11-21');
  });
});
