import type { JsonObject, Protocol } from '@hotpath/runtime';

export interface CostEstimateOptions {
  /** The cost of so many tokens, US dollars; undefined for a model without a price. */
  readonly costOf: (
    model: string,
    usage: { inputTokens: number; outputTokens: number },
    provider: string,
  ) => number | undefined;
  /** About how many tokens the request itself has; rather too many. */
  readonly inputTokensOf: (protocol: Protocol, body: JsonObject) => number;
  /** For an answer whose request sets no limit, tokens. @default 1000 */
  readonly usualOutputTokens?: number | undefined;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value > 0;

/**
 * The most that a request may cost, for its budget: its input and the longest answer that it allows, by the dearest of the
 * models (`provider/model`) that may give it. Undefined where none of them has a price.
 */
export const createCostEstimate =
  ({ costOf, inputTokensOf, usualOutputTokens = 1000 }: CostEstimateOptions) =>
  (protocol: Protocol, body: JsonObject, models: readonly string[]): number | undefined => {
    // Anthropic counts tokens free of charge, and so do we.
    if (protocol === 'anthropic-count-tokens') return 0;
    const answers = isCount(body.n) ? body.n : 1;
    const longest = [body.max_completion_tokens, body.max_tokens, body.max_output_tokens].find(isCount);
    const usage = {
      inputTokens: inputTokensOf(protocol, body),
      outputTokens: protocol === 'openai-embeddings' ? 0 : (longest ?? usualOutputTokens) * answers,
    };
    let most: number | undefined;
    for (const model of models) {
      const slash = model.indexOf('/');
      const usd = costOf(model.slice(slash + 1), usage, model.slice(0, Math.max(0, slash)));
      if (usd !== undefined && !(most !== undefined && most >= usd)) most = usd;
    }
    return most;
  };
