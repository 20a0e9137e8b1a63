import { LogHistogram } from '../collector/log-histogram.ts';
import type { Group, Grouping } from '../store/query.ts';

/** Quantiles, of durations in milliseconds. */
export interface Durations {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What requests come to. */
export interface RequestFigures {
  readonly requests: number;
  readonly failed: number;
  /** Those whose client did not wait for the end. */
  readonly left: number;
  /** Share that failed of those that were not left, from 0 to 1. */
  readonly errorRate: number | null;
  /** Of complete answers. */
  readonly durationMs: Durations | null;
  readonly firstTokenMs: Durations | null;
  /** Of streamed answers, tokens a second; null where that was not asked for. */
  readonly tokensPerSecond: Durations | null;
  /** Of classes that do not overlap. */
  readonly tokens: {
    readonly input: number;
    readonly cachedInput: number;
    readonly cacheWrite: number;
    readonly output: number;
    readonly reasoning: number;
  };
  readonly costUsd: number;
  /** The part of the cost that is an estimate. */
  readonly estimatedUsd: number;
  /** Requests whose cost is not known. */
  readonly unpriced: number;
  readonly savedUsd: {
    readonly cache: number;
    readonly coalescing: number;
    readonly promptCache: number;
    readonly batch: number;
  };
  /** What the cache of answers had to do with them. */
  readonly cache: {
    readonly hits: number;
    readonly coalesced: number;
    readonly misses: number;
    readonly bypassed: number;
    /** Share of those that could be answered without a call of their own, among all that did not bypass it; from 0 to 1. */
    readonly hitRate: number | null;
  };
}

/** What is read to tell these figures. */
export const figureGrouping = {
  totals: [
    'input',
    'cached_input',
    'cache_write',
    'output',
    'reasoning',
    'cost',
    'estimated',
    'unpriced',
    'saved_cache',
    'saved_coalescing',
    'saved_prompt_cache',
    'saved_batch',
  ],
  spreads: ['duration', 'first_token'],
} as const satisfies Grouping;
/** Dimensions that have to be told apart for it. */
export const figureDimensions = ['outcome', 'cache'] as const;

const perMs = 1000;
const perUsd = 1e6;

export const rate = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const quantilesOf = (histogram: LogHistogram, scale: number): Durations | null => {
  const quantile = (share: number): number => (histogram.quantile(share) ?? 0) / scale;
  return histogram.count === 0 ? null : { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
};

/** Quantiles of microseconds, in milliseconds. */
export const durationsOf = (histogram: LogHistogram): Durations | null => quantilesOf(histogram, perMs);

/** Adds up groups that are told apart by outcome and cache at least. */
export class FigureSum {
  readonly durations = new LogHistogram();
  readonly firstTokens = new LogHistogram();
  readonly tokenRates = new LogHistogram();
  readonly #totals = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();
  readonly #caches = new Map<string, number>();
  #requests = 0;

  add({ names, count, totals, spreads }: Group): void {
    const { outcome = '', cache = '' } = names;
    this.#requests += count;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + count);
    this.#caches.set(cache, (this.#caches.get(cache) ?? 0) + count);
    for (const [name, value] of Object.entries(totals)) this.#totals.set(name, (this.#totals.get(name) ?? 0) + value);
    // A refusal that comes at once says nothing of how long answers take.
    if (outcome === 'complete') {
      if (spreads.duration) this.durations.merge(spreads.duration);
      if (spreads.first_token) this.firstTokens.merge(spreads.first_token);
    }
    if (spreads.token_rate) this.tokenRates.merge(spreads.token_rate);
  }

  figures(): RequestFigures {
    const total = (name: string): number => this.#totals.get(name) ?? 0;
    const usd = (name: string): number => total(name) / perUsd;
    const cached = (name: string): number => this.#caches.get(name) ?? 0;
    const ended = (outcome: string): number => this.#outcomes.get(outcome) ?? 0;
    const [failed, left] = [ended('failed'), ended('left')];
    const [hits, coalesced, misses] = [cached('hit'), cached('coalesced'), cached('miss')];
    return {
      requests: this.#requests,
      failed,
      left,
      errorRate: rate(failed, this.#requests - left),
      durationMs: durationsOf(this.durations),
      firstTokenMs: durationsOf(this.firstTokens),
      tokensPerSecond: quantilesOf(this.tokenRates, 1),
      tokens: {
        input: total('input'),
        cachedInput: total('cached_input'),
        cacheWrite: total('cache_write'),
        output: total('output'),
        reasoning: total('reasoning'),
      },
      costUsd: usd('cost'),
      estimatedUsd: usd('estimated'),
      unpriced: total('unpriced'),
      savedUsd: {
        cache: usd('saved_cache'),
        coalescing: usd('saved_coalescing'),
        promptCache: usd('saved_prompt_cache'),
        batch: usd('saved_batch'),
      },
      cache: {
        hits,
        coalesced,
        misses,
        bypassed: cached('bypass'),
        hitRate: rate(hits + coalesced, hits + coalesced + misses),
      },
    };
  }
}

/** What is saved in all, US dollars. */
export const savedOf = ({ savedUsd }: RequestFigures): number =>
  savedUsd.cache + savedUsd.coalescing + savedUsd.promptCache + savedUsd.batch;

/** Adds up groups by the names that `keyOf` finds, in the order in which those come first. */
export const sumBy = (groups: readonly Group[], keyOf: (group: Group) => string): ReadonlyMap<string, FigureSum> => {
  const sums = new Map<string, FigureSum>();
  for (const group of groups) {
    const key = keyOf(group);
    const sum = sums.get(key) ?? new FigureSum();
    sums.set(key, sum);
    sum.add(group);
  }
  return sums;
};
