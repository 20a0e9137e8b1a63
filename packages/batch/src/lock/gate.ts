import type { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../sqlite/faults.ts';
import { connect } from '../sqlite/open-file.ts';

/** A lock that nobody has a hand on any more lasts as long as its process, not until garbage is collected. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock that SQLite has on an empty file, of which the kernel knows who holds it: no process ids, which are used again, and
 * no times. Returns what lets go of it. Throws SQLITE_BUSY where somebody else has it for longer than `busyMs`.
 */
const lockFile = (path: string, busyMs: number): (() => void) => {
  const connection = connect(path);
  try {
    connection.exec(`PRAGMA busy_timeout = ${busyMs}; BEGIN EXCLUSIVE`);
  } catch (error) {
    connection.close();
    throw error;
  }
  held.add(connection);
  return () => {
    if (held.delete(connection)) connection.close();
  };
};

/** Locks on files, which end with their process, however it ends, and hold for all processes of the machine. */
export interface Gate {
  /** Runs `work` while nobody else is within. */
  within<Value>(work: () => Value): Value;
  /** Takes the lock on a file, unless somebody has it. Only within: the file may be removed there. */
  tryLock(path: string): (() => void) | undefined;
}

/** `path` is the file of the gate, made where there is none; `busyMs`: how long it waits for others, milliseconds. Throws what SQLite says. */
export const createGate = (path: string, busyMs: number): Gate => ({
  within(work) {
    const leave = lockFile(path, busyMs);
    try {
      return work();
    } finally {
      leave();
    }
  },
  tryLock(file) {
    try {
      return lockFile(file, 0);
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw error;
    }
  },
});
