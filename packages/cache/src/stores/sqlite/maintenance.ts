import { Worker } from 'node:worker_threads';
import { pageBytes } from './database.ts';

/** Work on the file that must not hold up the thread that serves. */
export interface Maintenance {
  /** Copies the log back into the file and gives free pages back. `false`: that is still under way from before. */
  run(): boolean;
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
const pages = database.prepare('SELECT page_count AS total, freelist_count AS free FROM pragma_page_count(), pragma_freelist_count()');
const run = () => {
  const { total, free } = pages.get();
  if (free > workerData.vacuumPages && free > total / 2) database.exec('PRAGMA incremental_vacuum(' + workerData.vacuumPages + ')');
  // The log starts over only once all of it has been copied, and others write meanwhile: each pass has less to copy.
  for (let pass = 0; pass < 10; pass += 1) {
    const { log, checkpointed } = checkpoint.get();
    if (log === checkpointed) return;
  }
};
parentPort.on('message', (message) => {
  let error;
  try {
    if (message === 'run') run();
    else database.close();
  } catch (cause) {
    error = cause.message;
  }
  if (message === 'run') parentPort.postMessage(error);
  else parentPort.close();
});
`;

const vacuumBytes = 4 * 1024 * 1024;

/** Starts its thread at the first `run`, so that a process which writes little never pays for one. */
export const createMaintenance = (path: string, onFault: (error: unknown) => void): Maintenance => {
  let worker: Worker | undefined;
  let running = false;

  const start = (): Worker => {
    const started = new Worker(source, {
      eval: true,
      execArgv: [],
      // What it runs needs next to nothing; by default each thread may grow a young generation of its own.
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
      workerData: { path, vacuumPages: vacuumBytes / pageBytes },
    });
    started.unref();
    started.on('message', (error: string | undefined) => {
      running = false;
      if (error !== undefined) onFault(new Error(error));
    });
    started.on('error', onFault);
    started.on('exit', () => {
      running = false;
      if (worker === started) worker = undefined;
    });
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
    stop: () => {
      const stopping = worker;
      if (stopping === undefined) return undefined;
      worker = undefined;
      stopping.ref();
      stopping.postMessage('stop');
      return new Promise((resolve) => stopping.once('exit', () => resolve()));
    },
  };
};
