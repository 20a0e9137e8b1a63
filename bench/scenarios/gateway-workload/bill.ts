import { listPrices, type Usage } from '@hotpath/ai-router';
// @boundaries-ignore the rules of Anthropic's bill are kept beside the tests of the planner that they judge
import { billOf } from '../../../packages/ai-router/test/support/prefix-pricing.ts';

/** The model that is asked: its price list has the usual ratios (reads 0.1, writes 1.25, for an hour 2). */
export const model = 'claude-sonnet-5';

/** US dollars for a million tokens, and what the batch API multiplies them by. */
export const price = (() => {
  const {
    input = 0,
    output = 0,
    cachedInput = 0,
    cacheWrite = 0,
    longCacheWrite = 0,
    batchFactor = 1,
  } = listPrices.models[model] ?? {};
  if (!(input > 0)) throw new Error(`The price list does not have ${model} any more: choose another model here.`);
  const rates = { read: cachedInput / input, write: cacheWrite / input, longWrite: longCacheWrite / input };
  return { input, output, rates, batchFactor };
})();

/** What somebody was billed for. */
export interface Bill {
  readonly calls: number;
  readonly batchCalls: number;
  readonly freshTokens: number;
  readonly readTokens: number;
  readonly writtenTokens: number;
  readonly outputTokens: number;
  readonly dollars: number;
  /** What of it the batch API took off. */
  readonly batchSavedDollars: number;
}

export const emptyBill: Bill = {
  calls: 0,
  batchCalls: 0,
  freshTokens: 0,
  readTokens: 0,
  writtenTokens: 0,
  outputTokens: 0,
  dollars: 0,
  batchSavedDollars: 0,
};

/** The bill of one answer. */
export const billed = (usage: Usage, { isBatch = false } = {}): Bill => {
  const { inputTokens, outputTokens, cachedInputTokens: readTokens = 0, cacheWriteTokens: writtenTokens = 0 } = usage;
  const inputDollars = billOf(usage, price.rates) * price.input;
  const liveDollars = (inputDollars + outputTokens * price.output) / 1e6;
  const dollars = liveDollars * (isBatch ? price.batchFactor : 1);
  return {
    calls: 1,
    batchCalls: isBatch ? 1 : 0,
    freshTokens: inputTokens - readTokens - writtenTokens,
    readTokens,
    writtenTokens,
    outputTokens,
    dollars,
    batchSavedDollars: liveDollars - dollars,
  };
};

export const addBills = (left: Bill, right: Bill): Bill => ({
  calls: left.calls + right.calls,
  batchCalls: left.batchCalls + right.batchCalls,
  freshTokens: left.freshTokens + right.freshTokens,
  readTokens: left.readTokens + right.readTokens,
  writtenTokens: left.writtenTokens + right.writtenTokens,
  outputTokens: left.outputTokens + right.outputTokens,
  dollars: left.dollars + right.dollars,
  batchSavedDollars: left.batchSavedDollars + right.batchSavedDollars,
});
