import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTiming } from '../src/timing.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells every stage in milliseconds, in the syntax of W3C Server Timing', () => {
  const startedAt = performance.now();
  vi.advanceTimersByTime(2);
  const timing = createTiming(startedAt);
  vi.advanceTimersByTime(30);
  timing.admitted();
  Object.assign(timing.stages, { routeMs: 0.0124, cacheMs: 0.25, queueMs: 1500.0996 });
  vi.advanceTimersByTime(1968);
  expect(timing.write({ cache: 'miss', upstreamMs: 400.05 })).toBe(
    'parse;dur=2.000, admit;dur=30.000, route;dur=0.012, cache;desc=miss;dur=0.250, queue;dur=1500.100, upstream;dur=400.050, total;dur=2000.000',
  );
});

it('leaves out the stages that a request did not pass', () => {
  const timing = createTiming(performance.now());
  timing.admitted();
  expect(timing.write({ cache: 'bypass' })).toBe(
    'parse;dur=0.000, admit;dur=0.000, cache;desc=bypass, total;dur=0.000',
  );
});
