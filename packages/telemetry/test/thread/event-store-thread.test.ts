import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventBatch } from '../../src/exporter.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { loadSqlite } from '../../src/store/open-database.ts';
import { type EventStoreThread, openEventStoreThread } from '../../src/thread/event-store-thread.ts';
import { exportRequests } from '../store/support.ts';

let folder: string;
let thread: EventStoreThread | undefined;
const noon = 495_000 * 3_600_000;
const path = (): string => join(folder, 'events.sqlite');
const open = (): EventStoreThread => {
  thread = openEventStoreThread({ store: { path: path() } });
  return thread;
};
/** Keeps others from writing until it is closed, as another process does. */
const lock = () => {
  const { DatabaseSync } = loadSqlite();
  const other = new DatabaseSync(path());
  // The thread may be pruning.
  other.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE');
  return other;
};
const kept = () => {
  const store = openEventStore({ path: path(), isReadOnly: true });
  const groups = store.aggregate(requestKind, { fromMs: noon, toMs: noon + 3_600_000, by: ['model'] });
  void store.close();
  return groups.map(({ names, count }) => [names.model, count]);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterEach(async () => {
  await thread?.close();
  thread = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe('a store of events in a thread', () => {
  it('keeps what was acknowledged', async () => {
    await exportRequests(open(), [
      { atMs: noon, model: 'small' },
      { atMs: noon, model: 'large' },
      { atMs: noon, model: 'small' },
    ]);
    expect(kept()).toEqual([
      ['small', 2],
      ['large', 1],
    ]);
  });

  it('takes thousands of batches one after another', async () => {
    await exportRequests(
      open(),
      Array.from({ length: 5500 }, (_, index) => ({ atMs: noon + index, model: `m${index % 3}` })),
    );
    expect(kept().map(([, count]) => count)).toEqual([1834, 1833, 1833]);
  });

  it('answers questions after what was sent before', async () => {
    const store = open();
    const atMs = Date.now();
    await exportRequests(store, [{ atMs }]);
    const query = { kind: requestKind.name, fromMs: atMs, toMs: atMs + 1 };
    expect(await store.ask('events', query)).toHaveLength(1);
    expect(await store.ask('prune')).toBe(0);
  });

  it('loses nothing while another process keeps the file locked, and answers', async () => {
    const store = openEventStoreThread({ store: { path: path(), busyMs: 10 } });
    thread = store;
    const atMs = Date.now();
    await exportRequests(store, [{ atMs, model: 'before' }]);
    const other = lock();
    const sent = exportRequests(store, [{ atMs, model: 'meanwhile' }]);
    const query = { kind: requestKind.name, fromMs: atMs, toMs: atMs + 1 };
    // Each is asked after a try to write at the latest.
    for (let asked = 0; asked < 3; asked += 1) expect(await store.ask('events', query)).toHaveLength(1);
    other.exec('ROLLBACK');
    other.close();
    await sent;
    expect(await store.ask('events', query)).toHaveLength(2);
  });

  it('waits no longer for another process where it is about to close', async () => {
    const store = openEventStoreThread({ store: { path: path(), busyMs: 10 } });
    thread = store;
    await exportRequests(store, [{ atMs: noon, model: 'before' }]);
    const other = lock();
    const lost: number[] = [];
    const telling = {
      ...store,
      export: (batch: EventBatch) =>
        store.export(batch).catch((error: unknown) => {
          lost.push(batch.count);
          throw error;
        }),
    };
    const sent = exportRequests(telling, [{ atMs: noon }, { atMs: noon }]);
    store.endWaiting();
    await sent;
    other.close();
    expect(lost).toEqual([2]);
    await store.close();
    store.endWaiting();
  });

  it('answers what was unlike other hours', async () => {
    const { version, figures } = await open().ask('anomalies', { nowMs: noon });
    expect(version).toBe(1);
    expect(figures.map(({ figure, days }) => [figure, days])).toEqual([
      ['latency', 0],
      ['cost', 0],
      ['errors', 0],
      ['hits', 0],
    ]);
  });

  it('says why it cannot be used, to each who asks', async () => {
    await writeFile(path(), 'no database '.repeat(1000));
    const store = open();
    await expect(store.ask('prune')).rejects.toMatchObject({ code: 'TELEMETRY_STORE_UNAVAILABLE' });
    await expect(store.ask('prune')).rejects.toMatchObject({ code: 'TELEMETRY_STORE_UNAVAILABLE' });
    await store.close();
  });

  it('closes twice, and refuses what comes after', async () => {
    const store = open();
    await Promise.all([store.close(), store.close()]);
    await expect(store.ask('prune')).rejects.toMatchObject({ code: 'TELEMETRY_CLOSED' });
  });
});
