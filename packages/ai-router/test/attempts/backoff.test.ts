import { expect, it } from 'vitest';
import { createBackoff } from '../../src/attempts/backoff.ts';

const retries = [1, 2, 3, 4, 5, 50, 2000];

it('waits anything up to a limit that doubles to the cap', () => {
  const options = { baseMs: 100, capMs: 1000 };
  const longest = createBackoff({ ...options, random: () => 1 });
  expect(retries.map((retry) => longest(retry))).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  const half = createBackoff({ ...options, random: () => 0.5 });
  expect(retries.map((retry) => half(retry))).toEqual([50, 100, 200, 400, 500, 500, 500]);
  const shortest = createBackoff({ ...options, random: () => 0 });
  expect(retries.map((retry) => shortest(retry))).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

it('never comes back before the time it was told, nor with all others at that time', () => {
  const told = (random: number) => createBackoff({ baseMs: 100, capMs: 1000, random: () => random })(1, 5000);
  expect(told(0)).toBe(5000);
  expect(told(0.5)).toBe(5050);
});

it('draws anew for each wait', () => {
  const draws = [0.1, 0.9];
  const backoff = createBackoff({ baseMs: 1000, random: () => draws.shift() ?? 0 });
  expect([backoff(1), backoff(1)]).toEqual([100, 900]);
});
