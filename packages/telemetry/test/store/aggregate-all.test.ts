import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import type { Group, Grouping } from '../../src/store/query.ts';
import { hour, midnight } from '../analytics/support.ts';
import { exportRequests, type MadeRequest } from './support.ts';

/** What can be compared: histograms by their buckets. */
const told = (groups: readonly Group[] | undefined) =>
  (groups ?? [])
    .map(({ spreads, ...group }) => ({
      ...group,
      spreads: Object.fromEntries(Object.entries(spreads).map(([name, spread]) => [name, [...spread.buckets()]])),
    }))
    .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));

const groupings: readonly Grouping[] = [
  { by: ['model'], spreads: ['duration'], totals: ['cost'] },
  { stepMs: hour, by: ['outcome'], spreads: [], totals: [] },
  { stepMs: 2 * hour },
];

describe('several sums at once', () => {
  it('are what each alone would be, and what the events come to', async () => {
    const anyRequest = record({
      atMs: integer({ min: midnight, max: midnight + 3 * hour - 1 }),
      model: constantFrom('small', 'large', 'ümläut "\u0000'),
      outcome: constantFrom('complete', 'failed'),
      // From one byte in the histogram to several.
      durationUs: integer({ min: 0, max: 2 ** 40 }),
      costMicroUsd: integer({ min: 0, max: 1000 }),
    });
    await assert(
      asyncProperty(array(anyRequest, { minLength: 1, maxLength: 200 }), async (requests: MadeRequest[]) => {
        const store = openEventStore({ path: ':memory:' });
        await exportRequests(store, requests);
        const range = { fromMs: midnight, toMs: midnight + 3 * hour };
        const all = store.aggregateAll(requestKind, range, groupings);
        groupings.forEach((grouping, place) => {
          expect(told(all[place])).toEqual(told(store.aggregate(requestKind, { ...range, ...grouping })));
        });
        // Ends within five minutes are read from single events, not from sums.
        const ragged = { fromMs: midnight, toMs: midnight + 3 * hour - 1 };
        const last = requests.filter(({ atMs }) => atMs === ragged.toMs).length;
        const [sum] = store.aggregate(requestKind, ragged);
        expect(sum?.count ?? 0).toBe(requests.length - last);
        for (const model of new Set(requests.map((request) => request.model))) {
          const its = requests.filter((request) => request.model === model);
          const group = all[0]?.find(({ names }) => names.model === model);
          expect(group?.count).toBe(its.length);
          expect(group?.totals.cost).toBe(its.reduce((total, { costMicroUsd = 0 }) => total + costMicroUsd, 0));
          expect(group?.spreads.duration?.count).toBe(its.length);
          const highest = Math.max(...its.map(({ durationUs = 0 }) => durationUs));
          expect(Math.abs((group?.spreads.duration?.quantile(1) ?? 0) - highest)).toBeLessThanOrEqual(highest / 64);
        }
        await store.close();
      }),
      { numRuns: 30 },
    );
  });

  it('take from a filter only what fits', async () => {
    const store = openEventStore({ path: ':memory:' });
    await exportRequests(store, [
      { atMs: midnight, model: 'small', durationUs: 10 },
      { atMs: midnight, model: 'large', durationUs: 1_000_000 },
      { atMs: midnight, model: 'small', durationUs: 30 },
    ]);
    const [groups] = store.aggregateAll(
      requestKind,
      { fromMs: midnight, toMs: midnight + hour, where: { model: 'small' } },
      [{ by: ['model'] }],
    );
    expect(groups?.map(({ names, count, spreads }) => [names.model, count, spreads.duration?.quantile(1)])).toEqual([
      ['small', 2, 30],
    ]);
  });
});
