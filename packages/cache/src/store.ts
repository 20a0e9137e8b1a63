/** A value or the promise of one: stores answer at once where they can. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** What a tier keeps under a key. Only the first three say when and what; a store keeps all the others as they are. */
export interface CacheEntry<Stored = unknown> {
  readonly value: Stored;
  /** When the value was produced, epoch milliseconds. */
  readonly createdAt: number;
  /**
   * When the entry dies everywhere, epoch milliseconds; `Infinity` for never. The time is absolute and travels with the
   * entry, so that copying it to another tier never lengthens its life.
   */
  readonly expiresAt: number;
  /** From when on the value may only be served while a newer one is made or cannot be had, epoch milliseconds. @default never */
  readonly staleAt?: number | undefined;
  /** How long the loader took, milliseconds. @default unknown */
  readonly loadMs?: number | undefined;
  /** What making the value cost, US dollars. @default unknown */
  readonly costUsd?: number | undefined;
  /** Names under which the entry can be invalidated together with others. @default none */
  readonly tags?: readonly string[] | undefined;
  /** The key is known to have no value; `value` is then `undefined`, or no bytes. @default false */
  readonly absent?: boolean | undefined;
  /** Token of the lease under which it was loaded: a store keeps no entry of an older lease. @default none */
  readonly fence?: number | undefined;
  /**
   * The last invalidation known when work on the value began, as numbered by the store's own log, or by the cache for a
   * store without one. The cache raises it in place. @default 0
   */
  version?: number | undefined;
}

/**
 * Why an entry is written: the caller `set` it, a `load` made it, or it is a `copy` from another tier. Only what a caller
 * sets replaces what other processes may hold in memory.
 */
export type WriteOrigin = 'set' | 'load' | 'copy';

/** What a store can do, declared and never guessed from a value. */
export interface StoreCapabilities {
  /** `get`, `set`, `delete` and `clear` answer synchronously. */
  readonly sync: boolean;
  /** Answers from memory alone, so `peek` may ask it (where it is `sync` too). */
  readonly memory: boolean;
  /** Entries survive the process. */
  readonly persistent: boolean;
  /** Other processes see the entries. */
  readonly shared: boolean;
  /** Keeps live values as they are, or bytes that a codec made (`Uint8Array`, never changed by either side). */
  readonly holds: 'values' | 'bytes';
}

/** Sizes of one store, as far as it knows them. */
export interface StoreUsage {
  readonly entries: number;
  /** Bytes held, keys and bookkeeping included as far as the store can tell; 0 where it does not measure. */
  readonly bytes: number;
  /** Entries removed to make room, since the store was made. */
  readonly evictions: number;
  /** The bound on `bytes`. */
  readonly maxBytes?: number;
  /** The bound on `entries`. */
  readonly maxEntries?: number;
  /** Entries never taken because each alone is larger than the store's bound. */
  readonly refused?: number;
  /** Entries removed because their time was over, where the store notices. */
  readonly expired?: number;
  /** Entries found damaged and dropped. */
  readonly damaged?: number;
  /** Faults outside of any call, such as a write in the background that failed. */
  readonly faults?: number;
}

/** What an invalidation covers: one key, a tag, a namespace with all below it, keys that match a glob, or everything. */
export type InvalidationKind = 'key' | 'tag' | 'namespace' | 'glob' | 'all';

export interface Invalidation {
  readonly kind: InvalidationKind;
  /** The key, tag, namespace or glob; empty for `all`. */
  readonly name: string;
}

export interface InvalidationListener {
  /** Others invalidated this. */
  apply(invalidation: Invalidation): void;
  /** Some invalidations are lost for good: nothing that faster tiers hold from before is certain. */
  missed(): void;
  /** `true`: others cannot be heard for longer than the store trusts, so faster tiers are not asked until it says `false`. */
  unheard(isUnheard: boolean): void;
}

