import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/providers/seeded-random.ts';
import type { Candidate, Strategy } from '../../src/strategies/strategy.ts';
import { weighted } from '../../src/strategies/weighted.ts';
import { context, createCandidates, idsOf } from '../support/candidates.ts';

const firsts = (strategy: Strategy, list: readonly Candidate[], requests: number): string =>
  Array.from({ length: requests }, () => idsOf(strategy(list, context))[0]).join('');
const count = (text: string, letter: string): number => text.split(letter).length - 1;

const list = createCandidates('abcz').with({ a: { weight: 5 }, b: { weight: 1 }, c: { weight: 1 }, z: { weight: 0 } });

describe('weighted at random', () => {
  it('chooses by weight, the second too', () => {
    const strategy = weighted({ random: seededRandom(3) });
    const chosen = firsts(strategy, list, 7000);
    expect(Math.abs(count(chosen, 'a') - 5000)).toBeLessThan(150);
    expect(Math.abs(count(chosen, 'b') - 1000)).toBeLessThan(150);
    expect(count(chosen, 'z')).toBe(0);
    const seconds = Array.from({ length: 7000 }, () => idsOf(strategy(list, context))).filter((ids) => ids[0] === 'b');
    expect(Math.abs(seconds.filter((ids) => ids[1] === 'a').length / seconds.length - 5 / 6)).toBeLessThan(0.05);
  });

  it('survives the ends of its random numbers', () => {
    const backwards = [...list].reverse();
    expect(idsOf(weighted({ random: () => 0 })(backwards, context))).toBe('cbaz');
    expect(idsOf(weighted({ random: () => 1 - 2 ** -53 })(backwards, context))).toBe('acbz');
  });

  it('orders candidates without any weight as they came', () => {
    expect(idsOf(weighted({ random: seededRandom(1) })(createCandidates('ab', { weight: 0 }).list, context))).toBe(
      'ab',
    );
  });
});

describe('smooth weights', () => {
  it('take turns by weight, evenly spread', () => {
    const strategy = weighted({ mode: 'smooth' });
    expect(firsts(strategy, list, 14)).toBe('aabacaaaabacaa');
  });

  it('share the turns of one that is away, and give no arrears when it is back', () => {
    const candidates = createCandidates('ab');
    const strategy = weighted({ mode: 'smooth' });
    candidates.break('a');
    expect(firsts(strategy, candidates.list, 6)).toBe('bbbbbb');
    candidates.advance(1000);
    expect(firsts(strategy, candidates.list, 6)).toBe('ababab');
  });

  it('are kept apart by each strategy', () => {
    const { list: pair } = createCandidates('ab');
    expect(firsts(weighted({ mode: 'smooth' }), pair, 1)).toBe('a');
    expect(firsts(weighted({ mode: 'smooth' }), pair, 2)).toBe('ab');
  });
});
