import { describe, expect, it } from 'vitest';
import { cost } from '../../src/analytics/cost.ts';
import { errors } from '../../src/analytics/errors-report.ts';
import { overview } from '../../src/analytics/overview.ts';
import { savings } from '../../src/analytics/savings.ts';
import { summary } from '../../src/analytics/summary.ts';
import { top } from '../../src/analytics/top.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { type Asked, day, hour, midnight, storeOf, storeWithTraffic } from './support.ts';

const period = { fromMs: midnight, toMs: midnight + day };
const dollar = 1e6;
const none = (count: number): readonly number[] => new Array<number>(count).fill(0);

describe('a summary', () => {
  const requests: readonly Asked[] = [
    { atMs: midnight + 1, figures: { duration: 100_000, first_token: 40_000, cost: 2 * dollar, input: 10, output: 5 } },
    { atMs: midnight + hour, figures: { duration: 300_000, cost: dollar, input: 1, cached_input: 7 } },
    {
      atMs: midnight + hour,
      names: { cache: 'hit', model: 'large' },
      figures: { duration: 1000, saved_cache: dollar },
    },
    { atMs: midnight + 2 * hour, names: { cache: 'coalesced' }, figures: { saved_coalescing: dollar / 2 } },
    { atMs: midnight + 3 * hour, names: { outcome: 'failed', code: 'X', cache: 'bypass' }, figures: { unpriced: 1 } },
    { atMs: midnight + 3 * hour, names: { outcome: 'left' } },
  ];

  it('adds up what was asked, how it went and what it cost', async () => {
    const { total, refused, before, groups } = summary(await storeOf(requests), period);
    expect(total).toMatchObject({
      requests: 6,
      failed: 1,
      left: 1,
      errorRate: 1 / 5,
      tokens: { input: 11, cachedInput: 7, cacheWrite: 0, output: 5, reasoning: 0 },
      costUsd: 3,
      unpriced: 1,
      savedUsd: { cache: 1, coalescing: 0.5, promptCache: 0, batch: 0 },
      cache: { hits: 1, coalesced: 1, misses: 3, bypassed: 1, hitRate: 0.4 },
    });
    expect(total.durationMs?.p50).toBeCloseTo(100, -1);
    expect(total.durationMs?.p99).toBeCloseTo(300, -1);
    expect(total.firstTokenMs?.p50).toBeCloseTo(40, 0);
    expect([refused, before, groups]).toEqual([0, null, []]);
  });

  it('tells how long answers took, not how soon requests were refused or left', async () => {
    const quick = { duration: 2000, first_token: 1000 };
    const store = await storeOf([
      { atMs: midnight, figures: { duration: 900_000, first_token: 300_000 } },
      ...[1, 2, 3].map((atMs) => ({ atMs: midnight + atMs, names: { outcome: 'failed' }, figures: quick })),
      { atMs: midnight + 4, names: { outcome: 'left' }, figures: { duration: 60_000_000, first_token: 50_000_000 } },
    ]);
    const { total, series, groups } = summary(store, { ...period, by: 'model' });
    for (const told of [total, groups[0], overview(store, period).total, top(store, period).entries[0] ?? total]) {
      expect(told?.durationMs?.p50).toBeCloseTo(900, -2);
      expect(told?.durationMs?.p99).toBeCloseTo(900, -2);
      expect(told?.firstTokenMs?.p50).toBeCloseTo(300, -2);
      expect(told?.errorRate).toBe(0.75);
    }
    expect(series.p95Ms[0]).toBeCloseTo(900, -2);
    expect(overview(store, period).series).toMatchObject({ failed: [3, ...none(47)], left: [1, ...none(47)] });
  });

  it('tells names apart, and the intervals', async () => {
    const { groups, series, stepMs } = summary(await storeOf(requests), { ...period, by: 'model' });
    expect(groups.map(({ name, requests: count, costUsd }) => [name, count, costUsd])).toEqual([
      ['small', 5, 3],
      ['large', 1, 0],
    ]);
    expect(stepMs).toBe(30 * 60_000);
    const inHours = [0, 2, 4, 6].map((place) => [series.requests[place], series.failed[place], series.costUsd[place]]);
    expect(inHours).toEqual([
      [1, 0, 2],
      [2, 0, 1],
      [1, 0, 0],
      [2, 1, 0],
    ]);
    expect(series.atMs[2]).toBe(midnight + hour);
    expect(series.p95Ms[2]).toBeCloseTo(300, -1);
    expect(series.p95Ms[1]).toBeNull();
    expect(groups[0]?.requestsByInterval.filter((count) => count > 0)).toEqual([1, 1, 1, 2]);
  });

  it('is told against the time before, if enough is known of it', async () => {
    const earlier = [0, 1, 2, 3].map((index) => ({ atMs: midnight - day + index * hour, figures: { cost: dollar } }));
    const known = summary(await storeOf([...earlier, ...requests]), period);
    expect(known.before).toMatchObject({ requests: 4, costUsd: 4 });
    expect(known.change).toMatchObject({ requests: 0.5, costUsd: -0.25, errorRate: null });
    const late = earlier.map(({ atMs, ...rest }) => ({ atMs: atMs + 12 * hour, ...rest }));
    expect(summary(await storeOf([...late, ...requests]), period)).toMatchObject({
      before: null,
      change: { requests: null },
    });
  });

  it('takes only what the filter lets through', async () => {
    const store = await storeOf(requests);
    expect(summary(store, { ...period, where: { model: 'large' } }).total.requests).toBe(1);
    expect(summary(store, { ...period, where: { model: ['large', 'small'], outcome: 'left' } }).total.requests).toBe(1);
    expect(() => summary(store, { ...period, by: 'colour' })).toThrow('have no "colour"');
  });

  it('is the same question for five minutes, and ends with those that go on', async () => {
    const store = await storeOf(requests);
    const nowMs = midnight + 12 * hour;
    const [one, other] = [summary(store, { nowMs, days: 1 }), summary(store, { nowMs: nowMs + 299_999, days: 1 })];
    expect(one.toMs).toBe(nowMs + 300_000);
    expect(other).toEqual(one);
    expect(one.total.requests).toBe(6);
  });

  it('tells which tiers answered', async () => {
    const store = await storeWithTraffic({ requests: 3000, fromMs: midnight, days: 1 });
    const { tiers, total, refused } = summary(store, period);
    expect(tiers.map(({ tier }) => tier)).toEqual(['hot', 'warm', 'disk']);
    expect(tiers.reduce((sum, { hits }) => sum + hits, 0)).toBe(total.cache.hits);
    expect(tiers[0]?.hitRate).toBeCloseTo((tiers[0]?.hits ?? 0) / (3000 - total.cache.bypassed), 10);
    expect(refused).toBeGreaterThan(0);
  });

  it('leaves the tiers out where a filter is set that lookups cannot follow, and says so', async () => {
    const store = await storeWithTraffic({ requests: 300, fromMs: midnight, days: 1 });
    for (const report of [summary, overview]) {
      const filtered = report(store, { ...period, where: { model: ['nope'] } });
      expect(filtered.tiers).toEqual([]);
      expect(filtered.tiersLeftOut).toMatch(/not recorded by model.*of all requests/);
      const { tiers, tiersLeftOut } = report(store, period);
      expect([tiers.length > 0, tiersLeftOut]).toEqual([true, null]);
    }
  });
});

