/** A value or the promise of one: stores answer at once where they can. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** What a tier keeps under a key. */
export interface CacheEntry<Stored> {
  readonly value: Stored;
  /** When the value was produced, epoch milliseconds. */
  readonly createdAt: number;
  /**
   * When the entry dies everywhere, epoch milliseconds; `Infinity` for never. The time is absolute and travels with the
   * entry, so that copying it to another tier never lengthens its life.
   */
  readonly expiresAt: number;
}

/** What a store can do, declared and never guessed from a value. */
export interface StoreCapabilities {
  /** Every method answers synchronously. */
  readonly sync: boolean;
  /** Answers from memory alone, so `peek` may ask it. */
  readonly memory: boolean;
  /** Entries survive the process. */
  readonly persistent: boolean;
  /** Other processes see the entries. */
  readonly shared: boolean;
  /** Keeps live values as they are, or bytes that a codec made. */
  readonly holds: 'values' | 'bytes';
}

/** Sizes of one store, as far as it knows them. */
export interface StoreUsage {
  readonly entries: number;
  /** Bytes held, keys and bookkeeping included as far as the store can tell. */
  readonly bytes: number;
  readonly evictions: number;
}

/**
 * One tier's storage. A store never hands out an entry that has expired by the clock it was given, and treats a damaged
 * entry as absent. Faults are thrown (or rejected) and handled by the cache: they never reach its caller.
 */
export interface CacheStore<Stored = unknown> {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  get(key: string): MaybePromise<CacheEntry<Stored> | undefined>;
  set(key: string, entry: CacheEntry<Stored>): MaybePromise<void>;
  /** Resolves to whether the key was there. */
  delete(key: string): MaybePromise<boolean>;
  clear(): MaybePromise<void>;
  usage(): MaybePromise<StoreUsage>;
  /** Makes everything set so far durable; absent where `set` already did. */
  flush?(): MaybePromise<void>;
  /** Releases files, timers and connections; safe to call twice. */
  close?(): MaybePromise<void>;
}
