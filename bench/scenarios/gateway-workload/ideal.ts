import type { JsonObject } from '@hotpath/ai-router';
// @boundaries-ignore the lowest bill there can be is kept beside the tests of the planner that it judges
import { idealBill } from '../../../packages/ai-router/test/support/ideal-bill.ts';
// @boundaries-ignore as are the rules of Anthropic's bill
import { pricedBlocks } from '../../../packages/ai-router/test/support/prefix-pricing.ts';
import { model, price } from './bill.ts';
import { bodyOf, charactersPerToken } from './prompt.ts';
import type { WorkRequest } from './workload.ts';

/**
 * What a kind of traffic would cost with the provider's prompt cache alone, used by somebody who knows every request to come and
 * may mark as many prefixes as he likes, US dollars. Nobody can do as well; it says what there is to gain.
 */
export const idealDollars = (requests: readonly WorkRequest[], kind: string): number => {
  const own = requests.filter((request) => request.kind.name === kind);
  const blocks = own.map(({ at, prompt }) => ({
    at,
    blocks: pricedBlocks(JSON.parse(bodyOf(model, kind, prompt)) as JsonObject, (text) =>
      Math.round(text.length / charactersPerToken),
    ),
  }));
  const outputTokens = own.reduce((sum, { prompt }) => sum + prompt.outputTokens, 0);
  return (idealBill(blocks, { rates: price.rates }) * price.input + outputTokens * price.output) / 1e6;
};
