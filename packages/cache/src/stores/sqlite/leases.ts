import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { optionInvalid } from '../../errors.ts';
import type { LeaseTable, MaybePromise } from '../../store.ts';
import { isBusy } from './faults.ts';
import { keyHash, rowKey } from './key.ts';
import { type CacheDatabase, pageBytes } from './layout.ts';
import { transact } from './transaction.ts';

export interface LeasesOptions {
  readonly use: <Result>(work: (database: CacheDatabase) => Result, writes?: boolean) => Result;
  readonly now: () => number;
  /** So many bytes have come to the log of the file. */
  readonly onWritten: (bytes: number) => void;
  /** Writes what waits under the key, and runs `first` in the same transaction. */
  readonly writeKey: (key: string, first: (database: CacheDatabase) => void) => void;
}

/** A released lease is kept as the fence against writes of older ones for this long, milliseconds. */
const keptMs = 10 * 60_000;
const trimEvery = 128;
/** Others may use longer leases than this process does, up to this, milliseconds. */
const longestLeaseMs = 60_000;
/** A locked file is asked again after these, milliseconds; nothing waits on the thread meanwhile. */
const pausesMs = [1, 2, 4, 8, 16, 32];

/** Whether the process that took a lease has ended; of those on other machines, containers included, only time can tell. */
const isGone = (owner: string, host: string): boolean => {
  const [pid = '', ...rest] = owner.split('@');
  if (rest.join('@') !== host) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

/** Leases in the file, for all processes that use it. Rejects with SQLITE_BUSY when others keep the file locked. */
export const createLeases = ({ use, now, onWritten, writeKey }: LeasesOptions): LeaseTable => {
  const host = hostname();
  const owner = `${process.pid}@${host}`;
  let sinceTrim = 0;

  const retry = async <Result>(attempt: () => Result, first: unknown): Promise<Result> => {
    let last = first;
    for (const pauseMs of pausesMs) {
      await sleep(pauseMs);
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error)) throw error;
        last = error;
      }
    }
    throw last;
  };

  const patiently = <Result>(attempt: () => Result): MaybePromise<Result> => {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      return retry(attempt, error);
    }
  };

  const checkDuration = (durationMs: number): void => {
    if (!(durationMs > 0 && durationMs < Number.POSITIVE_INFINITY))
      throw optionInvalid('durationMs', durationMs, 'a number of milliseconds above 0');
  };

  /** One that was given back has no owner. One that ends later than any lease can has a clock that was set back since. */
  const isHeld = ({ owner: holder, expires_at: endsAt }: Record<string, unknown>, durationMs: number): boolean => {
    const leftMs = Number(endsAt) - now();
    return (
      holder !== '' && leftMs > 0 && leftMs <= Math.max(durationMs, longestLeaseMs) && !isGone(String(holder), host)
    );
  };

  const acquire = (database: CacheDatabase, key: string, durationMs: number): number | undefined => {
    const [hash, bound] = [keyHash(key), rowKey(key)];
    // Those who wait for a lease ask often: they must not lock the file each time.
    const seen = database.lease.get(hash, bound);
    if (seen !== undefined && isHeld(seen, durationMs)) return undefined;
    onWritten(pageBytes);
    return transact(database, false, () => {
      const token = Number(database.nextToken.get()?.token);
      const taken = database.takeLease.run(hash, bound, token, owner, now() + durationMs, Number(seen?.token ?? 0));
      sinceTrim += 1;
      if (sinceTrim >= trimEvery) {
        sinceTrim = 0;
        database.trimLeases.run(now() - keptMs);
      }
      return taken.changes === 1 ? token : undefined;
    });
  };

  return {
    acquire: (key, durationMs) => {
      checkDuration(durationMs);
      return patiently(() => use((database) => acquire(database, key, durationMs), true));
    },
    extend: (key, token, durationMs) => {
      checkDuration(durationMs);
      return patiently(() =>
        use(
          (database) =>
            transact(database, false, () =>
              Number(database.extendLease.run(now() + durationMs, keyHash(key), rowKey(key), token).changes),
            ) === 1,
          true,
        ),
      );
    },
    release: (key, token) =>
      patiently(() => writeKey(key, (database) => void database.endLease.run(now(), keyHash(key), rowKey(key), token))),
  };
};
