import { worthOf } from '../../entry.ts';
import type { Envelope } from '../../envelope.ts';
import type { Changes } from './changes.ts';
import type { Eviction } from './eviction.ts';
import type { Judge } from './judge.ts';
import { rowKey, tagsText } from './key.ts';
import { type CacheDatabase, pageBytes } from './layout.ts';
import type { PendingWrite, PendingWrites } from './pending.ts';
import { transact } from './transaction.ts';

export interface WriterOptions {
  readonly use: <Result>(work: (database: CacheDatabase) => Result, writes: boolean) => Result;
  readonly judge: Judge;
  readonly changes: Changes;
  readonly pending: PendingWrites;
  readonly envelope: Envelope;
  readonly eviction: Eviction;
  /** So many bytes have come to the log of the file. */
  readonly onWritten: (bytes: number) => void;
  readonly onCommitted: () => void;
}

export interface Slice {
  readonly isPatient: boolean;
  /** How long rows are written before the transaction is closed, milliseconds. */
  readonly budgetMs: number;
  /** Done first, in the same transaction. */
  readonly first?: (database: CacheDatabase) => void;
}

export interface Writer {
  /**
   * Writes of `writes`, from position `from` on, what waits under their keys now, with all that is to be told to others.
   * Returns the position to go on from. Throws and has written nothing.
   */
  commit(writes: readonly PendingWrite[], from: number, slice: Slice): number;
  /** This row turned out to be invalid when it was read: it goes with the next transaction. */
  drop(id: number, version: number): void;
  isDropped(id: number, version: number): boolean;
  readonly hasDropped: boolean;
  /** Rows in the file. Counted once, and again only when others have written. */
  countRows(database: CacheDatabase): number;
  /** Others have written, or it is another file. */
  forgetRows(): void;
}

const mostDropped = 1_000;
const indexBytes = pageBytes / 4;

export const createWriter = (options: WriterOptions): Writer => {
  const { use, judge, changes, pending, envelope, eviction, onWritten, onCommitted } = options;
  /** Versions of rows by their ids. */
  const dropped = new Map<number, number>();
  let rows: number | undefined;

  const isFenced = (database: CacheDatabase, { hash, entry }: PendingWrite, bound: string | Uint8Array): boolean =>
    entry?.fence !== undefined && database.newerFence.get(hash, bound, entry.fence) !== undefined;

  /** Returns by how many rows the file has grown. */
  const writeRow = (database: CacheDatabase, write: PendingWrite): number => {
    const { key, hash, entry, version, isLogged, isSet } = write;
    const isCovered = entry !== undefined && judge.coversWaiting(key, version, entry.tags, isSet);
    // What a caller set takes the place of older values even when it has become invalid itself.
    if (isCovered && !isLogged) return 0;
    const bound = rowKey(key);
    if (isFenced(database, write, bound)) return 0;
    const removed = Number(database.remove.run(hash, bound).changes);
    onWritten(indexBytes);
    if (entry === undefined || isCovered) return -removed;
    const sealed = write.sealed ?? envelope.sealForNow(key, entry);
    database.insert.run(
      hash,
      bound,
      entry.expiresAt === Number.POSITIVE_INFINITY ? null : entry.expiresAt,
      changes.rowVersion(isLogged),
      worthOf(entry) / sealed.byteLength,
      entry.fence ?? null,
      tagsText(entry.tags),
      sealed,
    );
    onWritten(sealed.byteLength);
    return 1 - removed;
  };

  return {
    countRows: (database) => {
      // What others did since the last transaction shows in the version of the data.
      changes.read(database);
      rows ??= Number(database.count.get()?.entries ?? 0);
      return rows;
    },
    forgetRows: () => {
      rows = undefined;
    },
    commit: (writes, from, { isPatient, budgetMs, first }) => {
      let at = from;
      let done: PendingWrite[] = [];
      let growth = 0;
      try {
        use((database) => {
          transact(database, isPatient, () => {
            at = from;
            done = [];
            growth = 0;
            const keys: string[] = [];
            changes.read(database);
            changes.begin(database);
            first?.(database);
            for (const [id, version] of dropped) growth -= Number(database.removeRow.run(id, version).changes);
            const endsAt = performance.now() + budgetMs;
            for (; at < writes.length; at += 1) {
              const write = pending.get(writes[at]?.key ?? '');
              if (write === undefined) continue;
              growth += writeRow(database, write);
              done.push(write);
              if (write.isLogged) keys.push(write.key);
              if (performance.now() >= endsAt) {
                at += 1;
                break;
              }
            }
            changes.end(database, keys);
            if (done.length > 0) growth -= eviction.makeRoom(database);
          });
          changes.committed();
          dropped.clear();
          if (rows !== undefined) rows += growth;
          for (const write of done) pending.remove(write);
        }, true);
        onWritten(pageBytes);
        onCommitted();
      } finally {
        changes.notify();
      }
      return at;
    },
    drop: (id, version) => {
      if (dropped.size < mostDropped) dropped.set(id, version);
    },
    isDropped: (id, version) => dropped.get(id) === version,
    get hasDropped() {
      return dropped.size > 0;
    },
  };
};
