/** What is asked again and again. Names are the most frequent first. */
export interface Pattern {
  /** The keyed hash that prompts of the same shape share; null where only who asked is known. */
  readonly shape: string | null;
  /** Models that answered. */
  readonly models: readonly string[];
  /** Ids of the keys it came with; '' among them for requests without one. */
  readonly keys: readonly string[];
  readonly agents: readonly string[];
  readonly commands: readonly string[];
  readonly requests: number;
  /** Requests that the cache answered, or that shared the answer of another. */
  readonly reused: number;
  /** Requests that went past the cache. */
  readonly bypassed: number;
  /** Requests that were paid for although the same had been answered within `ttlMs`, to the letter and for the same client. */
  readonly repeated: number;
  /** Other requests that were paid for after one of the same shape: with other numbers, ids or settings, for another model or client. */
  readonly near: number;
  readonly costUsd: number;
  readonly savedUsd: number;
  /** What `repeated` cost: the cache would have saved it. By source an estimate. */
  readonly missedUsd: number;
  /** What `near` cost: the cache would save of it what can be made the same. */
  readonly nearUsd: number;
  /** The id of the last of these requests that had one. */
  readonly example: string | null;
}
