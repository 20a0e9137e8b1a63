import { type BatchDatabase, openBatchDatabase } from './database.ts';
import { storageUnusable } from './errors.ts';
import type { BatchRecord, DialectName, FileRecord } from './records.ts';

export interface Page {
  /** The id after which the page begins. */
  readonly after?: string | undefined;
  /** The id before which the page ends. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** What there is of files and batches. Every method is synchronous, and throws `SERVER_BATCHES_STORAGE` where it cannot. */
export interface BatchStore {
  addFile(file: FileRecord): void;
  file(owner: string, id: string): FileRecord | undefined;
  /** Whose ever it is. */
  hasFile(id: string): boolean;
  /** How many files there are, and of how many bytes together. */
  sizeOfFiles(owner: string): { readonly files: number; readonly bytes: number };
  /** The newest first unless `ascending`. Undefined where there is no file `after`. */
  files(
    owner: string,
    page: Pick<Page, 'after' | 'limit'> & { readonly ascending?: boolean; readonly purpose?: string },
  ): readonly FileRecord[] | undefined;
  deleteFile(id: string): void;
  endedFiles(at: number): readonly FileRecord[];
  addBatch(batch: BatchRecord): void;
  batch(id: string): BatchRecord | undefined;
  /** The newest first. Undefined where there is no batch `after` or `before`. */
  batches(owner: string, dialect: DialectName, page: Page): readonly BatchRecord[] | undefined;
  countRunning(owner: string): number;
  /** All that have not ended, the oldest first. */
  running(): readonly BatchRecord[];
  /** Those that ended before. */
  endedBatches(at: number): readonly BatchRecord[];
  deleteBatch(id: string): void;
  /**
   * Changes a batch to what `work` makes of it as it is now, and adds `files`, all in one; returns it as it is then. Where
   * `work` returns undefined nothing changes. `lasts`: whether that must outlive a loss of power.
   */
  change(
    id: string,
    work: (batch: BatchRecord) => BatchRecord | undefined,
    options?: { readonly files?: readonly FileRecord[]; readonly lasts?: boolean },
  ): BatchRecord | undefined;
  close(): void;
}

type Row = Record<string, unknown>;

const fileOf = (row: Row): FileRecord => ({
  id: String(row.id),
  owner: String(row.owner),
  filename: String(row.filename),
  purpose: row.purpose === 'batch' ? 'batch' : 'batch_output',
  bytes: Number(row.bytes),
  createdAt: Number(row.created_at),
  expiresAt: Number(row.expires_at),
});

const batchOf = (row: Row): BatchRecord => JSON.parse(String(row.record)) as BatchRecord;

const last = Number.MAX_SAFE_INTEGER;

/** Throws `SERVER_BATCHES_STORAGE` and `SERVER_BATCHES_UNAVAILABLE`. */
export const openBatchStore = (path: string): BatchStore => {
  const database = openBatchDatabase(path);
  const { connection } = database;
  let isClosed = false;

  const use = <Result>(work: (its: BatchDatabase) => Result): Result => {
    try {
      return work(database);
    } catch (error) {
      throw storageUnusable(path, error);
    }
  };

  const write = <Result>(synchronous: 'FULL' | 'NORMAL', work: (its: BatchDatabase) => Result): Result =>
    use((its) => {
      connection.exec(`PRAGMA synchronous = ${synchronous}; BEGIN IMMEDIATE`);
      try {
        const result = work(its);
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    });

  const insertFile = (its: BatchDatabase, file: FileRecord): void => {
    const { id, owner, filename, purpose, bytes, createdAt, expiresAt } = file;
    its.addFile.run(id, owner, filename, purpose, bytes, createdAt, expiresAt);
  };

  return {
    addFile: (file) => write('FULL', (its) => insertFile(its, file)),
    file: (owner, id) =>
      use((its) => {
        const row = its.file.get(id, owner);
        return row && fileOf(row);
      }),
    hasFile: (id) => use((its) => its.hasFile.get(id) !== undefined),
    sizeOfFiles: (owner) =>
      use((its) => {
        const row = its.sizeOfFiles.get(owner);
        return { files: Number(row?.files), bytes: Number(row?.bytes) };
      }),
    files: (owner, { after, limit, ascending = false, purpose = '' }) =>
      use((its) => {
        const cursor = after === undefined ? undefined : its.file.get(after, owner);
        if (after !== undefined && !cursor) return undefined;
        const sequence = cursor ? Number(cursor.sequence) : ascending ? 0 : last;
        const select = ascending ? its.filesAfter : its.filesBefore;
        return select.all(owner, purpose, purpose, sequence, limit).map(fileOf);
      }),
    deleteFile: (id) => write('FULL', (its) => void its.deleteFile.run(id)),
    endedFiles: (at) => use((its) => its.endedFiles.all(at).map(fileOf)),
    addBatch: (batch) =>
      write('FULL', (its) => {
        its.addBatch.run(batch.id, batch.owner, batch.dialect, batch.endedAt, JSON.stringify(batch));
      }),
    batch: (id) =>
      use((its) => {
        const row = its.batch.get(id);
        return row && batchOf(row);
      }),
    batches: (owner, dialect, { after, before, limit }) =>
      use((its) => {
        const cursorId = after ?? before;
        const row = cursorId === undefined ? undefined : its.batch.get(cursorId);
        const cursor = row && batchOf(row);
        if (cursorId !== undefined && (cursor?.owner !== owner || cursor.dialect !== dialect)) return undefined;
        const sequence = row ? Number(row.sequence) : last;
        if (after === undefined && before !== undefined) {
          return its.batchesAfter.all(owner, dialect, sequence, limit).map(batchOf).reverse();
        }
        return its.batchesBefore.all(owner, dialect, sequence, limit).map(batchOf);
      }),
    countRunning: (owner) => use((its) => Number(its.countRunning.get(owner)?.batches)),
    running: () => use((its) => its.running.all().map(batchOf)),
    endedBatches: (at) => use((its) => its.endedBatches.all(at).map(batchOf)),
    deleteBatch: (id) => write('FULL', (its) => void its.deleteBatch.run(id)),
    change: (id, work, { files = [], lasts = true } = {}) =>
      write(lasts ? 'FULL' : 'NORMAL', (its) => {
        const row = its.batch.get(id);
        const changed = row && work(batchOf(row));
        if (!changed) return undefined;
        its.changeBatch.run(changed.endedAt, JSON.stringify(changed), id);
        for (const file of files) insertFile(its, file);
        return changed;
      }),
    close() {
      if (isClosed) return;
      isClosed = true;
      connection.close();
    },
  };
};
