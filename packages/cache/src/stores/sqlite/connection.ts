import { fileFoundDamaged, storeReadOnly, storeUnavailable } from '../../errors.ts';
import { channels } from '../../events.ts';
import { discardDatabase, isGone, isWriteProtected, openDatabase } from './database.ts';
import { isDamaged } from './faults.ts';
import type { CacheDatabase } from './layout.ts';

export interface ConnectionOptions {
  readonly store: string;
  readonly path: string;
  readonly now: () => number;
  /** A damaged file stays where it is, and fails whoever meets the damage. */
  readonly keepsDamaged: boolean;
  /** A damaged file was moved aside. */
  readonly onMoved: (movedTo: string, error: unknown) => void;
  /** A file was opened, the first or one that took its place. */
  readonly onOpened: (database: CacheDatabase) => void;
  /** The file that was open is not used any more. */
  readonly onAbandoned: () => void;
}

/** The open cache file, whichever is at the path. */
export interface Connection {
  /**
   * Runs `work`, and once more on a new file if the present one turns out to be damaged. Throws `CACHE_FILE_DAMAGED` where
   * that one is kept, `CACHE_STORE_READ_ONLY` where it `writes` and may not.
   */
  use<Result>(work: (database: CacheDatabase) => Result, writes?: boolean): Result;
  /** The open file, if any. */
  readonly database: CacheDatabase | undefined;
  /** Uses it no more; the caller closes it. */
  release(): CacheDatabase | undefined;
}

const reopenMs = 1_000;
/** How often a store that only reads looks whether the path still leads to its file. Each write looks: it would be lost. */
const readCheckMs = 1_000;
/** How often a file that could not be written to is tried again. */
const writableCheckMs = 10_000;

/** Opens the file at once; throws `CACHE_STORE_UNAVAILABLE`, and `CACHE_FILE_DAMAGED` where a damaged one is kept. */
export const createConnection = (options: ConnectionOptions): Connection => {
  const { store, path, now, keepsDamaged, onMoved, onOpened, onAbandoned } = options;
  /** Asked before anything is moved: a file that stays ends it here. */
  const movedTo = (): string => {
    if (keepsDamaged) throw fileFoundDamaged(store, path, new Error('its beginning cannot be read'));
    return `${path}.corrupt-${now()}`;
  };
  let database: CacheDatabase | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let writableCheckAt = 0;
  let reopenAt = 0;
  let reopenError: unknown;

  const discard = (damagedDatabase: CacheDatabase, error: unknown): void => {
    const target = movedTo();
    if (discardDatabase(damagedDatabase, path, target)) onMoved(target, error);
  };

  const open = (): CacheDatabase => {
    const opening = openDatabase(store, path, movedTo, onMoved);
    try {
      onOpened(opening);
      return opening;
    } catch (error) {
      const isKept = keepsDamaged && isDamaged(error);
      if (isKept || opening.readOnly || !isDamaged(error)) {
        opening.connection.close();
        throw isKept ? fileFoundDamaged(store, path, error) : storeUnavailable(store, path, error);
      }
      discard(opening, error);
    }
    const anew = openDatabase(store, path, movedTo, onMoved);
    onOpened(anew);
    return anew;
  };

  const opened = (): CacheDatabase => {
    if (database !== undefined) return database;
    if (performance.now() < reopenAt) throw reopenError;
    try {
      database = open();
      writableCheckAt = performance.now() + writableCheckMs;
      return database;
    } catch (error) {
      reopenAt = performance.now() + reopenMs;
      reopenError = error;
      throw error;
    }
  };

  const abandon = (): void => {
    database = undefined;
    onAbandoned();
  };

  const isOutdated = (present: CacheDatabase, at: number): boolean => {
    if (isGone(present, path)) return true;
    if (!present.readOnly || at < writableCheckAt) return false;
    writableCheckAt = at + writableCheckMs;
    return !isWriteProtected(path);
  };

  /** The open file, or a new one if another took its place. */
  const current = (writes: boolean): CacheDatabase => {
    const present = opened();
    const at = performance.now();
    if (!writes && at - checkedAt < readCheckMs) return present;
    checkedAt = at;
    if (!isOutdated(present, at)) return present;
    abandon();
    present.connection.close();
    return opened();
  };

  const run = <Result>(work: (database: CacheDatabase) => Result, writes: boolean): Result => {
    const present = current(writes);
    if (writes && present.readOnly) throw storeReadOnly(store, path);
    try {
      return work(present);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      if (keepsDamaged) throw fileFoundDamaged(store, path, error);
      if (present.readOnly) throw error;
      abandon();
      discard(present, error);
      return work(opened());
    }
  };

  opened();
  return {
    use: (work, writes = false) => {
      const { queryEnd } = channels;
      if (!queryEnd.hasSubscribers) return run(work, writes);
      const startedAt = performance.now();
      try {
        return run(work, writes);
      } finally {
        const durationMs = performance.now() - startedAt;
        queryEnd.publish({ store, operation: writes ? 'write' : 'read', durationMs });
      }
    },
    get database() {
      return database;
    },
    release: () => {
      const last = database;
      database = undefined;
      return last;
    },
  };
};
