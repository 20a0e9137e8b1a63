import { describe, expect, it } from 'vitest';
import type { LiveFigures, RequestView } from '../src/api/contract.ts';
import { nothing, withEvents } from '../src/live/recent.ts';

const figures = (at: number) => ({ at }) as LiveFigures;
const request = (event: string) => ({ event }) as RequestView;

describe('what happened of late', () => {
  it('has the newest requests first, and the oldest figures first', () => {
    const first = withEvents(nothing, { figures: [figures(1)], requests: [request('a'), request('b')] });
    const then = withEvents(first, { figures: [figures(2)], requests: [request('c')] });
    expect(then.requests.map(({ event }) => event)).toEqual(['c', 'b', 'a']);
    expect(then.figures.map(({ at }) => at)).toEqual([1, 2]);
  });

  it('is bounded', () => {
    const many = Array.from({ length: 500 }, (_, index) => index);
    const recent = withEvents(nothing, { figures: many.map(figures), requests: many.map(String).map(request) });
    expect([recent.figures.length, recent.figures[0]?.at]).toEqual([120, 380]);
    expect([recent.requests.length, recent.requests[0]?.event]).toEqual([200, '499']);
  });

  it('stands still while it is paused, and counts', () => {
    const paused = { ...nothing, isPaused: true };
    const then = withEvents(paused, { figures: [figures(1)], requests: [request('a'), request('b')] });
    expect(then).toEqual({ ...paused, missed: 2 });
    expect(withEvents(then, { figures: [figures(2)], requests: [] })).toBe(then);
  });
});
