import type { Policy } from './options.ts';
import type { CacheEntry } from './store.ts';

/** What a piece of work knew when it began, in the numbering of one tier. */
export interface Stamp {
  readonly version: number;
  /** Token of the lease held there, once there is one. */
  fence: number | undefined;
}

/** Everything about an entry but its value. */
export type EntryHead = Omit<CacheEntry, 'value'>;

/**
 * An entry with all fields, always in this order: V8 then sees one hidden class wherever entries are read, which is what a
 * hit costs.
 */
export const entryOf = <Stored>(
  value: Stored,
  like: EntryHead,
  expiresAt: number,
  version: number,
  fence: number | undefined,
): CacheEntry<Stored> => ({
  value,
  createdAt: like.createdAt,
  expiresAt,
  staleAt: like.staleAt,
  loadMs: like.loadMs,
  costUsd: like.costUsd,
  tags: like.tags,
  absent: like.absent,
  fence,
  version,
});

/** For how long after its end a value is kept. */
export const staleMs = (policy: Policy): number => Math.max(policy.staleWhileRevalidateMs, policy.graceMs);

/** Until when the value itself is fresh, whatever its copy in one tier. */
export const endOf = (entry: EntryHead): number => entry.staleAt ?? entry.expiresAt;

/** What is fixed when a value is made, before it enters any tier. */
export const describeEntry = (
  policy: Policy,
  createdAt: number,
  random: () => number,
  made: { readonly loadMs?: number | undefined; readonly absent?: boolean } = {},
): EntryHead => {
  const ttlMs = made.absent === true ? policy.negativeTtlMs : policy.ttlMs;
  const lifeMs = policy.jitter === 0 || !Number.isFinite(ttlMs) ? ttlMs : ttlMs * (1 - policy.jitter * random());
  // An absence is not worth serving beyond its time.
  const extraMs = made.absent === true ? 0 : staleMs(policy);
  const endsAt = createdAt + lifeMs;
  return {
    createdAt,
    expiresAt: endsAt + extraMs,
    // Also where nothing stale is served: a tier that ends its copy sooner leaves the time of the value itself alone.
    staleAt: Number.isFinite(endsAt) ? endsAt : undefined,
    loadMs: policy.loadMs ?? made.loadMs,
    costUsd: policy.costUsd,
    tags: policy.tags,
    absent: made.absent === true ? true : undefined,
  };
};

/**
 * Whether to load anew ahead of time, by XFetch: a draw from an exponential distribution, scaled by the last load's time,
 * reaches the end of the value's life.
 */
export const isDueEarly = (entry: CacheEntry, beta: number, at: number, random: () => number): boolean => {
  const { loadMs = 0 } = entry;
  // 1 minus: the logarithm of 0 is not a time.
  return at - loadMs * beta * Math.log(1 - random()) >= endOf(entry);
};

/** What one answer from the cache spares, as milliseconds; a dollar counts as much as an hour. */
export const worthOf = (entry: Pick<CacheEntry, 'loadMs' | 'costUsd'>): number =>
  Math.max(1, (entry.loadMs ?? 0) + (entry.costUsd ?? 0) * 3_600_000);