describe('names that are not told apart', () => {
  it('are those of others than one who makes hundreds of them up', async () => {
    const made = Array.from({ length: 700 }, (_, index) => ({
      atMs: midnight + index,
      names: { key: 'noisy', agent: `agent ${index % 90}`, model: `model ${index % 91}` },
      figures: { cost: 1_000_000 },
    }));
    const honest = ['one', 'two'].map((key) => ({ atMs: midnight, names: { key }, figures: { cost: 1_000_000 } }));
    const store = await storeOf([...made, ...honest], undefined, 500);
    const period = { fromMs: midnight, toMs: midnight + day };
    const { entries, overflowed } = top(store, { ...period, by: ['key'] });
    expect(entries.map(({ names, costUsd }) => [names.key, costUsd])).toEqual([
      ['noisy', 700],
      ['one', 1],
      ['two', 1],
    ]);
    expect(overflowed).toBe(0);
    const byAgent = top(store, { ...period, by: ['agent'], limit: 1 });
    expect(byAgent.overflowed).toBeGreaterThan(50);
    const its = cost(store, { ...period, by: 'agent', nowMs: midnight + day });
    expect(its.overflowed).toBe(byAgent.overflowed);
    expect(its.groups.find(({ name }) => name === 'other')?.costUsd).toBe(its.overflowed);
    expect(cost(store, period).overflowed).toBe(0);
    const told = overview(store, period).overflowed;
    expect(told).toMatchObject({ keys: 0, agents: its.overflowed });
    expect(told.models).toBeGreaterThan(0);
  });

  it('are no ends that are called other', async () => {
    const store = await storeOf([{ atMs: midnight, names: { finish: 'other' }, figures: { cost: 1 } }]);
    expect(top(store, { fromMs: midnight, toMs: midnight + day, by: ['finish'] }).overflowed).toBe(0);
  });
});

