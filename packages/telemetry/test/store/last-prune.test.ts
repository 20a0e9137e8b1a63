import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';
import { loadSqlite } from '../../src/store/open-database.ts';
import type { Retention } from '../../src/store/retention.ts';
import { exportRequests } from './support.ts';

const minute = 60_000;
const hour = 3_600_000;
const day = 24 * hour;
/** A full hour. */
const noon = 495_000 * hour;

let folder: string;
let nowMs = noon;
const opened: EventStore[] = [];
const path = (): string => join(folder, 'events.sqlite');
/** As another process opens it. */
const open = (options: Retention & { busyMs?: number } = {}): EventStore => {
  const store = openEventStore({ path: path(), kinds: [requestKind], now: () => nowMs, ...options });
  opened.push(store);
  return store;
};
const listed = (store: EventStore): number =>
  store.list(requestKind, { fromMs: 0, toMs: noon + 1000 * day, limit: 100_000 }).length;
const old = [{ atMs: noon - 20 * day }];
const long = (count: number, fromMs: number) =>
  Array.from({ length: count }, (_, index) => ({ atMs: fromMs + index, id: 'x'.repeat(60) }));

beforeEach(async () => {
  nowMs = noon;
  folder = await mkdtemp(join(tmpdir(), 'prune-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true, force: true });
});

describe('a store that is pruned where it is due', () => {
  it('is pruned by the first who writes to it, and an hour later by whoever does then', async () => {
    const first = open();
    await exportRequests(first, old);
    expect(first.pruneWhereDue()).toBeGreaterThan(0);
    await exportRequests(first, old);
    const second = open();
    nowMs += hour - 1;
    expect([first.pruneWhereDue(), second.pruneWhereDue(), listed(second)]).toEqual([0, 0, 1]);
    nowMs += 1;
    expect(second.pruneWhereDue()).toBeGreaterThan(0);
    expect([first.pruneWhereDue(), listed(first)]).toEqual([0, 0]);
  });

  it('is pruned at once where it has grown larger than it may', async () => {
    const maxBytes = 1_000_000;
    const store = open({ maxBytes });
    store.pruneWhereDue();
    await exportRequests(store, long(2000, noon - 50 * minute));
    expect([store.pruneWhereDue(), listed(store)]).toEqual([0, 2000]);
    for (let batch = 0; batch < 10; batch += 1) {
      await exportRequests(store, long(2000, noon + batch * 5 * minute));
      store.pruneWhereDue();
    }
    expect((await stat(path())).size).toBeLessThanOrEqual(maxBytes * 1.05);
    expect(listed(store)).toBeGreaterThan(1000);
  });

  it('is left alone where pruning makes no room, until it has grown on', async () => {
    const store = open({ maxBytes: 1_000_000 });
    await exportRequests(store, long(100, noon));
    const { DatabaseSync } = loadSqlite();
    const other = new DatabaseSync(path());
    other.exec("INSERT INTO request_series (combination, model) VALUES (hex(zeroblob(1000000)), 'long')");
    store.pruneWhereDue();
    const prunedAt = () => other.prepare('SELECT atMs FROM last_prune').get()?.atMs;
    nowMs += minute;
    store.pruneWhereDue();
    expect(prunedAt()).toBe(noon);
    await exportRequests(store, long(1000, noon));
    store.pruneWhereDue();
    expect(prunedAt()).toBe(nowMs);
    other.close();
  });

  it('is tried again a minute after another process was in the way', async () => {
    const store = open({ busyMs: 0 });
    await exportRequests(store, old);
    const { DatabaseSync } = loadSqlite();
    const other = new DatabaseSync(path());
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.pruneWhereDue()).toThrow('locked');
    expect(store.pruneWhereDue()).toBe(0);
    other.exec('ROLLBACK');
    other.close();
    expect(store.pruneWhereDue()).toBe(0);
    nowMs += minute;
    expect(store.pruneWhereDue()).toBeGreaterThan(0);
  });

  it('counts what was deleted of the five minutes that go on', async () => {
    const store = open({ maxBytes: 200_000 });
    await exportRequests(store, long(2000, noon));
    expect(store.pruneWhereDue()).toBeGreaterThan(0);
    expect(listed(store)).toBe(0);
    await exportRequests(store, long(10, noon + 3000));
    const [group] = store.aggregate(requestKind, { fromMs: noon - hour, toMs: noon + minute });
    expect(group?.count).toBe(2010);
  });
});
