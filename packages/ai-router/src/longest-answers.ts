import { type PriceTable, priceOf } from './cost.ts';
import { createRecent } from './recent.ts';

export interface LongestAnswersOptions {
  readonly prices: PriceTable;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How long an answer may become whose request sets no limit. */
export interface LongestAnswers {
  /**
   * Tokens: what the price table says of the model (`maxOutputTokens`), else the longest of its answers of late, each of
   * which counts half as much after an hour, and 1,000 at least.
   */
  of(provider: string, model: string): number;
  /** An answer had so many tokens. */
  note(provider: string, model: string, outputTokens: number): void;
}

/** Kept as it was when it came: it fades from then on. */
interface Longest {
  tokens: number;
  at: number;
}

const leastTokens = 1_000;
const halfLifeMs = 3_600_000;
const mostModels = 1_000;

export function createLongestAnswers({ prices, now }: LongestAnswersOptions): LongestAnswers {
  const learned = createRecent<Longest>(mostModels);
  const longestOf = (provider: string, model: string): Longest =>
    learned.get(`${provider}/${model}`, () => ({ tokens: 0, at: now() }));
  const faded = ({ tokens, at }: Longest): number => tokens * 0.5 ** (Math.max(0, now() - at) / halfLifeMs);
  const listed = (provider: string, model: string): number | undefined =>
    priceOf(prices, model, provider)?.maxOutputTokens;

  return {
    of: (provider, model) =>
      listed(provider, model) ?? Math.max(leastTokens, Math.ceil(faded(longestOf(provider, model)))),
    note(provider, model, outputTokens) {
      if (!(outputTokens > leastTokens) || listed(provider, model) !== undefined) return;
      const longest = longestOf(provider, model);
      if (outputTokens < faded(longest)) return;
      longest.tokens = outputTokens;
      longest.at = now();
    },
  };
}
