import { optionInvalid } from './errors.ts';

/** How long an entry lives and how it can be found again. Times are in milliseconds. */
export interface EntryOptions {
  /**
   * How long the value is fresh; the cache's own `ttlMs` still holds. 0 keeps nothing and removes what was there.
   * @default the cache's `ttlMs`
   */
  readonly ttlMs?: number | undefined;
  /** Shortens each life by a random part of up to this share, 0 to 1, so that what was set together does not end together. @default 0 */
  readonly jitter?: number | undefined;
  /** For so long after its end a value is still answered by `getOrSet`, at once, while one load makes a new one. @default 0 */
  readonly staleWhileRevalidateMs?: number | undefined;
  /** For so long after its end a value is still answered by `getOrSet` when the loader fails or takes too long. @default 0 */
  readonly graceMs?: number | undefined;
  /** Names for `deleteTag`. @default none */
  readonly tags?: readonly string[] | undefined;
  /** What making the value cost, US dollars; weighs in what is evicted and warmed. @default unknown */
  readonly costUsd?: number | undefined;
  /** How long making the value took; weighs in the same. @default measured by `getOrSet`, otherwise unknown */
  readonly loadMs?: number | undefined;
}

export interface SetOptions extends EntryOptions {
  /**
   * `load`: made because the key was missing. Processes that share a tier need not be told, since none of them has an
   * older value to forget, which makes the write cheaper. @default "set"
   */
  readonly origin?: 'set' | 'load' | undefined;
}

export interface GetOrSetOptions extends EntryOptions {
  /**
   * A use of a value that has less than half of its life left gives it a whole one. An entry with a shorter `ttlMs` than
   * the cache's slides only in calls that name that `ttlMs`. @default false
   */
  readonly sliding?: boolean | undefined;
  /**
   * How eagerly a value is loaded anew before its end, by XFetch (Vattani et al., "Optimal Probabilistic Cache Stampede
   * Prevention", VLDB 2015): the nearer the end and the slower its last load, the likelier. 0 is never, 1 the paper's
   * optimum, more is earlier. @default 0
   */
  readonly earlyRefresh?: number | undefined;
  /** For how long the absence of a value, an `undefined` from the loader, is remembered. @default 0 */
  readonly negativeTtlMs?: number | undefined;
  /** After so long a caller gets the stale value, where `graceMs` still allows one, and the load goes on. @default Infinity */
  readonly softTimeoutMs?: number | undefined;
  /** After so long the load is aborted and fails with `CACHE_LOAD_TIMEOUT`. @default Infinity */
  readonly hardTimeoutMs?: number | undefined;
  /** After a failed load covered by `graceMs`, the stale value counts as fresh in memory for so long. @default 1,000 */
  readonly graceBackoffMs?: number | undefined;
  /** Ends this caller's wait. The load goes on while anybody else waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/** The options that a cache can set for all of its entries. */
export type CacheDefaults = Omit<GetOrSetOptions, 'signal' | 'tags' | 'costUsd' | 'loadMs'>;

/** Everything that decides about one entry, nothing left open. */
export interface Policy {
  readonly ttlMs: number;
  readonly jitter: number;
  readonly staleWhileRevalidateMs: number;
  readonly graceMs: number;
  readonly sliding: boolean;
  readonly tags: readonly string[] | undefined;
  readonly costUsd: number | undefined;
  readonly loadMs: number | undefined;
  readonly earlyRefresh: number;
  readonly negativeTtlMs: number;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  readonly graceBackoffMs: number;
}

const expectations = {
  ttlMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  jitter: [0, 1, 'a number from 0 to 1'],
  staleWhileRevalidateMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  graceMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  loadMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  costUsd: [0, Number.POSITIVE_INFINITY, 'a number of US dollars, 0 or more'],
  earlyRefresh: [0, Number.POSITIVE_INFINITY, 'a number, 0 or more'],
  negativeTtlMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  softTimeoutMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  hardTimeoutMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
  graceBackoffMs: [0, Number.POSITIVE_INFINITY, 'a number of milliseconds, 0 or more'],
} as const;

const names = Object.keys(expectations) as (keyof typeof expectations)[];

/** Throws `CACHE_OPTION_INVALID` for the first option out of its range. */
const check = (options: GetOrSetOptions): void => {
  for (const name of names) {
    const value = options[name];
    const [least, most, expected] = expectations[name];
    if (value !== undefined && !(typeof value === 'number' && value >= least && value <= most))
      throw optionInvalid(name, value, expected);
  }
  const { tags } = options;
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && tag !== '')))
    throw optionInvalid('tags', tags, 'a list of names that are not empty');
};

export const createPolicy = (defaults: CacheDefaults): ((options?: GetOrSetOptions) => Policy) => {
  check(defaults);
  const { ttlMs: longestMs = Number.POSITIVE_INFINITY } = defaults;
  if (longestMs === 0) throw optionInvalid('ttlMs', longestMs, 'a number of milliseconds above 0');
  const base: Policy = {
    ttlMs: longestMs,
    jitter: defaults.jitter ?? 0,
    staleWhileRevalidateMs: defaults.staleWhileRevalidateMs ?? 0,
    graceMs: defaults.graceMs ?? 0,
    sliding: defaults.sliding ?? false,
    tags: undefined,
    costUsd: undefined,
    loadMs: undefined,
    earlyRefresh: defaults.earlyRefresh ?? 0,
    negativeTtlMs: defaults.negativeTtlMs ?? 0,
    softTimeoutMs: defaults.softTimeoutMs ?? Number.POSITIVE_INFINITY,
    hardTimeoutMs: defaults.hardTimeoutMs ?? Number.POSITIVE_INFINITY,
    graceBackoffMs: defaults.graceBackoffMs ?? 1_000,
  };
  return (options) => {
    if (options === undefined) return base;
    check(options);
    return {
      ttlMs: Math.min(options.ttlMs ?? longestMs, longestMs),
      jitter: options.jitter ?? base.jitter,
      staleWhileRevalidateMs: options.staleWhileRevalidateMs ?? base.staleWhileRevalidateMs,
      graceMs: options.graceMs ?? base.graceMs,
      sliding: options.sliding ?? base.sliding,
      tags: options.tags === undefined || options.tags.length === 0 ? undefined : options.tags,
      costUsd: options.costUsd,
      loadMs: options.loadMs,
      earlyRefresh: options.earlyRefresh ?? base.earlyRefresh,
      negativeTtlMs: Math.min(options.negativeTtlMs ?? base.negativeTtlMs, longestMs),
      softTimeoutMs: options.softTimeoutMs ?? base.softTimeoutMs,
      hardTimeoutMs: options.hardTimeoutMs ?? base.hardTimeoutMs,
      graceBackoffMs: options.graceBackoffMs ?? base.graceBackoffMs,
    };
  };
};
