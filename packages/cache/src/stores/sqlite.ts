import { createEnvelope } from '../envelope.ts';
import { CacheError, entryTooLarge, storeClosed, writeFailed } from '../errors.ts';
import { channels } from '../events.ts';
import type { CacheEntry, CacheStore, Invalidation, InvalidationLog } from '../store.ts';
import { createChanges } from './sqlite/changes.ts';
import { createConnection } from './sqlite/connection.ts';
import { createEviction, usedBytes } from './sqlite/eviction.ts';
import { createHearing } from './sqlite/hearing.ts';
import { createJudge } from './sqlite/judge.ts';
import { keyHash, keyOfRow, rowKey, tagsOfText } from './sqlite/key.ts';
import { type CacheDatabase, pageBytes } from './sqlite/layout.ts';
import { createLeases } from './sqlite/leases.ts';
import { listKeys } from './sqlite/listing.ts';
import { readOptions, type SqliteStoreOptions } from './sqlite/options.ts';
import { createPendingWrites, type PendingWrite } from './sqlite/pending.ts';
import { createPopularity } from './sqlite/popularity.ts';
import { createReports } from './sqlite/reports.ts';
import { transact } from './sqlite/transaction.ts';
import { createUpkeep } from './sqlite/upkeep.ts';
import { createWriteBehind } from './sqlite/write-behind.ts';
import { createWriter } from './sqlite/writer.ts';

export type {
  SqliteInspection,
  SqliteInspectionOptions,
  SqliteVerification,
  SqliteVerificationOptions,
} from './sqlite/inspect.ts';
export { inspectSqlite, verifySqlite } from './sqlite/inspect.ts';
export type { SqliteStoreOptions } from './sqlite/options.ts';

/** The disk tier: answers at once, and can tell other processes, lease and remember usage. */
export interface SqliteStore extends CacheStore<Uint8Array> {
  readonly invalidations: InvalidationLog;
  readonly marks: NonNullable<CacheStore['marks']>;
  readonly leases: NonNullable<CacheStore['leases']>;
  readonly popularity: NonNullable<CacheStore['popularity']>;
  keys(): Iterable<string>;
  flush(): void;
  close(): Promise<void>;
}

const name = 'sqlite';
/** The log of changes takes this share of the file at most. */
const logShare = 16;
const mostLogBytes = 8 * 1024 * 1024;
/** Keys that one statement asks for: half as dear each as with one of their own. */
const keysAtOnce = 128;
const everything: Invalidation = { kind: 'all', name: '' };

/**
 * The disk tier, on `node:sqlite`. Several processes may use one file at once: each hears of the others' changes when it
 * polls. It survives `kill -9`: what `flush` acknowledged is there afterwards. `set` and `delete` show at once in this
 * process; what is set is written in batches, at most `flushMs` later, what is deleted or invalidated at the end of the
 * turn. A file that may not be written to serves reads, one on a full disk too: what cannot be written is dropped, counted
 * and reported. Throws `CACHE_STORE_UNAVAILABLE` when the file cannot be opened; a damaged file is moved aside unless
 * `damagePolicy` says otherwise, and of those only the newest is kept.
 */
