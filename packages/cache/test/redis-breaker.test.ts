import { expect, it } from 'vitest';
import { createBreaker } from '../src/stores/redis/breaker.ts';
import { withDeadline } from '../src/stores/redis/deadline.ts';
import { createPending, mostPostponed } from '../src/stores/redis/pending.ts';

const start = () => {
  const clock = { at: 0 };
  return { clock, breaker: createBreaker({ failures: 3, probeAfterMs: 100, elapsed: () => clock.at }) };
};

it('opens after so many failures in a row, not before', () => {
  const { breaker } = start();
  expect([breaker.fail('normal'), breaker.fail('normal')]).toEqual([false, false]);
  breaker.succeed('normal');
  expect([breaker.fail('normal'), breaker.fail('normal'), breaker.enter()]).toEqual([false, false, 'normal']);
  expect(breaker.fail('normal')).toBe(true);
  expect(breaker.enter()).toBeUndefined();
});

it('lets one call at a time through after a while, and all once it succeeds', () => {
  const { breaker, clock } = start();
  for (let call = 0; call < 3; call += 1) breaker.fail('normal');
  clock.at = 99;
  expect(breaker.enter()).toBeUndefined();
  clock.at = 100;
  expect([breaker.enter(), breaker.enter()]).toEqual(['probe', undefined]);
  breaker.fail('probe');
  clock.at = 199;
  expect(breaker.enter()).toBeUndefined();
  clock.at = 200;
  expect(breaker.enter()).toBe('probe');
  breaker.succeed('probe');
  expect([breaker.enter(), breaker.enter()]).toEqual(['normal', 'normal']);
});

it('learns nothing from calls that began before it opened', () => {
  const { breaker, clock } = start();
  for (let call = 0; call < 3; call += 1) breaker.fail('normal');
  clock.at = 50;
  expect(breaker.fail('normal')).toBe(false);
  breaker.succeed('normal');
  expect(breaker.enter()).toBeUndefined();
  clock.at = 100;
  expect(breaker.enter()).toBe('probe');
});

it('counts a reply that was there before the time was over, however late the event loop came round to it', async () => {
  const late = (): Error => new Error('late');
  const outcome = new Promise((resolve) => {
    setImmediate(() => {
      const reply = new Promise((arrive) => setImmediate(arrive, 'reply'));
      withDeadline(1, reply, late).then(resolve, resolve);
      const endsAt = performance.now() + 5;
      while (performance.now() < endsAt);
    });
  });
  expect(await outcome).toBe('reply');
  await expect(withDeadline(1, new Promise(() => {}), late)).rejects.toThrow('late');
});

it('covers what is under way by itself, in any order of the answers, and for reads that began before', () => {
  const pending = createPending();
  const early = pending.mark();
  const covered = (mark = pending.mark()): boolean[] => [
    pending.covers('a', { tags: ['red'] }, mark),
    pending.covers('key', {}, mark),
    pending.covers('b', {}, mark),
  ];
  const red = pending.begin([{ kind: 'tag', name: 'red' }]);
  const key = pending.begin([{ kind: 'key', name: 'key' }]);
  expect(covered()).toEqual([true, true, false]);
  pending.settle(red);
  expect(covered()).toEqual([false, true, false]);
  pending.settle(key);
  expect(covered()).toEqual([false, false, false]);
  expect(covered(early)).toEqual([true, true, false]);
});

it('keeps what failed until it is sent, and everything instead of too much', () => {
  const pending = createPending();
  const first = pending.begin([{ kind: 'key', name: 'first' }]);
  pending.postpone(first);
  expect(pending.postponed()).toEqual([[first, [{ kind: 'key', name: 'first' }]]]);
  for (let index = 0; index < mostPostponed; index += 1)
    pending.postpone(pending.begin([{ kind: 'key', name: `${index}` }]));
  expect(pending.postponed().map(([, items]) => items)).toEqual([[{ kind: 'all', name: '' }]]);
  expect(pending.covers('anything', {}, pending.mark())).toBe(true);
  for (const [handle] of pending.postponed()) pending.settle(handle);
  expect(pending.covers('anything', {}, pending.mark())).toBe(false);
  expect(pending.postponed()).toEqual([]);
});
