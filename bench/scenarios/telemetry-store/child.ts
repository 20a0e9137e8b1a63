import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { createCollector, type EventBatch, type Exporter, requestKind } from '@hotpath/telemetry';
import { openEventStore, openEventStoreThread } from '@hotpath/telemetry/event-store';
// @boundaries-ignore the traffic is that which analytics is tested by
import { recordTraffic } from '../../../packages/telemetry/test/support/traffic.ts';
import { answerParent, collectGarbage } from '../../harness/child.ts';
import { median } from '../../harness/statistics.ts';
import { type Stalls, watchStalls } from './stalls.ts';
import { days, untilMs } from './store-file.ts';

export type StoreJob =
  | {
      readonly work: 'ingest';
      readonly side: 'thread' | 'same thread' | 'rows alone' | 'busy thread';
      readonly events: number;
    }
  | { readonly work: 'ask'; readonly side: 'thread' | 'raw rows'; readonly path: string; readonly requests: number };

export interface IngestResult extends Stalls {
  readonly perSecond: number;
}

export interface AskResult {
  readonly firstMs: number;
  /** Of times that nobody has asked for before; one for the naive side. */
  readonly newMs: number;
  readonly worstMs: number;
  readonly heldMs: number;
}

/** Batches of requests as a collector hands them on. */
const batchesOf = async (count: number): Promise<readonly EventBatch[]> => {
  const batches: EventBatch[] = [];
  const exporter: Exporter = {
    name: 'kept',
    async export(batch) {
      if (batch.kind.name === requestKind.name) batches.push(batch);
    },
    async close() {},
  };
  const collector = createCollector({ exporters: [exporter], flushMs: 'never', mostWaiting: 1e9 });
  await recordTraffic(collector, { requests: count, fromMs: untilMs - 3_600_000, days: 1 / 24 });
  await collector.close();
  return batches;
};

/** What is the least: the same rows in a table of the same columns, a transaction for each batch, no sums. */
const openRows = (path: string): Exporter => {
  const database = new DatabaseSync(path);
  const columns = ['series', ...requestKind.measureNames, 'request_id'].map((name) => `"${name}"`).join(', ');
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE request (id INTEGER PRIMARY KEY, ${columns})`,
  );
  const width = requestKind.measureNames.length + 2;
  const insert = database.prepare(`INSERT INTO request VALUES (?${', ?'.repeat(width)})`);
  let id = 0;
  return {
    name: 'rows',
    async export({ rows, count, texts }) {
      database.exec('BEGIN IMMEDIATE');
      for (let row = 0; row < count; row += 1) {
        const values = Array.from(rows.subarray(row * width + 1, (row + 1) * width), (value) =>
          Number.isNaN(value) ? null : value,
        );
        id += 1;
        insert.run(id, ...values, texts[row * 2] ?? null);
      }
      database.exec('COMMIT');
    },
    close: async () => database.close(),
  };
};

/** A thread that is given as much and does nothing with it. */
const openBusyThread = (): Exporter => {
  const worker = new Worker(new URL('./busy-thread.ts', import.meta.url));
  const waiting: (() => void)[] = [];
  worker.on('message', () => waiting.shift()?.());
  return {
    name: 'busy',
    export: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        worker.postMessage(0);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
};

/** As many of them are given the same millisecond. */
const eventsPerMs = 200;

/** A batch with events of the time at which they come, so many after the first. */
const batchAt = (batch: EventBatch, sent: number): EventBatch => {
  const rows = batch.rows.slice();
  const width = rows.length / batch.count;
  for (let row = 0; row < batch.count; row += 1) rows[row * width] = untilMs + Math.floor((sent + row) / eventsPerMs);
  return { ...batch, rows };
};

const ingest = async ({ side, events }: Extract<StoreJob, { work: 'ingest' }>): Promise<IngestResult> => {
  const kept = await batchesOf(20_000);
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-ingest-'));
  const path = join(folder, 'events.sqlite');
  const open = {
    thread: () => openEventStoreThread({ store: { path } }),
    'same thread': () => openEventStore({ path }),
    'rows alone': () => openRows(path),
    'busy thread': openBusyThread,
  };
  const exporter = open[side]();
  await exporter.export(batchAt(kept[0] as EventBatch, 0));
  await collectGarbage();
  const stalls = watchStalls();
  let sent = 0;
  const startedAt = performance.now();
  const under: Promise<void>[] = [];
  while (sent < events) {
    const batch = kept[(sent / 1000) % kept.length] as EventBatch;
    sent += batch.count;
    under.push(exporter.export(batchAt(batch, sent)));
    // As a collector does that is not held up: some batches under way, and a turn for everybody else.
    if (under.length >= 4) await under.shift();
    await new Promise(setImmediate);
  }
  await Promise.all(under);
  const tookMs = performance.now() - startedAt;
  const stalled = stalls();
  await exporter.close();
  rmSync(folder, { recursive: true, force: true });
  return { perSecond: (sent / tookMs) * 1000, ...stalled };
};

const hourMs = 3_600_000;

const ask = async ({ side, path, requests }: Extract<StoreJob, { work: 'ask' }>): Promise<AskResult> => {
  const timed = async (work: () => unknown): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  const fromMs = untilMs - days * 24 * hourMs;
  if (side === 'raw rows') {
    const database = new DatabaseSync(path, { readOnly: true });
    const read = (): void => {
      const rows = database
        .prepare(
          'SELECT s.model AS model, e.duration AS duration, e.cost AS cost FROM request AS e JOIN request_series AS s ON s.id = e.series WHERE e.id >= ? AND e.id < ? ORDER BY s.model, e.duration',
        )
        .all(fromMs * 1024, untilMs * 1024);
      if (rows.length !== requests) throw new Error(`${rows.length} of ${requests} rows were read.`);
    };
    const ms = await timed(read);
    return { firstMs: ms, newMs: ms, worstMs: ms, heldMs: ms };
  }
  const thread = openEventStoreThread({ store: { path } });
  const summary = async (shiftMs: number): Promise<void> => {
    const told = await thread.ask('summary', { fromMs: fromMs + shiftMs, toMs: untilMs + shiftMs, by: 'model' });
    if (shiftMs === 0 && told.total.requests !== requests)
      throw new Error(`${told.total.requests} requests were told.`);
  };
  const firstMs = await timed(() => summary(0));
  const news: number[] = [];
  for (let round = 1; round <= 20; round += 1) news.push(await timed(() => summary(-round * hourMs)));
  const held: number[] = [];
  for (let round = 0; round < 20; round += 1) held.push(await timed(() => summary(-20 * hourMs)));
  await thread.close();
  return { firstMs, newMs: median(news), worstMs: Math.max(...news), heldMs: median(held) };
};

await answerParent<StoreJob>((job) => (job.work === 'ingest' ? ingest(job) : ask(job)));
