import { describe, expect, it } from 'vitest';
import { baselineOf, rangeOf, refreshOf, zoomTo } from '../src/url/range.ts';

const now = 1_800_000_000_000;
const hourMs = 3_600_000;

describe('the time range', () => {
  it('is the last hour unless the address says otherwise', () => {
    expect(rangeOf({}, now)).toEqual({ from: now - hourMs, to: now, name: '1h' });
    expect(rangeOf({ range: 'for ever' }, now).name).toBe('1h');
    expect(rangeOf({ range: '7d' }, now)).toEqual({ from: now - 168 * hourMs, to: now, name: '7d' });
  });

  it('is the same for whoever asks within five seconds, and leaves nothing of now out', () => {
    expect(rangeOf({ range: '6h' }, now + 1)).toEqual(rangeOf({ range: '6h' }, now + 5_000));
    expect(rangeOf({}, now + 1)).toEqual({ from: now + 5_000 - hourMs, to: now + 5_000, name: '1h' });
  });

  it('stays where it was marked', () => {
    const params = zoomTo(now - 100.4, now + 0.2);
    expect(rangeOf({ from: params.from, to: params.to }, now + hourMs)).toEqual({
      from: now - 101,
      to: now + 1,
      name: null,
    });
  });

  it.each([
    { from: '5', to: '5' },
    { from: '9', to: '5' },
    { from: '-1', to: '5' },
    { from: 'x', to: '5' },
    { from: '1.5', to: '5' },
    { from: '1' },
  ])('is the last hour for %j', (params) => {
    expect(rangeOf(params as Record<string, string>, now).name).toBe('1h');
  });

  it('is asked for anew the less often the longer it is, and not at all where it stays', () => {
    expect(refreshOf(rangeOf({ range: '15m' }, now))).toBe(5_000);
    expect(refreshOf(rangeOf({ range: '1h' }, now))).toBe(10_000);
    expect(refreshOf(rangeOf({ range: '30d' }, now))).toBe(60_000);
    expect(refreshOf({ from: 0, to: hourMs, name: null })).toBeUndefined();
  });

  it('is compared with the time before it, or the same time of another day', () => {
    const range = { from: now - hourMs, to: now };
    expect(baselineOf(range, undefined)).toEqual({ from: now - 2 * hourMs, to: now - hourMs });
    expect(baselineOf(range, 'day')).toEqual({ from: now - 25 * hourMs, to: now - 24 * hourMs });
    expect(baselineOf(range, 'week')).toEqual({ from: now - 169 * hourMs, to: now - 168 * hourMs });
  });
});
