import { describe, expect, it } from 'vitest';
import { patterns } from '../../src/analytics/patterns.ts';
import { type Asked, day, hour, midnight, storeOf } from './support.ts';

const dollar = 1e6;
const period = { fromMs: midnight, toMs: midnight + 7 * day };

describe('patterns by who asks', () => {
  it('are told where events tell no shapes, with an estimate of what was missed', async () => {
    const paid = { figures: { cost: 2 * dollar } };
    const store = await storeOf([
      { atMs: midnight, ...paid },
      { atMs: midnight, names: { cache: 'hit' }, figures: { saved_cache: dollar } },
      { atMs: midnight, names: { cache: 'bypass' }, ...paid },
      { atMs: midnight, names: { key: 'once' }, ...paid },
    ]);
    const report = patterns(store, period);
    expect(report.basis).toBe('source');
    expect(report.patterns).toEqual([
      {
        shape: null,
        models: ['small'],
        keys: ['laptop'],
        agents: [''],
        commands: ['serve'],
        requests: 3,
        reused: 1,
        bypassed: 1,
        repeated: 0,
        near: 0,
        costUsd: 4,
        savedUsd: 1,
        // Half of those that asked the cache were answered.
        missedUsd: 1,
        nearUsd: 0,
        example: null,
      },
    ]);
  });
});

describe('patterns by shape', () => {
  let number = 0;
  const ask = (
    atMs: number,
    exact: string | undefined,
    more: Partial<Asked> & { readonly usd?: number } = {},
  ): Asked => {
    const { usd = 1, names, ...rest } = more;
    number += 1;
    return {
      atMs: midnight + atMs,
      shape: 'a',
      id: `r${number}`,
      ...(exact !== undefined && { exact }),
      ...(names && { names }),
      figures: names?.cache === 'hit' ? { saved_cache: usd * dollar } : { cost: usd * dollar },
      ...rest,
    };
  };

  it('are prompts that came again, with what was answered from the cache and what could have been', async () => {
    const store = await storeOf([
      ask(0, 'x', { usd: 10 }),
      ask(1, 'x', { names: { cache: 'hit', agent: 'reviewer' } }),
      ask(2, 'x', { usd: 2, names: { cache: 'bypass', model: 'large' } }),
      ask(3, 'y', { usd: 4, names: { agent: 'reviewer' } }),
      ask(4, undefined, { usd: 8 }),
      ask(5, 'z', { shape: 'once', usd: 100 }),
      { atMs: midnight, figures: { cost: 1000 * dollar } },
    ]);
    const report = patterns(store, period);
    expect(report).toMatchObject({
      basis: 'shape',
      ttlMs: day,
      requests: 5,
      reused: 1,
      repeated: 1,
      near: 2,
      others: 0,
    });
    expect([report.missedUsd, report.nearUsd]).toEqual([2, 12]);
    expect(report.patterns).toEqual([
      {
        shape: 'a',
        models: ['small', 'large'],
        keys: ['laptop'],
        agents: ['', 'reviewer'],
        commands: ['serve'],
        requests: 5,
        reused: 1,
        bypassed: 1,
        repeated: 1,
        near: 2,
        costUsd: 24,
        savedUsd: 1,
        missedUsd: 2,
        nearUsd: 12,
        example: `r${number - 1}`,
      },
    ]);
  });

  it('are missed only as long as an answer would have been kept', async () => {
    const store = await storeOf([
      ask(0, 'x'),
      ask(hour, 'x'),
      ask(2 * hour, 'x'),
      ask(3 * hour, 'x'),
      ask(4 * hour, 'x'),
    ]);
    const countsFor = (ttlMs: number) => {
      const [pattern] = patterns(store, { ...period, ttlMs }).patterns;
      return [pattern?.repeated, pattern?.near];
    };
    expect(countsFor(day)).toEqual([4, 0]);
    // Kept since the first; the third is paid for and kept anew.
    expect(countsFor(hour)).toEqual([2, 2]);
    expect(countsFor(hour - 1)).toEqual([0, 4]);
  });

  it('are not missed after what failed, and are after what the cache had', async () => {
    const store = await storeOf([
      ask(0, 'x', { names: { outcome: 'failed' } }),
      ask(1, 'x'),
      ask(2, 'y', { names: { cache: 'hit' } }),
      ask(3, 'y'),
    ]);
    expect(patterns(store, period).patterns).toMatchObject([{ repeated: 1, near: 1, missedUsd: 1 }]);
  });

  it('are not missed where nothing came of it, unless it was paid for', async () => {
    const nothing = { exact: 'x', shape: 'a', figures: {} };
    const store = await storeOf([
      ask(0, 'x'),
      ...['failed', 'left'].flatMap((outcome) => [
        { atMs: midnight + 1, ...nothing, names: { outcome } },
        { atMs: midnight + 2, ...nothing, exact: 'y', names: { outcome } },
      ]),
      ask(3, 'x', { usd: 2, names: { outcome: 'left' } }),
      ask(4, 'z', { usd: 4, names: { outcome: 'failed' } }),
      // Of a model without a price.
      { atMs: midnight + 5, ...nothing },
    ]);
    expect(patterns(store, period).patterns).toMatchObject([
      { requests: 8, repeated: 2, near: 1, missedUsd: 2, nearUsd: 4 },
    ]);
  });

  it('are those asked for: of a time, by a filter, that often, and so many', async () => {
    const store = await storeOf(
      ['a', 'b', 'b', 'b', 'c', 'c'].map((shape, at) => ask(at, `${at}`, { shape, names: { key: shape } })),
    );
    const shapesFor = (query: Parameters<typeof patterns>[1]) =>
      patterns(store, { ...period, ...query }).patterns.map(({ shape }) => shape);
    expect(shapesFor({})).toEqual(['b', 'c']);
    expect(shapesFor({ atLeast: 1 })).toEqual(['b', 'c', 'a']);
    expect(shapesFor({ atLeast: 3 })).toEqual(['b']);
    expect(shapesFor({ where: { key: ['a', 'c'] } })).toEqual(['c']);
    expect(shapesFor({ toMs: midnight + 3 })).toEqual(['b']);
    expect(patterns(store, { ...period, limit: 1 })).toMatchObject({
      patterns: [{ shape: 'b' }],
      others: 1,
      requests: 5,
    });
    expect(() => patterns(store, { ...period, where: { colour: 'red' } })).toThrow('have no "colour"');
    expect(patterns(store, { ...period, where: { key: 'nobody' } })).toMatchObject({ basis: 'source', patterns: [] });
  });
});
