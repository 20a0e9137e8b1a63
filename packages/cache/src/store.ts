/** A value or the promise of one: stores answer at once where they can. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** What a tier keeps under a key. */
export interface CacheEntry<Stored = unknown> {
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
  /** Entries never taken because each alone is larger than the store's bound. */
  readonly refused?: number;
  /** Entries found damaged and dropped. */
  readonly damaged?: number;
  /** Faults outside of any call, such as a write in the background that failed. */
  readonly faults?: number;
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
