import { costOf, type PriceTable } from './cost.ts';
import type { Usage } from './wire-format.ts';

/** The cost of one answer in US dollars; undefined where it is not known. */
export type Pricing = (model: string, usage: Usage, provider: string, lane?: 'batch' | 'live') => number | undefined;

const none: Usage = { inputTokens: 0, outputTokens: 0 };

/**
 * Prices answers by a table. The same usage is priced for the client, for the cache and for whoever listens, one after the
 * other: the last cost is remembered.
 */
export function createPricing(prices: PriceTable): Pricing {
  const last = { model: '', provider: '', lane: '', usage: none, costUsd: undefined as number | undefined };
  return (model, usage, provider, lane = 'live') => {
    if (last.usage === usage && last.model === model && last.provider === provider && last.lane === lane) {
      return last.costUsd;
    }
    const costUsd = costOf(prices, model, usage, { provider, batch: lane === 'batch' });
    last.model = model;
    last.usage = usage;
    last.provider = provider;
    last.lane = lane;
    // A table of the user's own may hold anything; what is no cost is none.
    last.costUsd = costUsd !== undefined && costUsd >= 0 ? costUsd : undefined;
    return last.costUsd;
  };
}
