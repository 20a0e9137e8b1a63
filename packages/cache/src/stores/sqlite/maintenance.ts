import type { Worker } from 'node:worker_threads';
import type { InvalidationKind } from '../../store.ts';
import { layoutVersion, pageBytes } from './layout.ts';

/** Rows that an invalidation covers. */
export interface CoveredRows {
  readonly kind: InvalidationKind;
  readonly name: string;
  /** Number of the invalidation in the file; rows of lower ones go. */
  readonly version: number;
}

/** Work on the file that must not hold up the thread that serves. */
export interface Maintenance {
  /** Copies the log back into the file and gives free pages back. `false`: that is still under way from before. */
  run(): boolean;
  /** Removes rows older than an invalidation that cover it, a few at a time. Without it they cost room alone. */
  sweep(covered: CoveredRows): void;
  /** Resolves when the worker has closed the file. Without a worker there is nothing to wait for. */
  stop(): Promise<void> | undefined;
}

// As text: a worker that is a file of its own would have to be found again by everybody's bundler.
const source = `
const { parentPort, workerData } = require('node:worker_threads');
process.emitWarning = () => {};
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(workerData.path);
database.exec('PRAGMA busy_timeout = 1000; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
// Writes one page, whatever stands there: an UPDATE that changes nothing would write none.
const touch = database.prepare('PRAGMA user_version = ' + workerData.layoutVersion);
const pages = database.prepare('SELECT page_count AS total, freelist_count AS free FROM pragma_page_count(), pragma_freelist_count()');
const run = () => {
  const { total, free } = pages.get();
  if (free > workerData.vacuumPages && free > total / 2) database.exec('PRAGMA incremental_vacuum(' + workerData.vacuumPages + ')');
  // The log starts over only once all of it has been copied, and others write meanwhile: each pass has less to copy.
  for (let pass = 0; pass < 10; pass += 1) {
    const { log, checkpointed } = checkpoint.get();
    if (log !== checkpointed) continue;
    // Whoever writes next starts the log over and waits for the disk, tens of milliseconds: better this thread.
    if (log > 0) touch.all();
    return;
  }
};
const conditions = {
  tag: 'instr(tags, ?) > 0',
  namespace: 'instr(key, ?) = 1',
  glob: 'key GLOB ?',
  all: '? IS NOT NULL',
};
const pause = new Int32Array(new SharedArrayBuffer(4));
const lastId = database.prepare('SELECT max(id) AS id FROM entries');
const remove = database.prepare('DELETE FROM entries WHERE id = ? AND coalesce(version, 0) < ?');
// Looked for in short reads, which never hold back the log, and removed in short transactions, which others hardly meet.
const sweep = ({ kind, name, version }) => {
  const condition = conditions[kind];
  if (condition === undefined) return;
  const find = database.prepare(
    'SELECT id FROM entries WHERE id > ? AND id <= ? AND coalesce(version, 0) < ? AND ' + condition,
  );
  const end = lastId.get().id ?? 0;
  let from = database.prepare('SELECT min(id) - 1 AS id FROM entries').get().id ?? 0;
  for (; from < end && Atomics.load(workerData.stopping, 0) === 0; from += workerData.windowRows) {
    const found = find.all(from, from + workerData.windowRows, version, name);
    for (let start = 0; start < found.length; start += workerData.sweepRows) {
      database.exec('BEGIN IMMEDIATE');
      for (const { id } of found.slice(start, start + workerData.sweepRows)) remove.run(id, version);
      database.exec('COMMIT');
      Atomics.wait(pause, 0, 0, 2);
    }
  }
};
parentPort.on('message', (message) => {
  let error;
  try {
    if (message === 'run') run();
    else if (message === 'stop') database.close();
    else sweep(message);
  } catch (cause) {
    error = cause.message;
    if (database.isTransaction) database.exec('ROLLBACK');
  }
  if (message === 'stop') parentPort.close();
  else parentPort.postMessage({ ran: message === 'run', error });
});
`;

const vacuumBytes = 4 * 1024 * 1024;
const windowRows = 2_000;
const sweepRows = 32;
const mostSweeps = 64;

/** Starts its thread at the first `run`, so that a process which writes little never pays for one. */
export const createMaintenance = (path: string, onFault: (error: unknown) => void): Maintenance => {
  let worker: Worker | undefined;
  let running = false;
  let sweeps = 0;

  /** A sweep can take seconds, and must not hold up whoever closes. */
  let stopping = new Int32Array(new SharedArrayBuffer(4));

  const start = (): Worker => {
    stopping = new Int32Array(new SharedArrayBuffer(4));
    // Loaded with the first thread: most processes never start one.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const started = new Worker(source, {
      eval: true,
      execArgv: [],
      // What it runs needs next to nothing; by default each thread may grow a young generation of its own.
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
      workerData: { path, layoutVersion, vacuumPages: vacuumBytes / pageBytes, windowRows, sweepRows, stopping },
    });
    started.on('message', ({ ran, error }: { readonly ran: boolean; readonly error: string | undefined }) => {
      if (ran) running = false;
      else sweeps -= 1;
      if (error !== undefined) onFault(new Error(error));
    });
    started.on('error', onFault);
    started.on('exit', () => {
      running = false;
      sweeps = 0;
      if (worker === started) worker = undefined;
    });
    // After the listeners: adding one for messages makes the process wait for the worker again.
    started.unref();
    return started;
  };

  return {
    run: () => {
      if (running) return false;
      worker ??= start();
      worker.postMessage('run');
      running = true;
      return true;
    },
    sweep: (covered) => {
      if (sweeps >= mostSweeps) return;
      sweeps += 1;
      worker ??= start();
      worker.postMessage(covered);
    },
    stop: () => {
      const ending = worker;
      if (ending === undefined) return undefined;
      worker = undefined;
      Atomics.store(stopping, 0, 1);
      ending.ref();
      ending.postMessage('stop');
      return new Promise((resolve) => ending.once('exit', () => resolve()));
    },
  };
};
