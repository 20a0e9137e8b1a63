import { busyMs } from './database.ts';
import type { CacheDatabase } from './layout.ts';

/**
 * Runs `work` in one transaction that may write. A patient one waits for other processes; another throws SQLITE_BUSY at
 * once, because waiting holds up the thread.
 */
export const transact = <Result>(database: CacheDatabase, isPatient: boolean, work: () => Result): Result => {
  const { connection } = database;
  if (!isPatient) connection.exec('PRAGMA busy_timeout = 0');
  try {
    database.begin.run();
  } finally {
    if (!isPatient && connection.isOpen) connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
  }
  try {
    const result = work();
    database.commit.run();
    return result;
  } catch (error) {
    if (connection.isOpen && connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};
