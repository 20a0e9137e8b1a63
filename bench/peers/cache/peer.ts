/** What a peer keeps. Each scenario brings values of its own. */
export type Stored = object;

export interface PeerOptions {
  readonly maxEntries: number;
  /** Makes the value of a missing key. */
  readonly load: (key: string) => Promise<Stored>;
}

/**
 * One cache library behind the calls that its own documentation shows. A call that the library does not have is absent.
 * `getNow` and `setNow` answer without a promise; where they exist, they are the library's fastest way.
 */
export interface PeerCache {
  readonly getNow?: (key: string) => Stored | null | undefined;
  readonly get?: (key: string) => Promise<Stored | null | undefined>;
  readonly setNow?: (key: string, value: Stored) => unknown;
  readonly set?: (key: string, value: Stored) => Promise<unknown>;
  /** Answers from the cache or runs `load` and keeps its value. */
  readonly getOrSet?: (key: string) => Promise<Stored | null | undefined>;
  /** Bytes held by the library's own reckoning, where it has one. */
  readonly bytes?: () => Promise<number>;
  readonly close?: () => Promise<unknown>;
}

export interface Peer {
  readonly name: string;
  /** How it is set up, for a table's notes. */
  readonly note: string;
  /** Evicts beyond `maxEntries`. */
  readonly bounded: boolean;
  /** Loads the library and makes a cache. Nothing else is loaded, so that a process measures one library alone. */
  readonly create: (options: PeerOptions) => Promise<PeerCache>;
}

/** Life of an entry where a side has one, milliseconds: long enough that nothing expires while it is measured. */
export const ttlMs = 3_600_000;
