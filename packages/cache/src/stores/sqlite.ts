import { resolve } from 'node:path';
import { type CacheError, entryDamaged, fileDamaged, optionInvalid, storeClosed, writeFailed } from '../errors.ts';
import { channels, type EntryDroppedEvent } from '../events.ts';
import type { CacheEntry, CacheStore } from '../store.ts';
import { type CacheDatabase, discardDatabase, isDamaged, isGone, openDatabase, pageBytes } from './sqlite/database.ts';
import { createMaintenance } from './sqlite/maintenance.ts';
import { keyHash, packRow, rowKey, unpackRow } from './sqlite/row.ts';
import { createWriteBehind, type PendingWrite } from './sqlite/write-behind.ts';

export interface SqliteStoreOptions {
  /** The cache file. A folder that does not exist is created for this user alone (0700), and so is the file (0600). */
  readonly path: string;
  /**
   * Bound on the file, bytes, its write-ahead log not counted; at least 262,144. Expired entries go first, then those
   * written longest ago. An entry larger than a quarter of it is refused. @default 1,073,741,824 (1 GiB)
   */
  readonly maxBytes?: number | undefined;
  /** The longest that a write waits in memory, milliseconds. A process that dies loses no more than that. @default 100 */
  readonly flushMs?: number | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Told of damaged entries and files and of writes given up; the diagnostics channels tell the same. */
  readonly onError?: ((error: CacheError) => void) | undefined;
}

const name = 'sqlite';
const leastBytes = 262_144;
const busyBackgroundMs = 25;
const busyMs = 2_000;
/** A log shorter than this waits for `close`: copying it back is not worth a thread. */
const idleCheckpointBytes = 1024 * 1024;
/** The log is copied back when idle; under writes without a pause, each time it has grown by this much. */
const checkpointBytes = 8 * 1024 * 1024;
/** From here on the writer copies the log back itself: a worker cannot catch up with one that never pauses. */
const longestLogBytes = 64 * 1024 * 1024;
const longestEvictionStep = 64;
const evictionSteps = 64;
const reopenMs = 1_000;
/** How often a store that only reads looks whether the path still leads to its file. */
const pathCheckMs = 1_000;

/**
 * The disk tier, on `node:sqlite`. Several processes may use one file at once, and it survives `kill -9`: what `flush`
 * acknowledged is there afterwards. `set` and `delete` show at once in this process and are written in batches, at most
 * `flushMs` later. Throws `CACHE_STORE_UNAVAILABLE` when the file cannot be opened; a damaged file is moved aside.
 */
