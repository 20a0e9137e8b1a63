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
  /** The longest answer of a model (`provider/model`) to a request without a limit, tokens. @default 1000 for all */
  readonly longestAnswerOf?: ((model: string) => number) | undefined;
  /** How many calls may be made at the same time for a request to this name. @default 1 */
  readonly callsAtOnce?: ((name: string | undefined) => number) | undefined;
}

/** What a request may cost, US dollars. */
export interface CostEstimate {
  /** The longest answers that it allows, or its model can give. */
  readonly mostUsd: number;
  /** With answers of 1,000 tokens where it sets no limit; else the same. */
  readonly leastUsd: number;
}

/** Tokens of an answer to a request without a limit. */
const usualOutputTokens = 1_000;

const isCount = (value: unknown): value is number => typeof value === 'number' && value > 0;

const nothing: CostEstimate = { mostUsd: 0, leastUsd: 0 };

/**
 * What a request may cost, for its budget: its input and the longest answers that it allows, by the dearest of the models
 * (`provider/model`) that may give them, as often as it may be asked at the same time. Undefined where none has a price.
 */
export const createCostEstimate =
  ({ costOf, inputTokensOf, longestAnswerOf = () => usualOutputTokens, callsAtOnce = () => 1 }: CostEstimateOptions) =>
  (protocol: Protocol, body: JsonObject, models: readonly string[]): CostEstimate | undefined => {
    // Anthropic counts tokens free of charge, and so do we.
    if (protocol === 'anthropic-count-tokens') return nothing;
    const answers = isCount(body.n) ? Math.max(1, Math.floor(body.n)) : 1;
    const limit =
      protocol === 'openai-embeddings'
        ? 0
        : [body.max_completion_tokens, body.max_tokens, body.max_output_tokens].find(isCount);
    const inputTokens = inputTokensOf(protocol, body);
    const calls = callsAtOnce(typeof body.model === 'string' ? body.model : undefined);

    const dearest = (outputTokensOf: (model: string) => number): number | undefined => {
      let most: number | undefined;
      for (const model of models) {
        const slash = model.indexOf('/');
        const usage = { inputTokens, outputTokens: outputTokensOf(model) * answers };
        const usd = costOf(model.slice(slash + 1), usage, model.slice(0, Math.max(0, slash)));
        if (usd !== undefined && !(most !== undefined && most >= usd)) most = usd;
      }
      return most === undefined ? undefined : most * calls;
    };

    const leastUsd = dearest(() => limit ?? usualOutputTokens);
    if (leastUsd === undefined) return undefined;
    if (limit !== undefined) return { mostUsd: leastUsd, leastUsd };
    return { mostUsd: Math.max(leastUsd, dearest(longestAnswerOf) ?? 0), leastUsd };
  };
