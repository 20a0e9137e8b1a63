import { type CacheRates, lifetimeMs } from './cache-rules.ts';
import type { PromptCacheMode } from './expectations.ts';
import type { CacheLifetime } from './plan.ts';
import type { Worth } from './worth.ts';

/**
 * How often requests of one batch find what another of them wrote: "cache hit rates ranging from 30% to 98%", says
 * https://platform.claude.com/docs/en/build-with-claude/batch-processing, as a batch is worked through in any order and
 * many at a time. The least of it is assumed until batches have told better; of the hour that is advised there, for
 * batches that take longer than five minutes, the middle is bet on by who is aggressive.
 */
const leastHits = 0.3;
const middleHits = 0.64;
/** How many answers it takes to outweigh what was assumed. */
const priorAnswers = 20;
/**
 * What batches of a model may cost more before answers have told how often marks are found, in tokens of fresh input; as much
 * as the planner of single requests may stake. It comes back as evidence fades.
 */
const stakeTokens = 50_000;
/** Evidence halves so often: a rate that did not pay is tried again some day. */
const halfLifeMs = 21_600_000;

/** How prompt caching fares in the batches of one model. */
export interface BatchOdds {
  /**
   * What marking a prefix that `sharing` requests of a batch have in common saves for each token of it and each request.
   *
   * With h for the share of hits among all but the first, r and w for the prices of reading and writing, a token costs
   * 1 in each request unmarked, and marked (h·r + (1 - h)·w) in all of n but one, and w in that one. So, at r = 0.1 and
   * n large, five minutes (w = 1.25) pay from h = 0.22 on and an hour (w = 2) from h = 0.53 on; at h = 0.3, five minutes
   * pay from 4 requests on, and an hour never does.
   */
  worthOf(sharing: number, rates: CacheRates, now: number): Worth;
  /** Whether a request may be marked at a surcharge of so many tokens where nothing is found. It is then taken for marked. */
  mayRisk(tokens: number, now: number): boolean;
  /** An answer came `tookMs` after its batch went out; of what was marked in it, this share had been read. */
  found(share: number, ttl: CacheLifetime, tookMs: number, now: number): void;
}

export function createBatchOdds(mode: Exclude<PromptCacheMode, 'off'>): BatchOdds {
  const seen = { '5m': { hits: 0, answers: 0, late: 0 }, '1h': { hits: 0, answers: 0, late: 0 } };
  let since: number | undefined;
  let staked = 0;
  const fade = (now: number): void => {
    const factor = 0.5 ** (Math.max(0, now - (since ?? now)) / halfLifeMs);
    since = now;
    staked *= factor;
    for (const evidence of [seen['5m'], seen['1h']]) {
      evidence.hits *= factor;
      evidence.answers *= factor;
      evidence.late *= factor;
    }
  };
  const rateOf = ({ hits, answers }: { hits: number; answers: number }, assumed: number): number =>
    (hits + assumed * priorAnswers) / (answers + priorAnswers);

  /** Share of hits at either lifetime. Undefined where the hour is not to be had. */
  const rates = (
    longPays: (hits: number) => boolean,
  ): { readonly short: number; readonly long: number | undefined } => {
    const short = rateOf(seen['5m'], leastHits);
    if (mode === 'aggressive') return { short, long: rateOf(seen['1h'], Math.max(short, middleHits)) };
    // What lives longer is found as often at least: where that alone pays, the hour costs nothing to try. It is for what
    // expired meanwhile, of which half the misses are expected to be where answers came later than that.
    if (!longPays(Math.max(short, rateOf(seen['1h'], leastHits)))) return { short, long: undefined };
    const late = seen['5m'].answers > 0 ? seen['5m'].late / seen['5m'].answers : 0;
    return { short, long: rateOf(seen['1h'], short + ((1 - short) * late) / 2) };
  };

  return {
    worthOf(sharing, { read, write, longWrite }, now) {
      fade(now);
      const saved = (hits: number, price: number): number => {
        const found = ((sharing - 1) / sharing) * hits;
        return 1 - (found * read + (1 - found) * price);
      };
      const { short, long } = rates((hits) => saved(hits, longWrite) > 0);
      return { write: saved(short, write), longWrite: saved(long ?? 0, longWrite) };
    },
    mayRisk(tokens, now) {
      fade(now);
      if (mode === 'aggressive' || seen['5m'].answers + seen['1h'].answers >= priorAnswers) return true;
      if (staked + tokens > stakeTokens) return false;
      staked += tokens;
      return true;
    },
    found(share, ttl, tookMs, now) {
      fade(now);
      const evidence = seen[ttl];
      evidence.hits += share;
      evidence.answers += 1;
      if (tookMs > lifetimeMs['5m']) evidence.late += 1;
    },
  };
}
