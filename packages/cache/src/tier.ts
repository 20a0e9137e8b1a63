import { createDoubts } from './doubts.ts';
import { entryDamaged, optionInvalid } from './errors.ts';
import { channels, type StoreOperation } from './events.ts';
import type { CacheEntry, CacheStore, MaybePromise, StoreUsage } from './store.ts';
import { createWriteOrder } from './write-order.ts';

/** One store in its place, fastest first. */
export interface TierOptions {
  /** Where this tier keeps its entries. */
  readonly store: CacheStore;
  /** The longest that an entry stays in this tier, milliseconds from when it enters; slower tiers are not affected. @default Infinity */
  readonly ttlMs?: number | undefined;
}

/** What one tier did since the cache was created, and what it holds now. */
export interface TierStats extends Required<Omit<StoreUsage, 'faults'>> {
  readonly name: string;
  readonly hits: number;
  readonly misses: number;
  /** Hits per lookup, 0 to 1; 0 before the first lookup. */
  readonly hitRate: number;
  /** Entries written, promotions included. */
  readonly sets: number;
  /** Faults, those in the store's own background work included. */
  readonly errors: number;
}

/** A store whose faults are counted, announced and kept from the caller. */
export interface Tier {
  readonly name: string;
  /** Reads and writes answer at once. */
  readonly sync: boolean;
  readonly memory: boolean;
  readonly holdsBytes: boolean;
  readonly ttlMs: number;
  hits: number;
  misses: number;
  /** For tiers that are `sync`; a fault is a miss that only `errors` counts. */
  readNow(key: string, countsMiss: boolean): CacheEntry | undefined;
  readLater(key: string): Promise<CacheEntry | undefined>;
  write(key: string, entry: CacheEntry): MaybePromise<void>;
  delete(key: string): MaybePromise<boolean>;
  clear(): MaybePromise<void>;
  /** The value could not be made bytes: nothing older may stay in its place. */
  rejectValue(key: string, error: unknown): MaybePromise<void>;
  /** The bytes under `key` do not decode. */
  countDamage(error: unknown): void;
  stats(): Promise<TierStats>;
  /** Whether everything written so far is durable. */
  flush(): Promise<boolean>;
  /** Closes the store; from the call on the tier reads nothing. */
  close(): Promise<void>;
}

const nothingHeld: StoreUsage = { entries: 0, bytes: 0, evictions: 0 };

export const createTier = (options: TierOptions, now: () => number): Tier => {
  const { store } = options;
  const { ttlMs = Number.POSITIVE_INFINITY } = options;
  if (!(ttlMs > 0)) throw optionInvalid('tiers[].ttlMs', ttlMs, 'a number of milliseconds above 0');
  const { sync, memory, holds } = store.capabilities;
  const doubts = createDoubts();
  const order = createWriteOrder();
  let sets = 0;
  let errors = 0;
  let damaged = 0;
  let lastUsage = nothingHeld;
  let closed = false;

  const fault = (operation: StoreOperation, error: unknown): void => {
    errors += 1;
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

  const remove = (key: string): MaybePromise<boolean> =>
    attempt(
      key,
      'delete',
      () => store.delete(key),
      () => doubts.settle(key),
      () => doubts.add(key, now()),
      false,
    );

  const tier: Tier = {
    name: store.name,
    sync,
    memory,
    holdsBytes: holds === 'bytes',
    ttlMs,
    hits: 0,
    misses: 0,
    readNow: (key, countsMiss) => {
      try {
        const entry = store.get(key) as CacheEntry | undefined;
        if (entry !== undefined && !(doubts.any && doubts.covers(key, entry.createdAt))) return entry;
        if (countsMiss) tier.misses += 1;
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
        const entry = await store.get(key);
        if (entry !== undefined && !(doubts.any && doubts.covers(key, entry.createdAt))) return entry;
        tier.misses += 1;
      } catch (error) {
        fault('get', error);
      }
      return undefined;
    },
    write: (key, entry) =>
      attempt(
        key,
        'set',
        () => store.set(key, entry),
        () => {
          sets += 1;
          if (doubts.any) doubts.settle(key);
        },
        () => doubts.add(key, now()),
        undefined,
      ),
    delete: remove,
    clear: () =>
      attempt(
        undefined,
        'clear',
        () => store.clear(),
        () => doubts.settleAll(),
        () => doubts.addAll(now()),
        undefined,
      ),
    rejectValue: (key, error) => {
      fault('encode', error);
      const removed = remove(key);
      return removed instanceof Promise ? removed.then(() => undefined) : undefined;
    },
    countDamage: (error) => {
      damaged += 1;
      const { entryDropped } = channels;
      if (!entryDropped.hasSubscribers) return;
      entryDropped.publish({
        store: store.name,
        reason: 'damaged',
        entries: 1,
        error: entryDamaged(store.name, undefined, error),
      });
    },
    stats: async () => {
      try {
        if (!closed) lastUsage = await store.usage();
      } catch (error) {
        fault('usage', error);
      }
      const { hits, misses } = tier;
      return {
        name: store.name,
        hits,
        misses,
        hitRate: hits === 0 ? 0 : hits / (hits + misses),
        sets,
        entries: lastUsage.entries,
        bytes: lastUsage.bytes,
        evictions: lastUsage.evictions,
        refused: lastUsage.refused ?? 0,
        damaged: damaged + (lastUsage.damaged ?? 0),
        errors: errors + (lastUsage.faults ?? 0),
      };
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
