import { createDoubts } from './doubts.ts';
import type { Stamp } from './entry.ts';
import { entryDamaged, optionInvalid } from './errors.ts';
import { channels, type StoreOperation } from './events.ts';
import type { Scopes } from './scopes.ts';
import type { CacheEntry, CacheStore, Invalidation, MaybePromise, StoreUsage, WriteOrigin } from './store.ts';
import { createTierLog } from './tier-log.ts';
import { createWriteOrder } from './write-order.ts';

/** One store in its place, fastest first. */
export interface TierOptions {
  /** Where this tier keeps its entries. */
  readonly store: CacheStore;
  /** The longest that an entry stays in this tier, milliseconds from when it enters; slower tiers are not affected. @default Infinity */
  readonly ttlMs?: number | undefined;
}

/** What a tier counted since the cache was created. */
export interface TierCounts {
  hits: number;
  misses: number;
  /** Entries written, promotions included. */
  sets: number;
  /** Faults, those in the store's own background work included. */
  errors: number;
  damaged: number;
  /** Time spent asking a store that is not memory, and how often. */
  readMs: number;
  reads: number;
  /** What its hits would have cost to load. */
  savedLoadMs: number;
  savedUsd: number;
}

/** A store whose faults are counted, announced and kept from the caller. */
export interface Tier {
  readonly name: string;
  readonly store: CacheStore;
  /** Reads and writes answer at once. */
  readonly sync: boolean;
  readonly memory: boolean;
  readonly holdsBytes: boolean;
  readonly ttlMs: number;
  readonly counts: TierCounts;
  /** Number of the last invalidation known, for work that begins now. */
  version(): number;
  /** For tiers that are `sync`; a fault is a miss that only `errors` counts. */
  readNow(key: string, countsMiss: boolean): CacheEntry | undefined;
  readLater(key: string): Promise<CacheEntry | undefined>;
  /** In the order of `keys`. Counts no misses. */
  readManyNow(keys: readonly string[]): readonly (CacheEntry | undefined)[];
  /** In the order of `keys`. */
  readManyLater(keys: readonly string[]): Promise<readonly (CacheEntry | undefined)[]>;
  write(key: string, entry: CacheEntry, origin: WriteOrigin): MaybePromise<void>;
  delete(key: string): MaybePromise<boolean>;
  clear(): MaybePromise<void>;
  /** Makes the store judge by these too, or forget what they might cover. */
  invalidate(invalidations: readonly Invalidation[]): MaybePromise<void>;
  /** What the store learnt about keys holds no more. */
  forgetHistory(): void;
  /** Resolves when other processes can see what was deleted and invalidated. */
  settled(): MaybePromise<void>;
  /** While `true`, everything read is a miss. */
  suspend(suspended: boolean): void;
  /** The value could not be made bytes: nothing older may stay in its place. */
  rejectValue(key: string, error: unknown): MaybePromise<void>;
  /** The bytes under `key` do not decode, or decode to what the schema does not allow. */
  countDamage(error: unknown): void;
  /** Counts and announces a fault of the store in what the cache asked of it directly. */
  fault(operation: StoreOperation, error: unknown): void;
  usage(): Promise<StoreUsage>;
  /** Whether everything written so far is durable. */
  flush(): Promise<boolean>;
  /** Closes the store; from the call on the tier reads nothing. */
  close(): Promise<void>;
}

const nothingHeld: StoreUsage = { entries: 0, bytes: 0, evictions: 0 };

