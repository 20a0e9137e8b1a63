import { expect, it } from 'vitest';
import { ordered } from '../../src/strategies/ordered.ts';
import { context, createCandidates, idsOf } from '../support/candidates.ts';

it('keeps the order in which candidates were named', () => {
  const candidates = createCandidates('cab');
  candidates.busy('c', 50);
  expect(idsOf(ordered(candidates.list, context))).toBe('cab');
  candidates.break('c');
  expect(idsOf(ordered(candidates.list, context))).toBe('abc');
});
