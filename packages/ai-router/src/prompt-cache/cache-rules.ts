import type { Price } from '../cost.ts';
import type { CacheLifetime } from './plan.ts';

/**
 * Anthropic's rules of prompt caching, from https://platform.claude.com/docs/en/build-with-claude/prompt-caching: an entry
 * is written only at a breakpoint; a read looks back from each breakpoint for entries that earlier requests wrote, over 20
 * positions with the breakpoint as the first; a run of `tool_use` blocks is one position, and so is one of `tool_result`
 * blocks; a use renews an entry for its lifetime at no cost.
 */
export const mostBreakpoints = 4;
export const lookbackPositions = 20;
export const lifetimeMs: Readonly<Record<CacheLifetime, number>> = { '5m': 300_000, '1h': 3_600_000 };
/** The longest of the documented least lengths, for models whose own is unknown. */
const unknownLeastTokens = 4_096;

/** Prices as multiples of the input price. */
export interface CacheRates {
  readonly read: number;
  readonly write: number;
  /** Infinite where the model has no hour-long entries. */
  readonly longWrite: number;
  readonly leastTokens: number;
}

/** Of Claude models that the price table does not know. */
const usualRates: CacheRates = { read: 0.1, write: 1.25, longWrite: 2, leastTokens: unknownLeastTokens };

/** A model's rates, or undefined where caching cannot save anything. */
export function cacheRatesOf(price: Price | undefined): CacheRates | undefined {
  if (!price) return usualRates;
  const { input, cachedInput, cacheWrite, longCacheWrite, leastCachedTokens = unknownLeastTokens } = price;
  if (!(input > 0) || cachedInput === undefined || cacheWrite === undefined || cachedInput >= input) return undefined;
  return {
    read: cachedInput / input,
    write: cacheWrite / input,
    longWrite: longCacheWrite === undefined ? Number.POSITIVE_INFINITY : longCacheWrite / input,
    leastTokens: leastCachedTokens,
  };
}
