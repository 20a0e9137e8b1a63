import type { JsonObject } from '@hotpath/ai-router';
// @boundaries-ignore the lowest bills there can be are kept beside the tests of the planner that they judge
import { bestRuleBill, idealBill } from '../../../packages/ai-router/test/support/ideal-bill.ts';
// @boundaries-ignore as is who obeys the provider's rules and knows the future
import { oracleBill } from '../../../packages/ai-router/test/support/oracle.ts';
// @boundaries-ignore as are the rules of Anthropic's bill
import { billOf, pricedBlocks } from '../../../packages/ai-router/test/support/prefix-pricing.ts';
import { price } from '../gateway-workload/bill.ts';
import { answerMs } from '../gateway-workload/kinds.ts';
import { charactersPerToken } from '../gateway-workload/prompt.ts';
import type { SentRequest } from '../gateway-workload/replay.ts';

/** What a traffic's input costs who knows more than a gateway can, in tokens of fresh input. */
export interface Ideals {
  /** Nobody can pay less. */
  readonly bound: number;
  /** Who knows every request to come and obeys every rule of the provider. */
  readonly oracle: number;
  /** Who knows how often each kind of block comes again, but not which. */
  readonly rule: number;
}

export const idealsOf = (requests: readonly SentRequest[]): Ideals => {
  const priced = requests.map(({ at, body }) => ({
    at,
    blocks: pricedBlocks(JSON.parse(body()) as JsonObject, (text) => Math.round(text.length / charactersPerToken)),
  }));
  const options = { rates: price.rates, firstByteMs: answerMs(0) };
  return {
    bound: idealBill(priced, options),
    oracle: oracleBill(priced, options),
    rule: bestRuleBill(priced, options),
  };
};

/** What one way to run the gateway paid for input, in tokens of fresh input. */
export interface Outcome {
  readonly plain: number;
  readonly paid: number;
  /** The most by which the bill was above the plain one after any of the requests, in the order in which they were sent. */
  readonly highestLoss: number;
}

/** Adds up the usage that the answers report. */
export const outcomeOf = (answers: readonly string[]): Outcome => {
  let [plain, paid, highestLoss] = [0, 0, 0];
  for (const answer of answers) {
    const { usage } = JSON.parse(answer) as {
      usage: Record<string, number> & { cache_creation: Record<string, number> };
    };
    const {
      input_tokens: fresh = 0,
      cache_read_input_tokens: read = 0,
      cache_creation_input_tokens: written = 0,
    } = usage;
    const inputTokens = fresh + read + written;
    const { ephemeral_1h_input_tokens: longCacheWriteTokens = 0 } = usage.cache_creation;
    const told = {
      inputTokens,
      outputTokens: 0,
      cachedInputTokens: read,
      cacheWriteTokens: written,
      longCacheWriteTokens,
    };
    plain += inputTokens;
    paid += billOf(told, price.rates);
    highestLoss = Math.max(highestLoss, paid - plain);
  }
  return { plain, paid, highestLoss };
};
