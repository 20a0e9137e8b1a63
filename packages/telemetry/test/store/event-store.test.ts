import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';
import { loadSqlite } from '../../src/store/open-database.ts';
import { exportRequests, type MadeRequest } from './support.ts';

let folder: string;
const opened: EventStore[] = [];
const open = (options: Partial<Parameters<typeof openEventStore>[0]> = {}): EventStore => {
  const store = openEventStore({ path: join(folder, 'state', 'events.sqlite'), ...options });
  opened.push(store);
  return store;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A full hour. */
const noon = 495_000 * hour;

const countOf = (store: EventStore, fromMs: number, toMs: number): number =>
  store.aggregate(requestKind, { fromMs, toMs }).reduce((sum, { count }) => sum + count, 0);

describe('a store of events', () => {
  it('sums up what was recorded', async () => {
    const store = open();
    await exportRequests(store, [
      { atMs: noon, model: 'small', durationUs: 40, costMicroUsd: 7 },
      { atMs: noon + 1, model: 'small', durationUs: 60, costMicroUsd: 8 },
      { atMs: noon + 2, model: 'large', durationUs: 50, costMicroUsd: 100 },
    ]);
    const groups = store.aggregate(requestKind, { fromMs: noon, toMs: noon + hour, by: ['model'] });
    expect(groups.map(({ names, count, totals }) => [names.model, count, totals.cost])).toEqual([
      ['small', 2, 15],
      ['large', 1, 100],
    ]);
    expect(groups[0]?.spreads.duration?.quantile(1)).toBe(60);
    expect(groups[0]?.totals.saved_cache).toBeUndefined();
  });

  it('tells intervals and names apart, and leaves out what does not fit', async () => {
    const store = open();
    await exportRequests(store, [
      { atMs: noon },
      { atMs: noon + 6 * minute },
      { atMs: noon + 7 * minute, outcome: 'failed' },
      { atMs: noon + 8 * minute, model: 'large' },
    ]);
    const query = { fromMs: noon, toMs: noon + hour, stepMs: 5 * minute, by: ['outcome'], where: { model: 'small' } };
    expect(
      store.aggregate(requestKind, query).map(({ atMs, names, count }) => [atMs - noon, names.outcome, count]),
    ).toEqual([
      [0, 'complete', 1],
      [5 * minute, 'complete', 1],
      [5 * minute, 'failed', 1],
    ]);
  });

  it('is exact to the millisecond where events are kept, whatever the buckets', async () => {
    const times = integer({ min: noon, max: noon + 4 * hour });
    await assert(
      asyncProperty(array(times, { minLength: 1, maxLength: 40 }), times, times, async (all, one, other) => {
        const store = openEventStore({ path: ':memory:' });
        await exportRequests(
          store,
          all.map((atMs) => ({ atMs })),
        );
        const [fromMs, toMs] = [Math.min(one, other), Math.max(one, other) + 1];
        expect(countOf(store, fromMs, toMs)).toBe(all.filter((atMs) => atMs >= fromMs && atMs < toMs).length);
        await store.close();
      }),
      { numRuns: 60 },
    );
  });

  it('comes to the same from events, short sums and long sums', async () => {
    const anyRequest = record({
      atMs: integer({ min: noon, max: noon + 3 * hour - 1 }),
      model: constantFrom('small', 'large'),
      durationUs: integer({ min: 0, max: 1e7 }),
      costMicroUsd: integer({ min: 0, max: 1000 }),
    });
    await assert(
      asyncProperty(array(anyRequest, { minLength: 1, maxLength: 60 }), async (requests: MadeRequest[]) => {
        const store = openEventStore({ path: ':memory:' });
        // In two lots, so that sums are read back and added to.
        await exportRequests(store, requests.slice(0, 10));
        await exportRequests(store, requests.slice(10));
        const told = [hour, 5 * minute].map((stepMs) => {
          const groups = store.aggregate(requestKind, { fromMs: noon, toMs: noon + 3 * hour, stepMs, by: ['model'] });
          return ['small', 'large'].map((model) => {
            const those = groups.filter(({ names }) => names.model === model);
            return [
              those.reduce((sum, { count }) => sum + count, 0),
              those.reduce((sum, { totals }) => sum + (totals.cost ?? 0), 0),
            ];
          });
        });
        expect(told[0]).toEqual(told[1]);
        expect(told[0]).toEqual(
          ['small', 'large'].map((model) => {
            const those = requests.filter((request) => request.model === model);
            return [those.length, those.reduce((sum, { costMicroUsd = 0 }) => sum + costMicroUsd, 0)];
          }),
        );
        await store.close();
      }),
      { numRuns: 40 },
    );
  });

  it('keeps thousands of events of one millisecond', async () => {
    const store = open();
    await exportRequests(
      store,
      Array.from({ length: 3000 }, () => ({ atMs: noon })),
    );
    expect(countOf(store, noon, noon + hour)).toBe(3000);
    expect(countOf(store, noon, noon + 1)).toBe(1024);
  });

  it('is written to by several at once', async () => {
    const [one, other] = [open(), open()];
    for (let round = 0; round < 5; round += 1) {
      await exportRequests(one, [{ atMs: noon, model: `one ${round}` }, { atMs: noon }]);
      await exportRequests(other, [{ atMs: noon, model: `other ${round}` }, { atMs: noon }]);
    }
    expect(countOf(one, noon, noon + hour)).toBe(20);
    expect(countOf(other, noon, noon + 1)).toBe(20);
    expect(one.aggregate(requestKind, { fromMs: noon, toMs: noon + hour, by: ['model'] })).toHaveLength(11);
  });

  it('is there when it is opened again, and cannot be read by others', async () => {
    const store = open();
    await exportRequests(store, [{ atMs: noon }]);
    await store.close();
    expect(countOf(open({ isReadOnly: true }), noon, noon + hour)).toBe(1);
    expect((await stat(join(folder, 'state', 'events.sqlite'))).mode & 0o777).toBe(0o600);
  });

  it('keeps sums longer than events', async () => {
    const store = open({ now: () => noon + 20 * day });
    await exportRequests(store, [{ atMs: noon }, { atMs: noon + 10 * day }]);
    expect(store.prune()).toBe(1);
    // The event is gone: its time is told to five minutes.
    expect(countOf(store, noon + 1, noon + minute)).toBe(1);
    expect(countOf(store, noon + 10 * day + 1, noon + 10 * day + minute)).toBe(0);
    await store.close();
    const later = open({ now: () => noon + 50 * day });
    expect(later.prune()).toBeGreaterThan(0);
    expect(countOf(later, noon + 30 * minute, noon + 40 * minute)).toBe(1);
    await later.close();
    const muchLater = open({ now: () => noon + 500 * day });
    muchLater.prune();
    expect(countOf(muchLater, noon, noon + 100 * day)).toBe(0);
  });

  it('grows no larger than it may: the oldest events go, and their sums stay', async () => {
    const maxBytes = 1_000_000;
    const store = open({ maxBytes, now: () => noon + day });
    const many = Array.from({ length: 20_000 }, (_, index) => ({ atMs: noon + index * 1000, id: 'x'.repeat(60) }));
    await exportRequests(store, many);
    store.prune();
    expect((await stat(join(folder, 'state', 'events.sqlite'))).size).toBeLessThanOrEqual(maxBytes);
    expect(countOf(store, noon, noon + day)).toBe(20_000);
  });

  it('keeps events where it is something else that takes its room', async () => {
    const store = open({ maxBytes: 1_000_000, now: () => noon + day });
    await exportRequests(
      store,
      Array.from({ length: 1000 }, (_, index) => ({ atMs: noon + index })),
    );
    const { DatabaseSync } = loadSqlite();
    const other = new DatabaseSync(join(folder, 'state', 'events.sqlite'));
    other.exec("INSERT INTO request_series (combination, model) VALUES (hex(zeroblob(1000000)), 'long')");
    other.close();
    store.prune();
    expect(store.list(requestKind, { fromMs: noon, toMs: noon + hour, limit: 2000 })).toHaveLength(1000);
  });

  it('writes all of a transaction or nothing', async () => {
    const store = open();
    const unknown = { ...requestKind, name: 'unknown' };
    const rows = new Float64Array(2 + requestKind.measureNames.length).fill(Number.NaN);
    rows[0] = noon;
    const batch = { count: 1, rows, texts: ['r'], namesOf: () => requestKind.dimensionNames.map(() => 'x') };
    expect(() =>
      store.write([
        { ...batch, kind: requestKind },
        { ...batch, kind: unknown },
      ]),
    ).toThrow('no tables');
    expect(countOf(store, noon, noon + hour)).toBe(0);
    store.write([{ ...batch, kind: requestKind }]);
    expect(countOf(store, noon, noon + hour)).toBe(1);
  });

  it.skipIf(process.platform !== 'linux')('refuses a folder that cannot be made, at once', () => {
    // Where Node's own recursive mkdir never returns.
    expect(() => open({ path: '/proc/nothing/state/events.sqlite' })).toThrow(
      expect.objectContaining({ code: 'TELEMETRY_STORE_UNAVAILABLE' }),
    );
  });

  it('refuses what is no store of its own', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'nothing of the kind '.repeat(100));
    expect(() => open({ path })).toThrow(expect.objectContaining({ code: 'TELEMETRY_STORE_UNAVAILABLE' }));
    expect(() => open({ path: join(folder, 'absent'), isReadOnly: true })).toThrow('cannot be used');
  });

  it.each([
    [{ by: ['colour'] }, 'no "colour"'],
    [{ where: { "model' OR 1": 'x' } }, 'have no'],
    [{ fromMs: 5, toMs: 5 }, 'before it begins'],
    [{ stepMs: 1000 }, 'five minutes'],
  ])('refuses to sum up by %j', (query, reason) => {
    const store = open();
    expect(() => store.aggregate(requestKind, { fromMs: noon, toMs: noon + hour, ...query })).toThrow(
      expect.objectContaining({ code: 'TELEMETRY_QUERY_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});
