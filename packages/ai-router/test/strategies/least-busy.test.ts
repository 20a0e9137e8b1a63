import { expect, it } from 'vitest';
import { seededRandom } from '../../src/providers/seeded-random.ts';
import { leastBusy } from '../../src/strategies/least-busy.ts';
import { context, createCandidates, idsOf } from '../support/candidates.ts';

it('prefers the fewest calls under way', () => {
  const candidates = createCandidates('abc');
  candidates.busy('a', 3);
  candidates.busy('b', 1);
  candidates.busy('c', 2);
  expect(idsOf(leastBusy()(candidates.list, context))).toBe('bca');
});

it('lets a heavier one carry more, and a weightless one none', () => {
  const candidates = createCandidates('abz');
  candidates.busy('a', 3);
  candidates.busy('b', 1);
  const list = candidates.with({ a: { weight: 10 }, z: { weight: 0 } });
  expect(idsOf(leastBusy()(list, context))).toBe('abz');
});

it('decides between equals by chance', () => {
  const { list } = createCandidates('abc');
  const strategy = leastBusy({ random: seededRandom(1) });
  const chosen = Array.from({ length: 300 }, () => idsOf(strategy(list, context))[0]);
  for (const id of 'abc') expect(chosen.filter((first) => first === id).length).toBeGreaterThan(70);
});