describe('the top', () => {
  it('is ordered by what is asked for, with its share', async () => {
    const store = await storeOf([
      { atMs: midnight, names: { key: 'a', model: 'x' }, figures: { cost: 3 * dollar, duration: 10 } },
      { atMs: midnight, names: { key: 'a', model: 'x', outcome: 'failed' }, figures: { duration: 10 } },
      { atMs: midnight, names: { key: 'b', model: 'x' }, figures: { cost: dollar, duration: 90_000 } },
      { atMs: midnight, names: { key: 'b', model: 'y' }, figures: { duration: 10 } },
    ]);
    const told = (query: Parameters<typeof top>[1]) =>
      top(store, { ...period, ...query }).entries.map(({ names, share }) => [...Object.values(names), share]);
    expect(told({})).toEqual([['x', 1]]);
    expect(told({ by: ['key'] })).toEqual([
      ['a', 0.75],
      ['b', 0.25],
    ]);
    expect(told({ by: ['key', 'model'], order: 'requests', limit: 1 })).toEqual([['a', 'x', 0.5]]);
    expect(told({ by: ['key'], order: 'failed' })).toEqual([['a', 1]]);
    expect(told({ by: ['key'], order: 'p95' })).toEqual([
      ['b', null],
      ['a', null],
    ]);
    expect(top(store, { ...period, by: ['key'], limit: 1 }).others).toBe(1);
    expect(() => top(store, { ...period, order: 'beauty' as never })).toThrow('Choose one of: cost');
  });
});

describe('the top where nothing costs anything', () => {
  const local = [1, 2, 3].map((atMs) => ({ atMs: midnight + atMs, names: { model: atMs < 3 ? 'llama' : 'qwen' } }));

  it('goes by requests', async () => {
    const { order, entries, requests } = top(await storeOf(local), period);
    expect([order, requests]).toEqual(['requests', 3]);
    expect(entries.map(({ names, value }) => [names.model, value])).toEqual([
      ['llama', 2],
      ['qwen', 1],
    ]);
  });

  it('says how many there are that an order tells nothing of', async () => {
    const { order, entries, requests } = top(await storeOf(local), { ...period, order: 'failed' });
    expect([order, entries, requests]).toEqual(['failed', [], 3]);
  });
});

describe('errors', () => {
  const failed = (atMs: number, id: string, code = 'ROUTER_TIMEOUT') => ({
    atMs,
    id,
    names: { outcome: 'failed', code },
  });

  it('are told by code, provider and model, with when and to whom they happened', async () => {
    const store = await storeOf([
      failed(midnight + 5000, 'first'),
      failed(midnight + 6 * hour, 'second'),
      failed(midnight + 6 * hour + 1, 'third'),
      failed(midnight + hour, 'other', 'ROUTER_STREAM_CUT'),
      { atMs: midnight + 7 * hour, id: 'fine' },
    ]);
    const { entries, requests, failed: all, refused } = errors(store, { ...period, examples: 3 });
    expect([requests, all, refused]).toEqual([5, 4, 0]);
    expect(entries[0]).toEqual({
      kind: 'request',
      code: 'ROUTER_TIMEOUT',
      name: '',
      provider: 'openai',
      model: 'small',
      count: 3,
      share: 0.6,
      firstMs: midnight + 5000,
      lastMs: midnight + 6 * hour + 1,
      examples: ['third', 'second', 'first'],
    });
    expect(entries[1]).toMatchObject({ code: 'ROUTER_STREAM_CUT', count: 1, examples: ['other'] });
    expect(errors(store, { ...period, limit: 1 })).toMatchObject({ others: 1 });
  });

  it('are told to the hour where single events are gone', async () => {
    const store = openEventStore({ path: ':memory:', now: () => midnight + 20 * day });
    await storeOf([failed(midnight + hour + 5000, 'gone')], store);
    store.prune();
    expect(errors(store, { fromMs: midnight, toMs: midnight + 20 * day }).entries[0]).toMatchObject({
      count: 1,
      firstMs: midnight + hour,
      lastMs: midnight + hour,
      examples: [],
    });
  });

  it('are those of calls and refusals as well', async () => {
    const store = await storeWithTraffic({ requests: 5000, fromMs: midnight, days: 1 });
    const report = errors(store, { ...period, limit: 1000 });
    const sum = (kind: string): number =>
      report.entries.filter((entry) => entry.kind === kind).reduce((all, { count }) => all + count, 0);
    expect(sum('request')).toBe(report.failed);
    expect(sum('refusal')).toBe(report.refused);
    expect(sum('attempt')).toBeGreaterThan(report.failed);
    expect(errors(store, { ...period, where: { provider: 'openai' } }).entries.map(({ kind }) => kind)).not.toContain(
      'refusal',
    );
  });
});