/**
 * Tells everyone who shares a store what must not be used any more, and learns it from them. A store with a log never
 * hands out an entry that an invalidation of a higher number than its `version` covers; its `delete`, its `clear` and
 * what callers `set` are in the log without being added.
 */
export interface InvalidationLog {
  /** Number of the last invalidation that this process has applied. */
  version(): number;
  /** Adds invalidations. They hold in this process from the call on. */
  add(invalidations: readonly Invalidation[]): MaybePromise<void>;
  /** Resolves when everyone else can see all that was deleted, cleared or added so far. Rejects when that failed. */
  settled(): MaybePromise<void>;
  /** Applies what others added since. Cheap: the cache calls it once per turn of the event loop. Absent where others are heard unasked. */
  poll?(): void;
  /** Names what is shared, such as one file: all who use it have the same id, across processes. */
  readonly id?: string | undefined;
  /** Names the log itself, wherever it is read from; for `resume`. */
  readonly name?: string | undefined;
  /**
   * Called once, before anything is read: what the tiers before this one hold from earlier is up to date as of this
   * number, and all that came since concerns it; `undefined`: nobody knows.
   */
  resume?(number: number | undefined): void;
  /**
   * Called once, by the cache that owns the store. Those who give the same `group` hear of each other in another way, so
   * that what one of them invalidates is not told to the others' listeners.
   */
  listen(listener: InvalidationListener, group?: string): void;
}

/** Kept with the entries of a store that outlives the process: up to which number of another log they are up to date. */
export interface LogMarks {
  get(log: string): number | undefined;
  /** A lower number than is there changes nothing. */
  set(log: string, number: number): void;
}

/** The right to load a key, held by one process at a time. */
export interface LeaseTable {
  /** A token that is higher than every earlier one of the key, or `undefined` while somebody else holds the lease. */
  acquire(key: string, durationMs: number): MaybePromise<number | undefined>;
  /** Prolongs it. `false`: it was lost. */
  extend(key: string, token: number, durationMs: number): MaybePromise<boolean>;
  /** Ends it; what was set under the key before is visible to the next holder. */
  release(key: string, token: number): MaybePromise<void>;
}

/** Which keys are worth bringing back at the next start. */
export interface UsageLog {
  /** Adds to what is known: how often each key was used since the last call, each use weighed. */
  record(uses: ReadonlyMap<string, number>): MaybePromise<void>;
  /** The most used keys, recent uses counting more than old ones. What stood under some may be gone. */
  top(count: number): MaybePromise<readonly string[]>;
}

/**
 * One tier's storage. A store never hands out an entry that has expired by the clock it was given, and treats a damaged
 * entry as absent. It may refuse an entry, but then no older one stays under that key. Faults are thrown (or rejected)
 * and handled by the cache: they never reach its caller.
 */
export interface CacheStore<Stored = unknown> {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  get(key: string): MaybePromise<CacheEntry<Stored> | undefined>;
  /** `origin` matters to a store with a log alone. */
  set(key: string, entry: CacheEntry<Stored>, origin?: WriteOrigin): MaybePromise<void>;
  /** Resolves to whether the key was there. */
  delete(key: string): MaybePromise<boolean>;
  clear(): MaybePromise<void>;
  usage(): MaybePromise<StoreUsage>;
  /** Several keys in one go, in their order; absent where that is no faster. */
  getMany?(keys: readonly string[]): MaybePromise<readonly (CacheEntry<Stored> | undefined)[]>;
  /** The keys held, in any order; some may have expired meanwhile. */
  keys?(): Iterable<string> | AsyncIterable<string>;
  /** What was learnt about which keys to keep holds no more, as after a project changed; absent where nothing is learnt. */
  forgetHistory?(): void;
  /** Makes everything set so far durable; absent where `set` already did. */
  flush?(): MaybePromise<void>;
  /** Releases files, timers and connections; safe to call twice. */
  close?(): MaybePromise<void>;
  readonly invalidations?: InvalidationLog;
  readonly marks?: LogMarks;
  readonly leases?: LeaseTable;
  readonly popularity?: UsageLog;
}
