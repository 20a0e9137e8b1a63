import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventBatch } from '../../src/exporter.ts';
import { defineKind } from '../../src/kind.ts';
import { aggregateAll } from '../../src/store/aggregate.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';
import { HeldSums } from '../../src/store/held-sums.ts';
import { loadSqlite, openDatabase } from '../../src/store/open-database.ts';
import type { Group, Grouping, Range } from '../../src/store/query.ts';

const hour = 3_600_000;
const day = 24 * hour;
const midnight = 20_000 * day;
const kind = defineKind({
  name: 'call',
  about: 'A call.',
  dimensions: { place: 'Where.', way: 'How.' },
  measures: {
    took: { unit: 'microseconds', keep: 'histogram', about: 'How long.' },
    cost: { unit: 'micro-dollars', keep: 'sum', about: 'How much.' },
    memory: { unit: 'bytes', keep: 'highest', about: 'How large.' },
  },
});
const names = ['a', 'b'].flatMap((place) => ['fast', 'slow'].map((way) => [place, way] as const));

interface Call {
  readonly atMs: number;
  readonly series: number;
  readonly figure: number;
}
const batchOf = (calls: readonly Call[]): EventBatch => ({
  kind,
  count: calls.length,
  rows: Float64Array.from(
    calls.flatMap(({ atMs, series, figure }) => [atMs, series, figure, series === 0 ? Number.NaN : figure, figure]),
  ),
  texts: [],
  namesOf: (series) => names[series] ?? [],
});

let folder: string;
const opened: EventStore[] = [];
const open = (path: string): EventStore => {
  const store = openEventStore({ path, kinds: [kind], now: () => midnight });
  opened.push(store);
  return store;
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'held-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

/** Changes the file behind the back of who has it open. */
const edit = (path: string, sql: string): void => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
};

const told = (groups: readonly Group[]) =>
  groups
    .map(({ spreads, ...group }) => ({ ...group, took: [...(spreads.took?.buckets() ?? [])] }))
    .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));

const groupings: readonly (readonly Grouping[])[] = [
  // By the hour, and so in parts of a day.
  [{ by: ['place'] }, { stepMs: 3 * hour, by: ['way'], totals: ['cost'], spreads: [] }],
  [{ stepMs: 2 * day, by: ['place', 'way'], spreads: ['took'] }],
  // By five minutes, and so in parts of an hour.
  [{ stepMs: hour / 4, by: ['way'] }],
];

describe('sums that are held', () => {
  it('are what a store tells that holds none, whoever writes in between', () => {
    const call = record({
      // Few, so that many come to a sum that there is.
      atMs: constantFrom(...[0, 25, 26, 30, 50, 71].flatMap((at) => [midnight + at * hour, midnight + at * hour + 1])),
      series: integer({ min: 0, max: names.length - 1 }),
      figure: integer({ min: 0, max: 1e6 }),
    });
    const step = record({
      calls: array(call, { maxLength: 5 }),
      isOwn: boolean(),
      fromHour: integer({ min: 0, max: 30 }),
      hours: constantFrom(20, 48, 49),
      only: constantFrom(undefined, 'a'),
    });
    let number = 0;
    assert(
      property(array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        number += 1;
        const path = join(folder, `${number}.sqlite`);
        const [own, other] = [open(path), open(path)];
        for (const { calls, isOwn, fromHour, hours, only } of steps) {
          if (calls.length > 0) (isOwn ? own : other).write([batchOf(calls)]);
          const fromMs = midnight + fromHour * hour;
          const range: Range = {
            fromMs,
            toMs: fromMs + hours * hour,
            where: only === undefined ? {} : { place: only },
          };
          for (const asked of groupings) {
            const fresh = open(path);
            const expected = fresh.aggregateAll(kind, range, asked).map(told);
            // The first time nothing is held, the second time it is read by parts, the third time it is held.
            for (let time = 0; time < 3; time += 1)
              expect(own.aggregateAll(kind, range, asked).map(told)).toEqual(expected);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are of a time, whenever what is asked for begins and ends', () => {
    const path = join(folder, 'events.sqlite');
    const store = open(path);
    store.write([batchOf([{ atMs: midnight + hour, series: 1, figure: 5 }])]);
    const costOf = (hours: number): number | undefined => {
      const range = { fromMs: midnight - hours * hour, toMs: midnight + day + hours * hour };
      return store.aggregate(kind, range)[0]?.totals.cost;
    };
    expect([costOf(0), costOf(1)]).toEqual([5, 5]);
    // What was not read again does not show it: it has as many events as before.
    edit(path, 'UPDATE call_h1 SET cost = 7');
    expect(costOf(2)).toBe(5);
  });

  it('are no more than so many, also of parts without groups', () => {
    const path = join(folder, 'events.sqlite');
    const store = open(path);
    const days = Array.from({ length: 12 }, (_, at) => midnight + at * day);
    store.write([batchOf(days.map((atMs) => ({ atMs, series: 1, figure: 5 })))]);
    const database = openDatabase({ path, kinds: [kind], busyMs: 100, isReadOnly: true });
    const held = new HeldSums(database, 10);
    const costOf = (toMs: number, place?: string): number | undefined =>
      aggregateAll(database, held, kind, { fromMs: midnight, toMs, where: place === undefined ? {} : { place } }, [
        {},
      ])[0]?.[0]?.totals.cost;
    for (let time = 0; time < 2; time += 1) expect(costOf(midnight + day)).toBe(5);
    edit(path, 'UPDATE call_h1 SET cost = 7');
    expect(costOf(midnight + day)).toBe(5);
    for (let time = 0; time < 2; time += 1) expect(costOf(midnight + 12 * day, 'nowhere')).toBeUndefined();
    expect(costOf(midnight + day)).toBe(7);
    database.close();
  });

  it('are gone when what they are of is deleted', () => {
    const path = join(folder, 'events.sqlite');
    const store = open(path);
    store.write([batchOf([{ atMs: midnight, series: 1, figure: 5 }])]);
    const range = { fromMs: midnight - day, toMs: midnight + 2 * day };
    for (let time = 0; time < 3; time += 1) expect(store.aggregate(kind, range)).toMatchObject([{ count: 1 }]);
    const later = openEventStore({ path, kinds: [kind], now: () => midnight + 500 * day });
    opened.push(later);
    later.prune();
    expect(store.aggregate(kind, range)).toEqual([]);
  });
});