describe('the cost', () => {
  const spend = (days: number, usd: number, more: Partial<Asked> = {}): Asked => ({
    atMs: midnight + days * day + hour,
    figures: { cost: usd * dollar },
    ...more,
  });

  it('is told by day and by name', async () => {
    const store = await storeOf([spend(0, 1), spend(0, 2, { names: { key: 'b' } }), spend(2, 4)]);
    const report = cost(store, { fromMs: midnight, toMs: midnight + 3 * day, nowMs: midnight + 3 * day, by: 'key' });
    expect(report.days.map(({ day: name, costUsd, requests }) => [name, costUsd, requests])).toEqual([
      ['2026-06-18', 3, 2],
      ['2026-06-19', 0, 0],
      ['2026-06-20', 4, 1],
    ]);
    expect(report.groups.map(({ name, share, costUsdByDay }) => [name, share, costUsdByDay])).toEqual([
      ['laptop', 5 / 7, [1, 0, 4]],
      ['b', 2 / 7, [2, 0, 0]],
    ]);
    expect(report.costUsd).toBe(7);
  });

  it('is projected to the end of the month by the last whole days', async () => {
    // From the 10th to the 19th, a dollar a day, the last three; noon of the 20th has half a dollar.
    const nowMs = midnight + 2.5 * day;
    const daily = Array.from({ length: 10 }, (_, index) => spend(index - 8, index >= 7 ? 3 : 1));
    const store = await storeOf([...daily, spend(2, 0.5)]);
    const { projection } = cost(store, { nowMs });
    expect(projection).toMatchObject({ month: '2026-06', spentUsd: 16.5, basisDays: 7 });
    // Four days at 1 and three at 3.
    expect(projection?.perDayUsd).toBeCloseTo(13 / 7, 10);
    expect(projection?.projectedUsd).toBeCloseTo(16.5 + (13 / 7) * 10.5, 10);
    expect(projection?.lowUsd).toBeCloseTo(16.5 + 10.5, 10);
    expect(projection?.highUsd).toBeCloseTo(16.5 + 31.5, 10);
  });

  it('is not projected without a whole day', async () => {
    expect(cost(await storeOf([spend(0, 1)]), { nowMs: midnight + day / 2 }).projection).toBeNull();
    expect(cost(await storeOf([]), { nowMs: midnight }).projection).toBeNull();
  });
});

describe('savings', () => {
  it('are told by what made them, and what was not saved', async () => {
    const store = await storeOf([
      { atMs: midnight, figures: { cost: 2 * dollar, saved_prompt_cache: dollar, input: 100 } },
      { atMs: midnight, names: { cache: 'hit' }, figures: { saved_cache: 4 * dollar } },
      { atMs: midnight, names: { lane: 'batch' }, figures: { cost: dollar, saved_batch: dollar } },
      { atMs: midnight, names: { cache: 'bypass' }, figures: { cost: dollar } },
      { atMs: midnight, names: { outcome: 'failed' }, figures: { cost: dollar / 2 } },
    ]);
    const report = savings(store, period);
    expect([report.spentUsd, report.savedUsd, report.share]).toEqual([4.5, 6, 6 / 10.5]);
    expect(report.savings.map(({ kind, usd, requests }) => [kind, usd, requests])).toEqual([
      ['cache', 4, 1],
      ['coalescing', 0, 0],
      ['prompt_cache', 1, null],
      ['batch', 1, 1],
    ]);
    expect(report.savings[0]?.usdByInterval[0]).toBe(4);
    expect(report.missed.map(({ kind, usd, tokens }) => [kind, usd, tokens])).toEqual([
      ['bypassed', 1, null],
      ['failed', 0.5, null],
      ['uncached_input', null, 100],
    ]);
  });
});
