import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/providers/seeded-random.ts';
import { cheapest } from '../../src/strategies/cheapest.ts';
import { leastBusy } from '../../src/strategies/least-busy.ts';
import { leastLatency } from '../../src/strategies/least-latency.ts';
import { ordered } from '../../src/strategies/ordered.ts';
import type { Strategy } from '../../src/strategies/strategy.ts';
import { weighted } from '../../src/strategies/weighted.ts';
import { context, createCandidates, idsOf } from '../support/candidates.ts';

// What holds for all of them.
describe.each<[string, () => Strategy]>([
  ['ordered', () => ordered],
  ['weighted, at random', () => weighted({ random: seededRandom(1) })],
  ['weighted, smooth', () => weighted({ mode: 'smooth' })],
  ['least latency', () => leastLatency({ random: seededRandom(1) })],
  ['least busy', () => leastBusy({ random: seededRandom(1) })],
  ['cheapest', () => cheapest({ prices: { version: '2026-01-01', models: {} } })],
])('the strategy %s', (_, create) => {
  it('orders all candidates, and leaves the list alone', () => {
    const { list } = createCandidates('abcde');
    const strategy = create();
    for (let request = 0; request < 50; request++) {
      const order = strategy(list, context);
      expect([...idsOf(order)].sort().join('')).toBe('abcde');
      expect(idsOf(list)).toBe('abcde');
    }
  });

  it('puts what is not available last, the soonest back first', () => {
    const candidates = createCandidates('abcd');
    candidates.find('a').health.pause(5000);
    candidates.break('c');
    const strategy = create();
    for (let request = 0; request < 20; request++) {
      expect(idsOf(strategy(candidates.list, context)).slice(2)).toBe('ca');
    }
  });

  it('lets a broken one be probed when its time has come, and only by one', () => {
    const candidates = createCandidates('ab');
    candidates.break('a');
    candidates.break('b');
    candidates.advance(1000);
    candidates.find('b').health.begin();
    expect(idsOf(create()(candidates.list, context))).toBe('ab');
  });

  it('orders those that are all broken, one, and none', () => {
    const candidates = createCandidates('ab');
    candidates.break('b');
    candidates.advance(100);
    candidates.break('a');
    const strategy = create();
    expect(idsOf(strategy(candidates.list, context))).toBe('ba');
    expect(idsOf(strategy(candidates.list.slice(0, 1), context))).toBe('a');
    expect(strategy([], context)).toEqual([]);
  });
});
