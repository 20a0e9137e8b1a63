import type { AnswerCost } from './exchange.ts';
import type { RouteCandidate } from './route.ts';
import type { Usage } from './wire-format.ts';

/** What a call used whose answer nobody got, as far as that can be told. */
export interface CallUse {
  /** As the provider told it so far; undefined where it told nothing yet. */
  readonly told?: Usage | undefined;
  /** Whether that is all of it: the answer had come to its end. */
  readonly isWhole: boolean;
  /** Output tokens that had arrived, by their bytes. */
  readonly seenTokens: number;
}

export interface DiscardedCallsOptions {
  /** About how many input tokens the request has. Asked only where a provider did not tell. */
  readonly inputTokens: () => number;
  /** US dollars; undefined for a model without a price. */
  readonly costOf: (model: string, usage: Usage, provider: string) => number | undefined;
  readonly onDiscarded?: ((candidate: RouteCandidate, usage: Usage) => void) | undefined;
}

/**
 * The calls of one request that were made in vain and are billed all the same: a hedge or a race that was lost, a stream that
 * broke off, an answer that the route's check refused.
 */
export interface DiscardedCalls {
  /** Returns the tokens it is taken to have used. */
  book(candidate: RouteCandidate, use: CallUse): Usage;
  /** One that was recorded when its answer came, and at that price; undefined where it is not known. */
  add(costUsd: number | undefined): void;
  /**
   * The cost of the request: of its answer, if there is one and its cost is known, and of these calls. `isEstimate`: the
   * provider did not tell what the answer used.
   */
  with(answerUsd: number | undefined, isEstimate?: boolean): AnswerCost;
  /** The cost of a request that was not answered; undefined where nothing is known to be billed. */
  alone(): AnswerCost | undefined;
}

export function createDiscardedCalls({ inputTokens, costOf, onDiscarded }: DiscardedCallsOptions): DiscardedCalls {
  let totalUsd = 0;
  let estimatedUsd = 0;
  const costOfAll = (answerUsd: number, isEstimate: boolean): AnswerCost => {
    const ofThem = estimatedUsd + (isEstimate ? answerUsd : 0);
    return { costUsd: answerUsd + totalUsd, ...(ofThem > 0 && { estimatedUsd: ofThem }) };
  };
  return {
    book(candidate, { told, isWhole, seenTokens }) {
      const usage = told
        ? { ...told, outputTokens: Math.max(told.outputTokens, seenTokens) }
        : { inputTokens: inputTokens(), outputTokens: seenTokens };
      onDiscarded?.(candidate, usage);
      const { provider, model } = candidate.target;
      const usd = costOf(model, usage, provider.id) ?? 0;
      totalUsd += usd;
      if (!isWhole) estimatedUsd += usd;
      return usage;
    },
    add(costUsd = 0) {
      totalUsd += costUsd;
    },
    // Without the answer's own cost the rest would be taken for all of it.
    with: (answerUsd, isEstimate = false) => (answerUsd === undefined ? {} : costOfAll(answerUsd, isEstimate)),
    alone: () => (totalUsd > 0 ? costOfAll(0, false) : undefined),
  };
}
