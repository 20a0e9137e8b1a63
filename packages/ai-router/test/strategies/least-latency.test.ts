import { expect, it } from 'vitest';
import { seededRandom } from '../../src/providers/seeded-random.ts';
import { leastLatency } from '../../src/strategies/least-latency.ts';
import { context, createCandidates, idsOf } from '../support/candidates.ts';

it('never chooses the slowest where it can choose, and orders the others by load', () => {
  const candidates = createCandidates('abc');
  candidates.answer('a', 3000);
  candidates.answer('b', 100);
  candidates.answer('c', 800);
  const strategy = leastLatency({ random: seededRandom(1) });
  const orders = new Set(Array.from({ length: 200 }, () => idsOf(strategy(candidates.list, context))));
  expect([...orders].sort()).toEqual(['bca', 'cba']);
});

it('counts calls under way as load', () => {
  const candidates = createCandidates('ab');
  candidates.answer('a', 100);
  candidates.answer('b', 150);
  const strategy = leastLatency({ random: seededRandom(1) });
  expect(idsOf(strategy(candidates.list, context))).toBe('ab');
  candidates.busy('a', 1);
  expect(idsOf(strategy(candidates.list, context))).toBe('ba');
});

it('spreads the first requests over targets that nobody knows', () => {
  const candidates = createCandidates('abcd');
  const strategy = leastLatency({ random: seededRandom(5) });
  for (let request = 0; request < 40; request++) {
    const [chosen] = strategy(candidates.list, context);
    chosen?.health.begin({ stream: true });
  }
  for (const { health } of candidates.list) expect(health.inFlight).toBeGreaterThanOrEqual(8);
});

it('does not send a whole burst to the fastest', () => {
  const candidates = createCandidates('abcd');
  for (const [index, id] of [...'abcd'].entries()) candidates.answer(id, 100 + index);
  const strategy = leastLatency({ random: seededRandom(2) });
  const burst = Array.from({ length: 400 }, () => idsOf(strategy(candidates.list, context))[0]);
  const ofFastest = burst.filter((id) => id === 'a').length;
  expect(ofFastest).toBeGreaterThan(150);
  expect(ofFastest).toBeLessThan(250);
});