export const sqliteStore = (options: SqliteStoreOptions): CacheStore<Uint8Array> => {
  const { maxBytes = 1024 * 1024 * 1024, flushMs = 100, onError } = options;
  const now = options.now ?? (() => Date.now());
  if (options.path === '') throw optionInvalid('path', '""', 'the path of a file');
  if (!(Number.isInteger(maxBytes) && maxBytes >= leastBytes)) {
    throw optionInvalid('maxBytes', maxBytes, `a whole number of bytes, ${leastBytes} or more`);
  }
  if (!(flushMs >= 0 && flushMs <= 60_000)) {
    throw optionInvalid('flushMs', flushMs, 'a number of milliseconds from 0 to 60,000');
  }
  const path = resolve(options.path);
  let evictions = 0;
  let refused = 0;
  let damaged = 0;
  let faults = 0;
  let writtenBytes = 0;
  let closed = false;
  let closing: Promise<void> | undefined;

  const dropped = (reason: EntryDroppedEvent['reason'], entries: number | undefined, error: CacheError): void => {
    const { entryDropped } = channels;
    if (entryDropped.hasSubscribers) entryDropped.publish({ store: name, reason, entries, error });
    onError?.(error);
  };
  const onFault = (error: unknown): void => {
    faults += 1;
    const { storeFault } = channels;
    if (storeFault.hasSubscribers) storeFault.publish({ store: name, operation: 'background', error });
  };

  const movedTo = (): string => `${path}.corrupt-${now()}`;
  const onMoved = (target: string, error: unknown): void => {
    damaged += 1;
    dropped('file-damaged', undefined, fileDamaged(name, path, target, error));
  };
  let database: CacheDatabase | undefined = openDatabase(name, path, movedTo, onMoved);
  let checkAt = 0;
  let reopenAt = 0;
  let reopenError: unknown;

  const opened = (): CacheDatabase => {
    if (database !== undefined) return database;
    if (performance.now() < reopenAt) throw reopenError;
    try {
      database = openDatabase(name, path, movedTo, onMoved);
      return database;
    } catch (error) {
      reopenAt = performance.now() + reopenMs;
      reopenError = error;
      throw error;
    }
  };

  const abandon = (): void => {
    database = undefined;
    void maintenance.stop();
  };

  /** The open file, or a new one if another took its place. */
  const current = (certain: boolean): CacheDatabase => {
    if (closed) throw storeClosed(name);
    const open = opened();
    const at = performance.now();
    if (!certain && at < checkAt) return open;
    checkAt = at + pathCheckMs;
    if (!isGone(open, path)) return open;
    abandon();
    open.connection.close();
    return opened();
  };

  /** Runs `work`, and once more on a new file if the present one turns out to be damaged. */
  const use = <Result>(work: (open: CacheDatabase) => Result, writes = false): Result => {
    const open = current(writes);
    try {
      return work(open);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      abandon();
      const target = movedTo();
      if (discardDatabase(open, path, target)) onMoved(target, error);
      return work(opened());
    }
  };

  const usedBytes = (open: CacheDatabase): number => Number(open.used.get()?.used ?? 0);

  const makeRoom = (open: CacheDatabase): void => {
    const at = now();
    open.removeExpired.run(at, longestEvictionStep);
    let step = 1;
    for (let steps = 0; steps < evictionSteps && usedBytes(open) > maxBytes; steps += 1) {
      if (Number(open.removeExpired.run(at, step).changes) === 0) {
        const removed = Number(open.removeOldest.run(step).changes);
        if (removed === 0) return;
        evictions += removed;
      }
      // Small first, so that making room for one entry does not cost many.
      step = Math.min(step * 2, longestEvictionStep);
    }
  };

  const maintenance = createMaintenance(path, onFault);
  const maintain = (): void => {
    try {
      if (maintenance.run()) writtenBytes = 0;
      else if (writtenBytes > longestLogBytes && database !== undefined) {
        database.connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
        writtenBytes = 0;
      }
    } catch (error) {
      // The entries are in the log, where they are as safe as in the file.
      onFault(error);
    }
  };

  const write = (batch: ReadonlyMap<string, PendingWrite>, patient: boolean): void => {
    use((open) => {
      const { connection } = open;
      // Compressed before the file is locked, and once however often the write is tried.
      for (const [key, pending] of batch) {
        if (pending.entry !== undefined) pending.row ??= packRow(key, pending.entry);
      }
      if (!patient) connection.exec(`PRAGMA busy_timeout = ${busyBackgroundMs}`);
      try {
        connection.exec('BEGIN IMMEDIATE');
        for (const [key, { row }] of batch) {
          const [hash, bound] = [keyHash(key), rowKey(key)];
          open.remove.run(hash, bound);
          if (row !== undefined) {
            const { createdAt, expiresAt, compressed, checksum, value } = row;
            open.insert.run(hash, bound, createdAt, expiresAt, compressed, checksum, value);
            writtenBytes += value.byteLength;
          }
          writtenBytes += pageBytes / 4;
        }
        makeRoom(open);
        connection.exec('COMMIT');
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      } finally {
        if (!patient && connection.isOpen) connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
      }
      if (writtenBytes > checkpointBytes) maintain();
    }, true);
  };

  const writes = createWriteBehind({
    flushMs,
    write,
    onFault,
    onDropped: (entries, error) => dropped('write-failed', entries, writeFailed(name, path, entries, error)),
    onIdle: () => {
      if (writtenBytes > idleCheckpointBytes) maintain();
    },
  });

  const finish = async (): Promise<void> => {
    try {
      writes.flush();
    } finally {
      closed = true;
      writes.stop();
      const last = database?.connection;
      database = undefined;
      await maintenance.stop();
      try {
        last?.exec('PRAGMA wal_checkpoint(PASSIVE)');
      } finally {
        last?.close();
      }
    }
  };

  const isLive = (entry: CacheEntry | undefined): boolean => entry !== undefined && entry.expiresAt > now();

  const dropDamaged = (key: string, cause: unknown): undefined => {
    damaged += 1;
    writes.add(key, undefined);
    dropped('damaged', 1, entryDamaged(name, path, cause));
    return undefined;
  };

  return {
    name,
    capabilities: { sync: true, memory: false, persistent: true, shared: true, holds: 'bytes' },
    get: (key) => {
      if (closed) throw storeClosed(name);
      const pending = writes.get(key);
      if (pending !== undefined) return isLive(pending.entry) ? pending.entry : undefined;
      const row = use((open) => open.select.get(keyHash(key), rowKey(key), now()));
      if (row === undefined) return undefined;
      try {
        return unpackRow(key, row) ?? dropDamaged(key, undefined);
      } catch (error) {
        return dropDamaged(key, error);
      }
    },
    set: (key, entry) => {
      if (closed) throw storeClosed(name);
      if (entry.value.byteLength + key.length > maxBytes / 4) {
        refused += 1;
        writes.add(key, undefined);
      } else writes.add(key, entry);
    },
    delete: (key) => {
      if (closed) throw storeClosed(name);
      const pending = writes.get(key);
      try {
        if (pending !== undefined) return isLive(pending.entry);
        return use((open) => open.has.get(keyHash(key), rowKey(key), now())) !== undefined;
      } finally {
        writes.add(key, undefined);
      }
    },
    clear: () => {
      writes.clear();
      use((open) => open.removeAll.run(), true);
      // The free pages are worth giving back when idle.
      writtenBytes += idleCheckpointBytes;
    },
    usage: () =>
      use((open) => {
        let entries = Number(open.count.get()?.entries ?? 0);
        for (const [key, { entry }] of writes.pending()) {
          const stored = open.has.get(keyHash(key), rowKey(key), Number.NEGATIVE_INFINITY) !== undefined;
          if (stored && entry === undefined) entries -= 1;
          else if (!stored && entry !== undefined) entries += 1;
        }
        return { entries, bytes: usedBytes(open) + writes.bytes(), evictions, refused, damaged, faults };
      }),
    flush: () => writes.flush(),
    close: () => {
      closing ??= finish();
      return closing;
    },
  };
};
