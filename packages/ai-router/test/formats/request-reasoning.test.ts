import { describe, expect, test } from 'vitest';
import { budgetOf, effortOf } from '../../src/formats/request-reasoning.ts';

describe('how much to think', () => {
  test.each([
    ['none', 0],
    ['minimal', 1024],
    ['low', 2048],
    ['medium', 8192],
    ['high', 16_384],
    ['xhigh', 32_768],
  ] as const)('is %s for %i tokens, and back', (effort, tokens) => {
    expect(budgetOf(effort)).toBe(tokens);
    expect(effortOf(tokens)).toBe(effort);
  });

  test('is never more than the tokens allow, but for the least', () => {
    expect([1, 1023, 2047, 8191, 16_383, 32_767, 200_000].map(effortOf)).toEqual([
      'minimal',
      'minimal',
      'minimal',
      'low',
      'medium',
      'high',
      'xhigh',
    ]);
    expect(budgetOf('max')).toBe(32_768);
  });
});
