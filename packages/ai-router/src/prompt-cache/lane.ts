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
  readonly tolerance: number;
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
/** Savings that may be wagered, in tokens of surcharge. */
const mostWagered = 1_000_000;
/** Shares of what was believed to be in the cache that were: enough to mark it, and enough while the account is overdrawn. */
const leastTrust = 0.3;
const solventTrust = 0.8;
/** An entry about to expire may be gone when the request arrives. */
const expiryMarginMs = 5_000;

export function createLane({ mode, memory, rates, settleMs, creditTokens, tolerance }: LaneOptions): Lane {
  const expectations = createExpectations(mode);
  const allowance = createAllowance({ creditTokens, tolerance, mostTokens: mostWagered });
  const trust = createTrust();

  const placedBlocks = (
    chain: PrefixChain,
    sightings: readonly Sighting[],
    cacheRates: CacheRates,
    now: number,
  ): PlacedBlock[] => {
    const share = trust.share(now);
    // Marking what is believed to be there costs a write where it is not.
    const isTrusted = share >= (allowance.tokens < 0 ? solventTrust : leastTrust);
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
      allowance.grow(total);
      const placement = place(
        blocks,
        { ...cacheRates, leastTokens: trust.leastTokens(cacheRates.leastTokens) },
        { allowance: Math.max(0, allowance.tokens), leastWorth: leastWorth[mode] },
      );
      const prefixes = remember(sightings, memory, rates, now);
      const { readTokens, writeTokens, longWriteTokens } = placement;
      const surcharge = surchargeOf(readTokens, writeTokens, longWriteTokens, cacheRates);
      allowance.spend(surcharge);

      const read = placement.marks.length > 0 ? prefixes[blocks.findLastIndex(({ entry }) => entry)] : undefined;
      if (read) read.entryUntil = now + lifetimeMs[read.entryTtl];
      const written = placement.marks.flatMap(({ index, ttl }) => {
        const prefix = prefixes[index];
        if (!prefix) return [];
        const isNew = blocks[index]?.entry === undefined;
        if (isNew) {
          prefix.entryTtl = ttl;
          prefix.entryFrom = now + settleMs;
        }
        prefix.entryUntil = now + lifetimeMs[prefix.entryTtl];
        return isNew ? [prefix] : [];
      });
      const never = Number.NEGATIVE_INFINITY;

      return {
        placement,
        settle(usage) {
          allowance.grow((usage?.inputTokens ?? 0) - total);
          if (placement.marks.length === 0) return;
          if (!usage) {
            allowance.spend(-surcharge);
            for (const prefix of written) prefix.entryUntil = never;
            return;
          }
          const { inputTokens, cachedInputTokens: hit = 0, cacheWriteTokens = 0, longCacheWriteTokens = 0 } = usage;
          const real = surchargeOf(hit, cacheWriteTokens - longCacheWriteTokens, longCacheWriteTokens, cacheRates);
          allowance.spend(real - surcharge);
          const isUsed = hit + cacheWriteTokens > 0;
          for (const prefix of written) {
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
