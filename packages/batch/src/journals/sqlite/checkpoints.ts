import type { DatabaseSync } from 'node:sqlite';

/** How long nobody has written for. */
const idleMs = 250;

export interface Checkpoints {
  /** Something was written. */
  wrote(): void;
  stop(): void;
}

/** Moves what is in the log to the database when nothing is going on: it takes the disk's time, some milliseconds of it. */
export const createCheckpoints = (connection: DatabaseSync): Checkpoints => {
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    try {
      // Waits for nobody. What a reader or writer holds is left to the next one.
      connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // All of it is in the log as before, which is as sure.
    }
  };
  return {
    wrote() {
      timer = timer?.refresh() ?? setTimeout(run, idleMs).unref();
    },
    stop: () => clearTimeout(timer),
  };
};
