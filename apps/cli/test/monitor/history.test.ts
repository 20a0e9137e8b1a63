import { array, assert, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../src/monitor/history.ts';
import { type Buckets, percentilesOf, quantileOf } from '../../src/monitor/percentiles.ts';
import type { Reading } from '../../src/monitor/reading.ts';

const readingOf = (counts: Readonly<Record<string, number>>, startedAt = 1000): Reading => ({
  startedAt,
  counts: new Map(Object.entries(counts)),
  inFlight: 0,
  targets: new Map(),
  tiers: [],
  batches: undefined,
  process: {},
});

describe('the history of a gateway', () => {
  it('takes rates between readings, over the time that passed', () => {
    const history = createHistory();
    for (const [second, requests] of [100, 110, 130, 160].entries())
      history.add(readingOf({ requests }), second * 2000);
    expect(history.rates('requests', 10)).toEqual([5, 10, 15]);
    expect(history.span(4000)).toMatchObject({ seconds: 4 });
    expect(history.span(4000)?.of('requests')).toBe(50);
    expect(history.span(60_000)?.of('requests')).toBe(60);
  });

  it('knows no rate of a single reading, and none across a gap', () => {
    const history = createHistory();
    expect(history.span(5000)).toBeUndefined();
    history.add(readingOf({ requests: 5 }), 0);
    expect(history.span(5000)).toBeUndefined();
    history.addGap(1000);
    expect(history.span(5000)).toBeUndefined();
    history.add(readingOf({ requests: 900 }), 60_000);
    expect(history.span(60_000)).toBeUndefined();
    history.add(readingOf({ requests: 901 }), 61_000);
    expect(history.span(60_000)?.of('requests')).toBe(1);
    expect(history.rates('requests', 10)).toEqual([undefined, undefined, 1]);
  });

  it('goes on counting where a gateway began anew', () => {
    const history = createHistory();
    history.add(readingOf({ requests: 1000, cost: 5 }), 0);
    history.add(readingOf({ requests: 1010, cost: 6 }), 1000);
    history.add(readingOf({ requests: 3, cost: 0.5 }, 2000), 2000);
    expect([history.total('requests'), history.total('cost')]).toEqual([1013, 6.5]);
    expect(history.rates('requests', 10)).toEqual([10, 3]);
    // It has overtaken what the old one had counted: its start alone tells.
    history.add(readingOf({ requests: 4000, cost: 0.5 }, 3000), 3000);
    expect(history.total('requests')).toBe(5013);
  });

  it('goes on with a counter that was missing for once', () => {
    const history = createHistory();
    history.add(readingOf({ hits: 100 }), 0);
    history.add(readingOf({}), 1000);
    history.add(readingOf({ hits: 101 }), 2000);
    expect(history.total('hits')).toBe(101);
  });

  it('never lets a total fall, or a rate be negative or more than was counted, whatever restarts', () => {
    const step = record({
      rise: integer({ min: 0, max: 100 }),
      seconds: integer({ min: 1, max: 30 }),
      kind: integer({ min: 0, max: 5 }),
    });
    assert(
      property(array(step, { minLength: 2, maxLength: 40 }), (steps) => {
        const history = createHistory();
        let [counted, all, start, at, before] = [0, 0, 1000, 0, 0];
        for (const { rise, seconds, kind } of steps) {
          at += seconds * 1000;
          if (kind === 0) {
            [counted, start] = [0, start + 100];
          } else if (kind === 1) {
            history.addGap(at);
            continue;
          }
          counted += rise;
          all += rise;
          history.add(readingOf({ requests: counted }, start), at);
          expect(history.total('requests')).toBe(all);
          const rate = history.rates('requests', 1)[0];
          if (rate !== undefined) expect(rate * seconds).toBeCloseTo(all - before);
          const span = history.span(60_000);
          if (span) expect(span.of('requests')).toBeLessThanOrEqual(all);
          before = all;
        }
      }),
    );
  });

  it('remembers a minute of counts, and no more', () => {
    const history = createHistory();
    for (let second = 0; second <= 300; second += 1)
      history.add(readingOf({ requests: second * second }), second * 1000);
    expect(history.span(3_600_000)?.seconds).toBe(60);
    expect(history.rates('requests', 1000)).toHaveLength(300);
  });
});

describe('percentiles', () => {
  const buckets: Buckets = [
    [0.1, 50],
    [0.5, 90],
    [1, 90],
    [Number.POSITIVE_INFINITY, 100],
  ];

  it('are taken within the bucket that has them, and are the last bound beyond it', () => {
    expect(quantileOf(buckets, 0.25)).toBeCloseTo(0.05);
    expect(quantileOf(buckets, 0.7)).toBeCloseTo(0.3);
    expect(percentilesOf(buckets)).toEqual({ p50: 0.1, p95: 1, p99: 1 });
  });

  it('are not known of no values', () => {
    expect(percentilesOf([])).toBeUndefined();
    expect(percentilesOf(buckets.map(([upper]) => [upper, 0]))).toBeUndefined();
  });
});
