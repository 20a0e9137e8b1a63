import { channel } from 'node:diagnostics_channel';

/** A lookup came to its end; `peek` tells of hits alone. Keys and values are never in a payload. */
export interface LookupEndEvent {
  readonly cache: string;
  readonly outcome: 'hit' | 'miss' | 'coalesced' | 'stale';
  /** Name of the tier that answered, for a hit. */
  readonly tier: string | undefined;
}

/** A loader is about to run. */
export interface LoadStartEvent {
  readonly cache: string;
}

/** A loader has finished; nobody was waiting any more where `outcome` is `aborted`. */
export interface LoadEndEvent {
  readonly cache: string;
  readonly outcome: 'loaded' | 'failed' | 'aborted';
  readonly durationMs: number;
}

export type StoreOperation =
  | 'get'
  | 'set'
  | 'delete'
  | 'clear'
  | 'invalidate'
  | 'poll'
  | 'lease'
  | 'record'
  | 'usage'
  | 'flush'
  | 'close'
  | 'encode'
  | 'background';

/** A store failed; the caller was served without it. */
export interface StoreFaultEvent {
  readonly store: string;
  readonly operation: StoreOperation;
  readonly error: unknown;
}

/** Entries were lost for another reason than age or room. */
export interface EntryDroppedEvent {
  readonly store: string;
  readonly reason: 'damaged' | 'file-damaged' | 'write-failed' | 'too-large';
  /** How many, where known. */
  readonly entries: number | undefined;
  readonly error: unknown;
}

/** Something was invalidated, here or by another process. What it was is not told. */
export interface InvalidationEndEvent {
  readonly cache: string;
  readonly kind: 'key' | 'tag' | 'namespace' | 'glob' | 'all';
  readonly origin: 'local' | 'remote';
}

/** The database of a store was asked, or written to, with whatever it had to wait for; it may have failed. */
export interface QueryEndEvent {
  readonly store: string;
  readonly operation: 'read' | 'write';
  readonly durationMs: number;
}

/** The channels of `node:diagnostics_channel` on which the cache speaks. Publishing costs nothing unheard. */
export const channels = {
  lookupEnd: channel<LookupEndEvent>('hotpath:cache:lookup-end'),
  loadStart: channel<LoadStartEvent>('hotpath:cache:load-start'),
  loadEnd: channel<LoadEndEvent>('hotpath:cache:load-end'),
  invalidationEnd: channel<InvalidationEndEvent>('hotpath:cache:invalidation-end'),
  storeFault: channel<StoreFaultEvent>('hotpath:cache:store-fault'),
  entryDropped: channel<EntryDroppedEvent>('hotpath:cache:entry-dropped'),
  queryEnd: channel<QueryEndEvent>('hotpath:cache:query-end'),
} as const;
