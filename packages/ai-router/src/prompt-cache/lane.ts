import type { Usage } from '../wire-format.ts';
import { createAllowance } from './allowance.ts';
import { type CacheRates, lifetimeMs } from './cache-rules.ts';
import { createExpectations, type PromptCacheMode } from './expectations.ts';
import { createOutlooks } from './outlook.ts';
import { type PlacedBlock, type Placement, place } from './placement.ts';
import type { PrefixChain } from './prefix-chain.ts';
import type { PrefixMemory } from './prefix-memory.ts';
import type { ReturnRates } from './return-rates.ts';
import { remember, type Sighting, sightingsOf } from './sightings.ts';
import { createTrust } from './trust.ts';

export interface LaneOptions {
  readonly mode: Exclude<PromptCacheMode, 'off'>;
  readonly memory: PrefixMemory;
  readonly rates: ReturnRates;
  readonly settleMs: number;
  readonly creditTokens: number;
}

/** A placement that is under way. */
export interface Departure {
  readonly placement: Placement;
  /** What the answer reported, or undefined where there was none. Call it once at most. */
  settle(usage: Usage | undefined): void;
}

/** One tenant's traffic to one model: caches are per model, and no tenant's habits are another's business. */
export interface Lane {
  /** `tokens` of each block of the chain. */
  depart(chain: PrefixChain, tokens: readonly number[], rates: CacheRates, now: number): Departure;
}

/** Margin by which a write must be expected to pay, for each token of it. */
const leastWorth = { safe: 0.02, aggressive: 0 };
/** Savings that may be wagered, in tokens of surcharge: what a write of a million tokens for five minutes comes to. */
const mostWagered = 250_000;
/** By how much more a write must promise when the allowance is used up: the best bets come first. */
const scarcity = 0.2;
/** Shares of what was believed to be in the cache that were: enough to mark it, and enough while the account is overdrawn. */
const leastTrust = 0.3;
const solventTrust = 0.8;
/** An entry about to expire may be gone when the request arrives. */
const expiryMarginMs = 5_000;

export function createLane({ mode, memory, rates, settleMs, creditTokens }: LaneOptions): Lane {
  const expectations = createExpectations(mode);
  const allowance = createAllowance(creditTokens, mostWagered);
  const trust = createTrust();

  const placedBlocks = (
    chain: PrefixChain,
    sightings: readonly Sighting[],
    cacheRates: CacheRates,
    now: number,
  ): PlacedBlock[] => {
    const share = trust.share(now);
    // Marking what is believed to be there costs a write where it is not.
    const isTrusted = share >= (allowance.left(now) < 0 ? solventTrust : leastTrust);
    const outlookOf = createOutlooks(expectations, cacheRates, share, now);
    const underWay = sightings.findLastIndex(
      ({ known }) => known !== undefined && known.entryFrom > now && known.entryUntil > now,
    );
    let prefixTokens = 0;
    return sightings.map((sighting, index) => {
      const { tokens, known } = sighting;
      const { position, path } = chain.blocks[index] as PrefixChain['blocks'][number];
      const { odds, worth } = outlookOf(sighting);
      prefixTokens += tokens;
      const isReadable =
        isTrusted && known !== undefined && known.entryFrom <= now && known.entryUntil > now + expiryMarginMs;
      return {
        tokens,
        prefixTokens,
        position,
        canMark: path !== undefined,
        entry: isReadable ? known.entryTtl : undefined,
        isReported: isReadable && known.isReported,
        isUnderWay: index <= underWay,
        returns: odds.short + odds.late,
        worth,
      };
    });
  };

  return {
    depart(chain, tokens, cacheRates, now) {
      const total = tokens.reduce((sum, each) => sum + each, 0);
      const sightings = sightingsOf(chain, tokens, total, memory, expectations, now);
      const blocks = placedBlocks(chain, sightings, cacheRates, now);
      const left = Math.max(0, allowance.left(now));
      const placement = place(
        blocks,
        { ...cacheRates, leastTokens: trust.leastTokens(cacheRates.leastTokens) },
        { allowance: left, leastWorth: leastWorth[mode] + scarcity * Math.max(0, 1 - left / (creditTokens || 1)) },
      );
      const prefixes = remember(sightings, memory, rates, now);
      const { readTokens, writeTokens, longWriteTokens, riskTokens } = placement;
      allowance.setAside(riskTokens);

      const read = placement.read >= 0 ? prefixes[placement.read] : undefined;
      if (read) read.entryUntil = now + lifetimeMs[read.entryTtl];
      const written = placement.marks.flatMap(({ index, ttl }) => {
        const prefix = prefixes[index];
        if (!prefix) return [];
        const isNew = blocks[index]?.entry === undefined;
        if (isNew) {
          prefix.entryTtl = ttl;
          prefix.entryFrom = now + settleMs;
          prefix.isReported = false;
        }
        prefix.entryUntil = now + lifetimeMs[prefix.entryTtl];
        return isNew ? [prefix] : [];
      });
      const never = Number.NEGATIVE_INFINITY;

      return {
        placement,
        settle(usage) {
          if (placement.marks.length === 0) return;
          if (!usage) {
            allowance.settle(riskTokens, 0);
            for (const prefix of written) prefix.entryUntil = never;
            return;
          }
          const { inputTokens, cachedInputTokens: hit = 0, cacheWriteTokens = 0, longCacheWriteTokens = 0 } = usage;
          const shortWriteTokens = cacheWriteTokens - longCacheWriteTokens;
          allowance.settle(riskTokens, surchargeOf(hit, shortWriteTokens, longCacheWriteTokens, cacheRates));
          const isUsed = hit + cacheWriteTokens > 0;
          for (const prefix of written) {
            prefix.isReported = isUsed;
            if (isUsed) prefix.entryFrom = Math.min(prefix.entryFrom, now);
            else prefix.entryUntil = never;
          }
          if (read) {
            const share = Math.min(1, (hit * total) / (readTokens * Math.max(1, inputTokens)));
            trust.found(share, now);
            if (!isUsed) read.entryUntil = never;
          } else if (!isUsed) {
            trust.refused(writeTokens + longWriteTokens, now);
          }
        },
      };
    },
  };
}

/** What a request costs above its bill without a cache, in tokens of fresh input; negative where it saves. */
function surchargeOf(read: number, written: number, longWritten: number, rates: CacheRates): number {
  const long = longWritten > 0 ? longWritten * (rates.longWrite - 1) : 0;
  return written * (rates.write - 1) + long - read * (1 - rates.read);
}