export const sqliteStore = (options: SqliteStoreOptions): SqliteStore => {
  const { path, maxBytes, flushMs, keepsDamaged, now, compressFromBytes, encryption, onError } = readOptions(options);
  const envelope = createEnvelope({ compressFromBytes, encryption });
  let refused = 0;
  let closed = false;
  let closing: Promise<void> | undefined;

  const reports = createReports({ store: name, path, onError });
  const judge = createJudge();
  const pending = createPendingWrites();
  const eviction = createEviction({ maxBytes, now });
  const changes = createChanges({
    judge,
    maxBytes: Math.min(maxBytes / logShare, mostLogBytes),
    onKey: (key) => pending.yield(key),
    onSettled: (invalidations, version) => upkeep.noteCovered(invalidations, version),
    onForeignWrite: () => writer.forgetRows(),
    onFault: reports.fault,
  });
  const upkeep = createUpkeep({ path, database: () => connection.database, onFault: reports.fault });
  const use = <Result>(work: (database: CacheDatabase) => Result, writes = false): Result => {
    if (closed) throw storeClosed(name);
    return connection.use(work, writes);
  };
  const writer = createWriter({
    use,
    judge,
    changes,
    pending,
    envelope,
    eviction,
    onWritten: upkeep.note,
    onCommitted: upkeep.check,
  });
  const connection = createConnection({
    store: name,
    path,
    now,
    keepsDamaged,
    onMoved: reports.fileDamaged,
    onOpened: (database) => {
      changes.attach(database);
      writer.forgetRows();
    },
    onAbandoned: () => void upkeep.stop(),
  });
  const invalidateAll = (): void => changes.add([everything]);
  const writes = createWriteBehind({
    flushMs,
    pending,
    envelope,
    commit: writer.commit,
    hasUnsettled: () => changes.hasUnsettled,
    hasDropped: () => writer.hasDropped,
    onFault: reports.fault,
    onDropped: reports.writeFailed,
    failure: (error) => writeFailed(name, path, 0, error),
    onOverflow: invalidateAll,
    onIdle: upkeep.rest,
  });
  const popularity = createPopularity({
    use,
    now,
    onWritten: upkeep.note,
  });
  const leases = createLeases({
    use,
    now,
    onWritten: (bytes) => {
      upkeep.note(bytes);
      upkeep.check();
    },
    writeKey: (key, first) => {
      const write = pending.get(key);
      const slice = { isPatient: false, budgetMs: Number.POSITIVE_INFINITY, first };
      writer.commit(write === undefined ? [] : [write], 0, slice);
    },
  });

  const isWriteCovered = ({ key, version, entry, isSet }: PendingWrite): boolean =>
    entry !== undefined && judge.coversWaiting(key, version, entry.tags, isSet);
  /** What waits under the key and decides what is there. */
  const waiting = (key: string): PendingWrite | undefined => {
    const write = pending.get(key);
    if (write === undefined || write.isLogged || !isWriteCovered(write)) return write;
    // Loaded, and invalid since: as if it had never come.
    pending.remove(write);
    return undefined;
  };
  const liveEntry = (write: PendingWrite): CacheEntry<Uint8Array> | undefined =>
    write.entry !== undefined && write.entry.expiresAt > now() && !isWriteCovered(write) ? write.entry : undefined;
  const isRowCovered = (key: string, rowVersion: unknown, tags: unknown): boolean => {
    const version = changes.localVersion(rowVersion);
    return judge.doubtsRow(version) && judge.coversRow(key, version, tagsOfText(tags));
  };
  const isHere = (key: string): boolean => {
    const write = waiting(key);
    if (write !== undefined) return liveEntry(write) !== undefined;
    const row = use((database) => database.has.get(keyHash(key), rowKey(key), now()));
    return row !== undefined && !isRowCovered(key, row.version, row.tags);
  };

  const deletion = { isSet: true, isUrgent: true };
  const remove = (key: string): void => {
    pending.put(key, undefined, judge.addKey(key), deletion);
    writes.wake(true);
  };
  const put = (key: string, entry: CacheEntry<Uint8Array> | undefined, version: number, isSet: boolean): void => {
    pending.put(key, entry, version, { isSet, isUrgent: false });
    writes.wake(false);
  };

  const hearing = createHearing({ read: () => use(changes.read), notify: changes.notify, isClosed: () => closed });

  const finish = async (): Promise<void> => {
    try {
      try {
        popularity.flush();
      } catch (error) {
        // What is remembered of usage is worth no failure.
        reports.fault(error);
      }
      writes.flush();
    } finally {
      closed = true;
      writes.stop(storeClosed(name));
      const last = connection.release()?.connection;
      await upkeep.stop();
      try {
        last?.exec('PRAGMA wal_checkpoint(PASSIVE)');
      } catch {
        // The entries are in the log, where they are as safe as in the file.
      } finally {
        last?.close();
      }
    }
  };

  const idOfFile = (): string | undefined => {
    try {
      return String(use((database) => database.fileId.get())?.id);
    } catch (error) {
      reports.fault(error);
      return undefined;
    }
  };

  const entryOfRow = (key: string, row: Record<string, unknown>): CacheEntry<Uint8Array> | undefined => {
    const id = Number(row.id);
    const rowVersion = Number(row.version);
    if (writer.isDropped(id, rowVersion)) return undefined;
    const drop = (): void => {
      writer.drop(id, rowVersion);
      if (connection.database?.readOnly === false) writes.wake(false);
    };
    let entry: CacheEntry<Uint8Array>;
    try {
      entry = envelope.open(key, row.sealed as Uint8Array);
    } catch (error) {
      if (CacheError.isInstance(error) && error.code === 'CACHE_KEY_MISSING') reports.fault(error);
      else {
        if (!keepsDamaged) drop();
        reports.entryDamaged(error);
      }
      return undefined;
    }
    // The column is for SQL, and not covered by the checksum.
    if (!(entry.expiresAt > now())) return undefined;
    // Sealed is what was known when work on the value began; it was judged once more when it was written, and got its number.
    const version = changes.localVersion(rowVersion);
    if (judge.doubtsRow(version) && judge.coversRow(key, version, entry.tags)) {
      drop();
      return undefined;
    }
    eviction.noteRead(id);
    entry.version = version;
    return entry;
  };

  return {
    name,
    capabilities: { sync: true, memory: false, persistent: true, shared: true, holds: 'bytes' },
    get: (key) => {
      if (closed) throw storeClosed(name);
      const write = waiting(key);
      if (write !== undefined) return liveEntry(write);
      const row = use((database) => database.select.get(keyHash(key), rowKey(key), now()));
      return row === undefined ? undefined : entryOfRow(key, row);
    },
    getMany: (keys) => {
      if (closed) throw storeClosed(name);
      const found = new Map<string, CacheEntry<Uint8Array> | undefined>();
      for (let start = 0; start < keys.length; start += keysAtOnce) {
        const page = new Set(keys.slice(start, start + keysAtOnce));
        const hashes = JSON.stringify([...page].map(keyHash));
        // Others may have the same hash.
        for (const row of use((database) => database.selectMany.all(hashes, now()))) {
          const key = keyOfRow(row.key);
          if (page.has(key) && !found.has(key)) found.set(key, entryOfRow(key, row));
        }
      }
      return keys.map((key) => {
        const write = waiting(key);
        return write === undefined ? found.get(key) : liveEntry(write);
      });
    },
    set: (key, entry, origin = 'set') => {
      if (closed) throw storeClosed(name);
      const isSet = origin === 'set';
      const { value, tags } = entry;
      // What a caller sets without a version begins now.
      const isInvalid =
        !(isSet && entry.version === undefined) && judge.coversWaiting(key, entry.version ?? 0, tags, isSet);
      // Others, or this process, changed the key since work on the value began: what is there is newer.
      if (isInvalid && !isSet) return;
      const size = value.byteLength + key.length;
      const isTooLarge = size > maxBytes / 4;
      if (isTooLarge) {
        refused += 1;
        const { entryDropped } = channels;
        if (entryDropped.hasSubscribers) {
          const error = entryTooLarge(name, size, Math.floor(maxBytes / 4));
          entryDropped.publish({ store: name, reason: 'too-large', entries: 1, error });
        }
      }
      const version = isSet ? judge.addKey(key) : (entry.version ?? 0);
      put(key, isTooLarge || isInvalid ? undefined : entry, version, isSet);
    },
    delete: (key) => {
      if (closed) throw storeClosed(name);
      try {
        return isHere(key);
      } finally {
        remove(key);
      }
    },
    clear: () => {
      if (closed) throw storeClosed(name);
      pending.clear();
      // Holds from here on, and is told to others later if the file is locked now.
      invalidateAll();
      try {
        writer.commit([], 0, {
          isPatient: true,
          budgetMs: 0,
          first: (database) => void database.removeAll.run(),
        });
      } catch (error) {
        writes.wake(true);
        throw error;
      }
      writer.forgetRows();
      upkeep.noteEmptied();
    },
    usage: () => {
      const usage = use((database) => {
        let entries = writer.countRows(database);
        for (const write of pending.all()) {
          const isStored = database.has.get(write.hash, rowKey(write.key), Number.NEGATIVE_INFINITY) !== undefined;
          const isWaiting = liveEntry(write) !== undefined;
          if (isStored && !isWaiting) entries -= 1;
          else if (!isStored && isWaiting) entries += 1;
        }
        return { entries, bytes: usedBytes(database) + pending.bytes };
      });
      changes.notify();
      const { evictions, expired } = eviction;
      const { damaged, faults } = reports;
      return { ...usage, maxBytes, evictions, refused, expired, damaged, faults };
    },
    keys: () => listKeys({ use, pending, now, isCovered: isRowCovered, isLive: isHere }),
    flush: () => writes.flush(),
    close: () => {
      closing ??= finish();
      return closing;
    },
    invalidations: {
      id: idOfFile(),
      version: judge.version,
      add: (invalidations) => {
        if (closed) throw storeClosed(name);
        for (const { kind, name: key } of invalidations) if (kind === 'key') remove(key);
        const named = invalidations.filter(({ kind }) => kind !== 'key');
        if (named.length === 0) return;
        changes.add(named);
        writes.wake(true);
      },
      settled: () => writes.settled(),
      poll: hearing.poll,
      listen: (listener) => {
        hearing.listen(listener);
        changes.listen(listener);
      },
    },
    marks: {
      get: (log) => {
        const number = use((database) => database.mark.get(log))?.number;
        return number === undefined ? undefined : Number(number);
      },
      set: (log, number) => {
        use((database) => transact(database, false, () => database.setMark.run(log, number)), true);
        upkeep.note(pageBytes);
      },
    },
    leases,
    popularity: { record: popularity.record, top: popularity.top },
  };
};
