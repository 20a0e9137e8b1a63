import { costOf, type PriceTable } from '../cost.ts';
import { availableFirst, type Candidate, type Strategy, type StrategyContext, sortedBy } from './strategy.ts';

export interface CheapestOptions {
  /** For candidates without a price of their own. */
  readonly prices: PriceTable;
}

/** Where a request does not limit its output. What output weighs against input then is a guess. */
const usualOutputTokens = 1000;

/**
 * The lowest estimated cost first: the estimated input, and as much output as the request allows. A target without a price
 * may cost anything, so it comes after all that have one.
 */
export function cheapest({ prices }: CheapestOptions): Strategy {
  return availableFirst((available, context) =>
    sortedBy(available, (candidate) => estimatedCost(candidate, context, prices) ?? Number.POSITIVE_INFINITY),
  );
}

/** In US dollars; undefined for a target without a price. */
export function estimatedCost(
  { target, price }: Candidate,
  { inputTokens, maxOutputTokens }: StrategyContext,
  prices: PriceTable,
): number | undefined {
  const table = price ? { version: prices.version, models: { [target.model]: price } } : prices;
  const usage = { inputTokens, outputTokens: maxOutputTokens ?? usualOutputTokens };
  return costOf(table, target.model, usage, { provider: target.provider.id });
}
