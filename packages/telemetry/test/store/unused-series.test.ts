import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventBatch } from '../../src/exporter.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';
import { loadSqlite } from '../../src/store/open-database.ts';
import type { Retention } from '../../src/store/retention.ts';
import { exportRequests } from './support.ts';

const day = 86_400_000;
/** A full hour. */
const noon = 495_000 * 3_600_000;

let folder: string;
let nowMs = noon;
const opened: EventStore[] = [];
const path = (): string => join(folder, 'events.sqlite');
const open = (retention: Retention = {}): EventStore => {
  const store = openEventStore({ path: path(), kinds: [requestKind], now: () => nowMs, ...retention });
  opened.push(store);
  return store;
};
/** Runs a statement as another process would, and tells the first column. */
const told = (sql: string): unknown[] => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path());
  const rows = database.prepare(sql).all();
  database.close();
  return rows.map((row) => Object.values(row)[0]);
};
const models = (): unknown[] => told('SELECT model FROM request_series ORDER BY id');
const counted = (store: EventStore) =>
  store
    .aggregate(requestKind, { fromMs: noon, toMs: noon + 1000 * day, by: ['model'] })
    .map(({ names, count }) => [names.model, count]);

beforeEach(async () => {
  nowMs = noon;
  folder = await mkdtemp(join(tmpdir(), 'series-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

describe('series without events and sums', () => {
  it('are deleted, and the others stay', async () => {
    const store = open();
    await exportRequests(store, [
      { atMs: noon, model: 'old' },
      { atMs: noon, model: 'both' },
      { atMs: noon + 450 * day, model: 'both' },
      { atMs: noon + 450 * day, model: 'new' },
    ]);
    nowMs = noon + 450 * day;
    store.prune();
    expect(models()).toEqual(['both', 'new']);
    expect(counted(store)).toEqual([
      ['both', 1],
      ['new', 1],
    ]);
  });

  it('are kept as long as there are events or short sums of them', async () => {
    const store = open({ hourDays: 1, fiveMinuteDays: 5, eventDays: 10 });
    await exportRequests(store, [
      { atMs: noon, model: 'a' },
      { atMs: noon + 30 * day, model: 'last' },
    ]);
    for (const [days, kept] of [
      [3, ['a', 'last']],
      [8, ['a', 'last']],
      [20, ['last']],
    ] as const) {
      nowMs = noon + days * day;
      store.prune();
      expect(models()).toEqual(kept);
    }
  });

  it('stay where somebody writes to them just before they are deleted', async () => {
    const [one, other] = [open(), open()];
    await exportRequests(one, [
      { atMs: noon, model: 'old' },
      { atMs: noon + 450 * day, model: 'last' },
    ]);
    nowMs = noon + 450 * day;
    const batches: EventBatch[] = [];
    const keep = async (batch: EventBatch): Promise<void> => void batches.push(batch);
    await exportRequests({ name: 'kept', export: keep, close: async () => {} }, [{ atMs: nowMs, model: 'old' }]);
    const { prototype } = loadSqlite().StatementSync;
    const { run } = prototype;
    let isFirst = true;
    const spy = vi.spyOn(prototype, 'run').mockImplementation(function (this: StatementSync, ...parameters) {
      if (isFirst && this.sourceSQL.includes('DELETE FROM "request_series"')) {
        isFirst = false;
        other.write(batches);
      }
      return run.apply(this, parameters);
    });
    onTestFinished(() => spy.mockRestore());
    one.prune();
    expect(isFirst).toBe(false);
    expect(models()).toEqual(['old', 'last']);
    expect(counted(one)).toContainEqual(['old', 1]);
  });

  it('are found anew by those who have written to them before, under numbers that nobody had', async () => {
    const [one, other] = [open(), open()];
    // The collector of each gives the same numbers to the same names, whose places in the store are held.
    await exportRequests(one, [{ atMs: noon, model: 'mine' }]);
    await exportRequests(other, [{ atMs: noon, model: 'yours' }]);
    await exportRequests(other, [{ atMs: noon, model: 'last' }]);
    const before = told('SELECT max(id) FROM request_series')[0] as number;
    nowMs = noon + 500 * day;
    for (const store of [one, other]) {
      store.prune();
      await exportRequests(one, [{ atMs: nowMs, model: 'mine' }]);
      await exportRequests(other, [{ atMs: nowMs, model: 'yours' }]);
    }
    expect(counted(one)).toEqual([
      ['mine', 2],
      ['yours', 2],
    ]);
    expect(models()).toEqual(['last', 'mine', 'yours']);
    expect(told("SELECT min(id) FROM request_series WHERE model IN ('mine', 'yours')")[0]).toBeGreaterThan(before);
  });
});
