// What several answers count and measure in.

export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface TokensView {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Dollars of each class of tokens: what each cost at the prices of now, as a part of what was charged. */
export type TokenCostsView = TokensView;

export interface SavedView {
  readonly cache: number;
  readonly coalescing: number;
  readonly promptCache: number;
  readonly batch: number;
}

/** What requests within a time come to. */
export interface TotalsView {
  readonly requests: number;
  readonly failed: number;
  /** Left by the client before they were answered. */
  readonly left: number;
  /** Of complete answers. */
  readonly durationMs: Quantiles;
  readonly firstTokenMs: Quantiles;
  /** Of streamed answers, a second. */
  readonly tokensPerSecond: Quantiles;
  readonly tokens: TokensView;
  readonly costUsd: number;
  readonly estimatedUsd: number;
  readonly savedUsd: SavedView;
  /** Answers whose cost nobody knows. */
  readonly unpriced: number;
  /** Requests that the cache answered, of those that it might have; from 0 to 1. */
  readonly hitRate: number | null;
}
