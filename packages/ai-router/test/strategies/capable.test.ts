import { describe, expect, it } from 'vitest';
import { capable, withLargerContext } from '../../src/strategies/capable.ts';
import { createCandidates, idsOf } from '../support/candidates.ts';

const request = { inputTokens: 7000, maxOutputTokens: 1000, needs: [] };

describe('capable candidates', () => {
  it('have room for input and output', () => {
    const list = createCandidates('abcd').with({
      a: { contextTokens: 7999 },
      b: { contextTokens: 8000 },
      c: { contextTokens: 7500 },
    });
    const { capable: left, leftOut } = capable(list, request);
    expect(idsOf(left)).toBe('bd');
    expect(leftOut.map(({ candidate, reasons }) => [candidate.target.provider.id, reasons])).toEqual([
      ['a', ['its context of 7999 tokens is smaller than the estimated 8000']],
      ['c', ['its context of 7500 tokens is smaller than the estimated 8000']],
    ]);
    expect(idsOf(capable(list, { inputTokens: 7500, needs: [] }).capable)).toBe('abcd');
  });

  it('can do all that the request needs', () => {
    const list = createCandidates('abc').with({
      a: { capabilities: ['tools', 'images', 'structured-output'] },
      b: { capabilities: ['tools'] },
    });
    const { capable: left, leftOut } = capable(list, { ...request, needs: ['tools', 'images', 'structured-output'] });
    expect(idsOf(left)).toBe('ac');
    expect(leftOut.map(({ reasons }) => reasons)).toEqual([
      ['it does not support images', 'it does not support answers that fit a JSON schema'],
    ]);
  });

  it('lack everything where they are said to have nothing, and nothing where nobody knows', () => {
    const list = createCandidates('ab').with({ a: { capabilities: [] } });
    const { capable: left, leftOut } = capable(list, { ...request, needs: ['tools', 'files', 'reasoning'] });
    expect(idsOf(left)).toBe('b');
    expect(leftOut[0]?.reasons).toHaveLength(3);
  });
});

describe('a larger context', () => {
  const list = createCandidates('abcd').with({
    a: { contextTokens: 8000 },
    b: { contextTokens: 16_000 },
    c: { contextTokens: 128_000 },
  });

  it('is one that is known to be larger', () => {
    expect(idsOf(withLargerContext(list, { contextTokens: 16_000 }, { inputTokens: 9000 }))).toBe('c');
    expect(idsOf(withLargerContext(list, {}, { inputTokens: 9000 }))).toBe('bc');
    expect(idsOf(withLargerContext(list, { contextTokens: 1_000_000 }, { inputTokens: 9000 }))).toBe('');
  });
});