export const createTier = (options: TierOptions, now: () => number, scopes: Scopes): Tier => {
  const { store } = options;
  const { ttlMs = Number.POSITIVE_INFINITY } = options;
  if (!(ttlMs > 0)) throw optionInvalid('tiers[].ttlMs', ttlMs, 'a number of milliseconds above 0');
  const { sync, memory, holds } = store.capabilities;
  const log = store.invalidations;
  const doubts = createDoubts();
  const order = createWriteOrder();
  const counts: TierCounts = {
    hits: 0,
    misses: 0,
    sets: 0,
    errors: 0,
    damaged: 0,
    readMs: 0,
    reads: 0,
    savedLoadMs: 0,
    savedUsd: 0,
  };
  let lastUsage = nothingHeld;
  let keepsAbsences = false;
  let closed = false;

  const fault = (operation: StoreOperation, error: unknown): void => {
    counts.errors += 1;
    if (channels.storeFault.hasSubscribers) channels.storeFault.publish({ store: store.name, operation, error });
  };

  /** Runs one write, in order for stores that answer later, and turns a fault into `otherwise`. */
  const attempt = <Result>(
    key: string | undefined,
    operation: StoreOperation,
    run: () => MaybePromise<Result>,
    done: () => void,
    failed: () => void,
    otherwise: Result,
  ): MaybePromise<Result> => {
    const fail = (error: unknown): Result => {
      failed();
      fault(operation, error);
      return otherwise;
    };
    if (sync) {
      try {
        const result = run() as Result;
        done();
        return result;
      } catch (error) {
        return fail(error);
      }
    }
    const later = async (): Promise<Result> => {
      try {
        const result = await run();
        done();
        return result;
      } catch (error) {
        return fail(error);
      }
    };
    return key === undefined ? order.writeAll(later) : order.write(key, later);
  };

  /** Whether what stands under the key counts as there; for entries that only the cache can judge. */
  const isThere = (key: string): boolean => {
    if (!sync || !(keepsAbsences || (log === undefined && scopes.version > 0))) return true;
    const entry = store.get(key) as CacheEntry | undefined;
    return entry !== undefined && entry.absent !== true && (log !== undefined || !scopes.covers(key, entry));
  };

  const remove = (key: string): MaybePromise<boolean> =>
    attempt(
      key,
      'delete',
      () => {
        const wasThere = isThere(key);
        const removed = store.delete(key);
        return wasThere ? removed : false;
      },
      () => doubts.settle(key),
      () => doubts.add(key, doubtedAt()),
      false,
    );

  const clear = (): MaybePromise<void> =>
    attempt(
      undefined,
      'clear',
      () => store.clear(),
      () => doubts.settleAll(),
      () => doubts.addAll(doubtedAt()),
      undefined,
    );

  /** Whether no invalidation since covers an entry of a store that cannot tell by itself. */
  const stands = (key: string, entry: CacheEntry): boolean => {
    if (scopes.covers(key, entry)) {
      // A store that answers later may hold something newer by now.
      if (sync) void remove(key);
      return false;
    }
    // What has been judged once is not judged again until something else is invalidated.
    entry.version = scopes.version;
    return true;
  };

  const trusts = (key: string, entry: CacheEntry): boolean =>
    !(doubts.any && doubts.covers(key, entry.createdAt)) &&
    (log !== undefined || entry.version === scopes.version || stands(key, entry));

  /** When something in doubt may have been made at the latest: the clock may have been set back since. */
  let newest = 0;
  const doubtedAt = (): number => Math.max(now(), newest);

  const written = (key: string, entry: CacheEntry): void => {
    counts.sets += 1;
    if (entry.createdAt > newest) newest = entry.createdAt;
    if (entry.absent === true) keepsAbsences = true;
    if (doubts.any) doubts.settle(key);
  };

  const timed = (since: number, reads = 1): void => {
    counts.reads += reads;
    counts.readMs += performance.now() - since;
  };

  const tierLog = createTierLog({ store, scopes, fault, clear, doubtAll: () => doubts.addAll(doubtedAt()) });

  const tier: Tier = {
    name: store.name,
    store,
    sync,
    memory,
    holdsBytes: holds === 'bytes',
    ttlMs,
    counts,
    version: tierLog.version,
    forgetHistory: tierLog.forgetHistory,
    readNow: memory
      ? (key, countsMiss) => {
          try {
            const entry = store.get(key) as CacheEntry | undefined;
            if (entry !== undefined && trusts(key, entry)) return entry;
            if (countsMiss) counts.misses += 1;
          } catch (error) {
            fault('get', error);
          }
          return undefined;
        }
      : (key, countsMiss) => {
          const since = performance.now();
          try {
            const entry = store.get(key) as CacheEntry | undefined;
            timed(since);
            if (entry !== undefined && trusts(key, entry)) return entry;
            if (countsMiss) counts.misses += 1;
          } catch (error) {
            fault('get', error);
          }
          return undefined;
        },
    readLater: async (key) => {
      if (sync) return tier.readNow(key, true);
      try {
        // A write under way must land first, or the read could bring back what the write replaces.
        for (let before = order.pending(key); before !== undefined; before = order.pending(key)) await before;
        const since = performance.now();
        const entry = await store.get(key);
        timed(since);
        if (entry !== undefined && trusts(key, entry)) return entry;
        counts.misses += 1;
      } catch (error) {
        fault('get', error);
      }
      return undefined;
    },
    readManyNow: (keys) => {
      if (store.getMany === undefined) return keys.map((key) => tier.readNow(key, false));
      try {
        const since = performance.now();
        const found = store.getMany(keys) as readonly (CacheEntry | undefined)[];
        timed(since, keys.length);
        return keys.map((key, index) => {
          const entry = found[index];
          return entry !== undefined && trusts(key, entry) ? entry : undefined;
        });
      } catch (error) {
        fault('get', error);
        return keys.map(() => undefined);
      }
    },
    readManyLater: async (keys) => {
      if (store.getMany === undefined) return Promise.all(keys.map((key) => tier.readLater(key)));
      try {
        for (const key of keys)
          for (let before = order.pending(key); before !== undefined; before = order.pending(key)) await before;
        const since = performance.now();
        const found = await store.getMany(keys);
        timed(since, keys.length);
        return keys.map((key, index) => {
          const entry = found[index];
          if (entry !== undefined && trusts(key, entry)) return entry;
          counts.misses += 1;
          return undefined;
        });
      } catch (error) {
        fault('get', error);
        return keys.map(() => undefined);
      }
    },
    write: (key, entry, origin) => {
      if (!sync) {
        return attempt(
          key,
          'set',
          () => store.set(key, entry, origin),
          () => written(key, entry),
          () => doubts.add(key, doubtedAt()),
          undefined,
        );
      }
      // As `attempt` does it, without its closures: this is what each `set` costs.
      try {
        void store.set(key, entry, origin);
        written(key, entry);
      } catch (error) {
        doubts.add(key, doubtedAt());
        fault('set', error);
      }
      return undefined;
    },
    delete: remove,
    clear,
    invalidate: tierLog.invalidate,
    settled: tierLog.settled,
    suspend: (suspended) => doubts.suspend(suspended),
    rejectValue: (key, error) => {
      fault('encode', error);
      const removed = remove(key);
      return removed instanceof Promise ? removed.then(() => undefined) : undefined;
    },
    countDamage: (error) => {
      counts.damaged += 1;
      const { entryDropped } = channels;
      if (!entryDropped.hasSubscribers) return;
      entryDropped.publish({
        store: store.name,
        reason: 'damaged',
        entries: 1,
        error: entryDamaged(store.name, undefined, error),
      });
    },
    fault,
    usage: async () => {
      try {
        if (!closed) lastUsage = await store.usage();
      } catch (error) {
        fault('usage', error);
      }
      return lastUsage;
    },
    flush: async () => {
      await order.settled();
      try {
        await store.flush?.();
        return true;
      } catch (error) {
        fault('flush', error);
        return false;
      }
    },
    close: async () => {
      closed = true;
      doubts.addAll(Number.POSITIVE_INFINITY);
      await order.settled();
      try {
        await store.close?.();
      } catch (error) {
        fault('close', error);
      }
    },
  };
  return tier;
};

/** What work that begins now knows of the invalidations in each tier. */
export const stampsOf = (tiers: readonly Tier[]): Stamp[] =>
  tiers.map((tier) => ({ version: tier.version(), fence: undefined }));
