import type { LoadCounts } from './loads.ts';
import type { StoreUsage } from './store.ts';
import type { Tier } from './tier.ts';

/** What one tier did since the cache was created, and what it holds now. */
export interface TierStats {
  readonly name: string;
  readonly hits: number;
  readonly misses: number;
  /** Hits per lookup, 0 to 1; 0 before the first lookup. */
  readonly hitRate: number;
  /** Entries written, promotions included. */
  readonly sets: number;
  readonly entries: number;
  /** Bytes held; 0 where the store does not measure. */
  readonly bytes: number;
  /** Bounds on the two, where the store has them. */
  readonly maxEntries: number | undefined;
  readonly maxBytes: number | undefined;
  /** Entries that left before their time, by reason. */
  readonly evictions: number;
  readonly refused: number;
  readonly expired: number;
  readonly damaged: number;
  /** Faults, those in the store's own background work included. */
  readonly errors: number;
  /** Mean time of asking a store that is not memory, milliseconds; 0 for memory. */
  readonly readMs: number;
  /** What loading all that it answered would have cost, milliseconds, as far as load times are known. */
  readonly savedLoadMs: number;
  /** The same in US dollars, as far as costs are known. */
  readonly savedUsd: number;
  /**
   * What the tier earns: how much longer all lookups would have taken without it, milliseconds. Its hits would have gone on
   * to the tiers behind it and, as often as those miss, to the loader; what asking it costs is taken off. `undefined` where
   * no load was timed.
   */
  readonly earnedMs: number | undefined;
  /** What to change, where the figures call for it. */
  readonly advice: string | undefined;
}

/** What a cache did since it was created. */
export interface CacheStats {
  /** Fastest first. */
  readonly tiers: readonly TierStats[];
  /** Loaders run. */
  readonly loads: number;
  /** Loaders that failed. */
  readonly loadErrors: number;
  /** Calls that joined a load under way instead of starting one. */
  readonly coalesced: number;
  /** Stale values answered while a new one was made, or because none could be had. */
  readonly stale: number;
  /** Time spent in loaders, milliseconds, all loads together. */
  readonly loadMs: number;
}

/** A hit in memory, milliseconds: what measuring it would cost more than. */
const memoryReadMs = 0.0001;
const fewLookups = 1_000;
/** A smaller loss is no reason to change anything, milliseconds. */
const smallLossMs = 10;

const perLookup = (count: number, lookups: number): number => (lookups === 0 ? 0 : count / lookups);

const meanReadMs = ({ memory, counts }: Tier): number =>
  memory || counts.reads === 0 ? memoryReadMs : counts.readMs / counts.reads;

/** What a lookup costs that begins at this tier, where those behind it cost `behindMs`. */
const costFrom = (tier: Tier, behindMs: number): number => {
  const { hits, misses, reads } = tier.counts;
  // A tier that nobody has asked yet says nothing of itself.
  if (!tier.memory && reads === 0) return behindMs;
  return meanReadMs(tier) + (1 - perLookup(hits, hits + misses)) * behindMs;
};

const adviceFor = (
  tier: Tier,
  usage: StoreUsage,
  hitRate: number,
  earnedMs: number | undefined,
): string | undefined => {
  const { hits, misses, errors } = tier.counts;
  const lookups = hits + misses;
  if (lookups < fewLookups) return undefined;
  if (errors > lookups / 100) return 'It fails often: see the store-fault channel.';
  if (earnedMs !== undefined && earnedMs < -smallLossMs) return 'It costs more time than it saves: leave it out.';
  const bound = usage.maxBytes !== undefined && usage.bytes > usage.maxBytes * 0.8 ? 'maxBytes' : 'maxEntries';
  if (usage.evictions > hits) return `It evicts more than it answers: raise ${bound}.`;
  if (hitRate < 0.01) return 'It hardly ever answers: raise its ttlMs and bounds, or leave it out.';
  return undefined;
};

const statsOf = (tier: Tier, usage: StoreUsage, behindMs: number | undefined): TierStats => {
  const { hits, misses, sets, errors, damaged, savedLoadMs, savedUsd } = tier.counts;
  const hitRate = perLookup(hits, hits + misses);
  const readMs = meanReadMs(tier);
  const earnedMs = behindMs === undefined ? undefined : hits * behindMs - (hits + misses) * readMs;
  return {
    name: tier.name,
    hits,
    misses,
    hitRate,
    sets,
    entries: usage.entries,
    bytes: usage.bytes,
    maxEntries: usage.maxEntries,
    maxBytes: usage.maxBytes,
    evictions: usage.evictions,
    refused: usage.refused ?? 0,
    expired: usage.expired ?? 0,
    damaged: damaged + (usage.damaged ?? 0),
    errors: errors + (usage.faults ?? 0),
    readMs: tier.memory ? 0 : readMs,
    savedLoadMs,
    savedUsd,
    earnedMs,
    advice: adviceFor(tier, usage, hitRate, earnedMs),
  };
};

export const collectStats = async (
  tiers: readonly Tier[],
  counts: LoadCounts,
  coalesced: number,
): Promise<CacheStats> => {
  const usages = await Promise.all(tiers.map((tier) => tier.usage()));
  const { loads, loadErrors, loadMs, stale } = counts;
  // What a lookup costs behind the last tier: a load, as measured here or as the entries remember it.
  const answered = tiers.reduce((sum, { counts: { hits } }) => sum + hits, 0);
  const remembered = tiers.reduce((sum, { counts: { savedLoadMs } }) => sum + savedLoadMs, 0);
  const isKnown = loads > 0 || remembered > 0;
  let behindMs = isKnown ? Math.max(perLookup(loadMs, loads), perLookup(remembered, answered)) : undefined;
  const stats: TierStats[] = [];
  for (const [index, tier] of [...tiers.entries()].reverse()) {
    stats.unshift(statsOf(tier, usages[index] ?? { entries: 0, bytes: 0, evictions: 0 }, behindMs));
    if (behindMs !== undefined) behindMs = costFrom(tier, behindMs);
  }
  return {
    tiers: stats,
    loads,
    loadErrors,
    coalesced,
    stale,
    loadMs,
  };
};
