import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDeadline } from '../src/deadline.ts';
import type { RouterError } from '../src/errors.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function start(limits: Partial<Parameters<typeof createDeadline>[0]> = {}) {
  const expired: RouterError[] = [];
  const deadline = createDeadline(
    { connectMs: 10, firstTokenMs: 20, idleMs: 30, totalMs: 1000, ...limits },
    'p',
    (error) => expired.push(error),
  );
  return { deadline, phases: () => expired.map(({ phase }) => phase) };
}

it('limits the time to connect', () => {
  const { phases } = start();
  vi.advanceTimersByTime(9);
  expect(phases()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(phases()).toEqual(['connect']);
});

it('limits the wait for a first token, then each pause', () => {
  const { deadline, phases } = start();
  deadline.connected();
  vi.advanceTimersByTime(19);
  deadline.progress();
  for (let chunk = 0; chunk < 5; chunk++) {
    vi.advanceTimersByTime(29);
    deadline.progress();
  }
  expect(phases()).toEqual([]);
  vi.advanceTimersByTime(30);
  expect(phases()).toEqual(['idle']);
});

it('does not count a pause of ours, but counts again after it', () => {
  const { deadline, phases } = start();
  deadline.connected();
  deadline.progress();
  deadline.suspend();
  vi.advanceTimersByTime(500);
  expect(phases()).toEqual([]);
  deadline.progress();
  vi.advanceTimersByTime(30);
  expect(phases()).toEqual(['idle']);
});

it('limits the whole call, whatever happens in it', () => {
  const { deadline, phases } = start({ idleMs: 0, totalMs: 100 });
  deadline.connected();
  deadline.progress();
  vi.advanceTimersByTime(100);
  expect(phases()).toEqual(['total']);
});

it('is silent once cleared, and where a limit is 0', () => {
  const cleared = start();
  cleared.deadline.clear();
  const unlimited = start({ connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 });
  unlimited.deadline.connected();
  unlimited.deadline.progress();
  vi.advanceTimersByTime(1e6);
  expect([...cleared.phases(), ...unlimited.phases()]).toEqual([]);
});

it('can be longer than a timer of Node', () => {
  const { phases } = start({ connectMs: 2 ** 40, totalMs: 2 ** 40 });
  vi.advanceTimersByTime(1e6);
  expect(phases()).toEqual([]);
});
