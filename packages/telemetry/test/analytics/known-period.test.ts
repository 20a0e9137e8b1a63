import { describe, expect, it } from 'vitest';
import { cost } from '../../src/analytics/cost.ts';
import { errors } from '../../src/analytics/errors-report.ts';
import { exportEvents } from '../../src/analytics/export-events.ts';
import { knownPeriod } from '../../src/analytics/known-period.ts';
import { overview } from '../../src/analytics/overview.ts';
import { patterns } from '../../src/analytics/patterns.ts';
import { savings } from '../../src/analytics/savings.ts';
import { snapshot } from '../../src/analytics/snapshot.ts';
import { summary } from '../../src/analytics/summary.ts';
import { top } from '../../src/analytics/top.ts';
import { lookupKind } from '../../src/kinds/cache.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { day, hour, midnight, storeOf } from './support.ts';

const nowMs = midnight + day;
const endMs = nowMs + hour / 12;
const longAgo = Date.UTC(1, 0);
const asked = [{ atMs: midnight - 3 * day + 5 }, { atMs: midnight }];

describe('a time that is asked for', () => {
  it('begins with the first event that is known, where it is longer than any is kept', async () => {
    const store = await storeOf(asked);
    for (const fromMs of [longAgo, Number.NEGATIVE_INFINITY])
      expect(knownPeriod(store, { fromMs, nowMs })).toEqual({ fromMs: midnight - 3 * day, toMs: endMs });
    const long = { fromMs: midnight - 3 * day, toMs: endMs };
    expect(knownPeriod(store, { days: 1e9, nowMs })).toEqual(long);
    expect(knownPeriod(store, { fromMs: longAgo, toMs: Date.UTC(9999, 0), nowMs })).toEqual(long);
  });

  it('is what was asked for, as long as sums are kept that long', async () => {
    const store = await storeOf(asked);
    const year = { fromMs: nowMs - 400 * day, toMs: nowMs };
    expect(knownPeriod(store, { ...year, nowMs })).toEqual(year);
  });

  it('is no longer than sums are kept where nothing is known of it', async () => {
    const none = openEventStore({ path: ':memory:' });
    expect(knownPeriod(none, { fromMs: longAgo, nowMs })).toEqual({ fromMs: endMs - 400 * day, toMs: endMs });
    const store = await storeOf(asked);
    const toMs = Date.UTC(2000, 0);
    expect(knownPeriod(store, { fromMs: longAgo, toMs, nowMs })).toEqual({ fromMs: toMs - 400 * day, toMs });
    expect(knownPeriod(store, { fromMs: longAgo, nowMs }, [lookupKind]).fromMs).toBe(endMs - 400 * day);
  });

  it('is bounded in every report, and so is what is drawn of it', async () => {
    const store = await storeOf(asked);
    const query = { fromMs: longAgo, nowMs };
    for (const report of [summary, top, overview, savings, errors, patterns, snapshot, cost])
      expect(report(store, query)).toMatchObject({ fromMs: midnight - 3 * day, toMs: endMs });
    expect(cost(store, query).days).toHaveLength(4);
    expect([...exportEvents(store, { ...query, kind: 'lookup', format: 'json' })]).toEqual([
      { text: '[]\n', events: 0 },
    ]);
  });

  it('is drawn in as many points where sums are kept for longer', async () => {
    const store = await storeOf([{ atMs: midnight - 9000 * day }, { atMs: midnight }]);
    const query = { fromMs: longAgo, nowMs };
    const { total, series } = summary(store, query);
    expect(total.requests).toBe(2);
    for (const { length } of [series.atMs, overview(store, query).series.atMs, savings(store, query).atMs])
      expect(length).toBeLessThanOrEqual(61);
  });
});
