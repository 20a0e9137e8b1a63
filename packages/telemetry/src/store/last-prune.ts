import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { usedBytes } from './pragmas.ts';

/** A store is pruned so often, whatever it takes. */
const pruneMs = 3_600_000;
/** After one that failed, as where another process writes, the next one waits. */
const afterFaultMs = 60_000;
/** Where it is not events that take the room, it is of use again when so much of the room has been written to. */
const grownShare = 0.05;

/**
 * When a store was pruned last, and what was left then, is kept in its file: processes that write to it come and go, and most of them end
 * long before an hour is over.
 */
export class LastPrune {
  readonly #database: DatabaseSync;
  readonly #maxBytes: number;
  #find: StatementSync | undefined;
  #failedMs: number | undefined;

  constructor(database: DatabaseSync, maxBytes: number) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  /** Asked after each transaction: it reads one row. */
  isDue(nowMs: number): boolean {
    if (this.#failedMs !== undefined && Math.abs(nowMs - this.#failedMs) < afterFaultMs) return false;
    const { atMs, bytes } = this.#read() ?? {};
    // A clock that was ahead is none that is waited for.
    if (typeof atMs !== 'number' || Math.abs(nowMs - atMs) >= pruneMs) return true;
    return usedBytes(this.#database) > Math.max(this.#maxBytes, Number(bytes) + this.#maxBytes * grownShare);
  }

  succeeded(nowMs: number): void {
    this.#failedMs = undefined;
    // Its key lets there be one row only. Older releases leave it alone.
    this.#database.exec('CREATE TABLE IF NOT EXISTS last_prune (id INTEGER PRIMARY KEY, atMs INTEGER, bytes INTEGER)');
    this.#database
      .prepare('INSERT OR REPLACE INTO last_prune (id, atMs, bytes) VALUES (1, ?, ?)')
      .run(nowMs, usedBytes(this.#database));
  }

  failed(nowMs: number): void {
    this.#failedMs = nowMs;
  }

  #read(): Record<string, unknown> | undefined {
    if (this.#find === undefined) {
      const isThere = this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'last_prune'").get();
      if (isThere === undefined) return undefined;
      this.#find = this.#database.prepare('SELECT atMs, bytes FROM last_prune WHERE id = 1');
    }
    return this.#find.get();
  }
}
