import { chmodSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { loadSqlite } from '../load-sqlite.ts';

/** Makes one process of all that share a folder the one that runs its batches. */
export interface RunnerLock {
  /** Whether this one is it, now and until `release`. */
  tryTake(): boolean;
  release(): void;
}

/**
 * The system's lock on a file, by way of SQLite: it is gone the moment its process is, however that ended, so that another one
 * need not wait for a lease to run out.
 */
export const createRunnerLock = (path: string): RunnerLock => {
  let held: DatabaseSync | undefined;

  const take = (): DatabaseSync | undefined => {
    const sqlite = loadSqlite();
    if (!sqlite) return undefined;
    const connection = new sqlite.DatabaseSync(path);
    try {
      connection.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      chmodSync(path, 0o600);
      return connection;
    } catch (error) {
      connection.close();
      // Busy: somebody else has it.
      if ((Number((error as { errcode?: unknown }).errcode) & 0xff) === 5) return undefined;
      throw error;
    }
  };

  return {
    tryTake() {
      held ??= take();
      return held !== undefined;
    },
    release() {
      held?.close();
      held = undefined;
    },
  };
};
