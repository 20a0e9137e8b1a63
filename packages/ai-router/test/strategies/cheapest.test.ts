import { expect, it } from 'vitest';
import { cheapest, estimatedCost } from '../../src/strategies/cheapest.ts';
import { context, createCandidates, idsOf } from '../support/candidates.ts';

const prices = { version: '2026-01-01', models: { m: { input: 2, output: 2 } } };
const strategy = cheapest({ prices });

it('weighs input and output as the request has them', () => {
  const list = createCandidates('ab').with({
    a: { price: { input: 1, output: 10 } },
    b: { price: { input: 3, output: 3 } },
  });
  const order = (inputTokens: number, maxOutputTokens?: number) =>
    idsOf(strategy(list, { ...context, inputTokens, maxOutputTokens }));
  expect(order(100_000, 100)).toBe('ab');
  expect(order(100, 10_000)).toBe('ba');
  expect(order(100_000)).toBe('ab');
  expect(order(100)).toBe('ba');
});

it('takes the price of the table where a candidate has none of its own', () => {
  const list = createCandidates('abc').with({
    a: { price: { input: 3, output: 3 } },
    c: { price: { input: 1, output: 1 } },
  });
  expect(idsOf(strategy(list, context))).toBe('cba');
});

it('puts a target without a price after all others, and keeps the order of equals', () => {
  const candidates = createCandidates('xabc');
  const list = candidates.with({ x: { target: { provider: { id: 'x' }, model: 'unknown' } } });
  expect(idsOf(strategy(list, context))).toBe('abcx');
});

it('heeds the price of a long prompt', () => {
  const [candidate] = createCandidates('a', {
    price: { input: 1, output: 1, longPrompt: { aboveTokens: 100, input: 2, output: 3 } },
  }).list;
  if (!candidate) throw new Error('no candidate');
  expect(estimatedCost(candidate, { ...context, inputTokens: 1000, maxOutputTokens: 1000 }, prices)).toBeCloseTo(
    0.005,
    12,
  );
});
