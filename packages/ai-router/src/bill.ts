import type { ConductorOptions } from './conductor-options.ts';
import { createDiscardedCalls, type DiscardedCalls } from './discarded.ts';
import type { AnswerEnd } from './exchange.ts';
import type { SharedHead } from './flight.ts';
import { formats } from './formats/index.ts';
import { estimateInputTokens } from './limits/estimate.ts';
import type { AnswerSummary } from './wire-format.ts';

/** What one request costs, its answer and the calls made in vain. */
export interface Bill {
  readonly discarded: DiscardedCalls;
  /** A head with the cost of an answer that tells its usage. */
  head(head: SharedHead): SharedHead;
  /** An answer of a batch that the route's check refused: whoever asked for it pays it. */
  refused(head: SharedHead | undefined): void;
  /** The end of a stream with its cost. */
  end(head: SharedHead, summary: AnswerEnd): AnswerEnd;
  /** The end of an answer whose provider told no usage has an estimate in its place: it is billed all the same. */
  withUsage(summary: AnswerSummary, seenTokens: () => number): AnswerEnd;
}

export function createBill({ exchange, context, costOf, onDiscarded }: ConductorOptions): Bill {
  const { operation } = formats[exchange.protocol];
  const inputTokens = (): number =>
    // To have tokens counted is free of charge.
    operation === 'count-tokens' ? 0 : context.inputTokens || estimateInputTokens(exchange.protocol, exchange.body);
  const discarded = createDiscardedCalls({ inputTokens, costOf, onDiscarded });
  return {
    discarded,
    head(head) {
      const { lane = 'live', usage, model, provider, estimate } = head;
      return {
        ...head,
        ...(exchange.deadlineAt !== undefined && { lane }),
        ...(usage && discarded.with(costOf(model, usage, provider, lane), estimate)),
      };
    },
    refused(head) {
      if (head?.usage) discarded.add(costOf(head.model, head.usage, head.provider, head.lane));
    },
    end: ({ model, provider }, summary) => ({
      ...summary,
      ...discarded.with(summary.usage && costOf(model, summary.usage, provider), summary.estimate),
    }),
    withUsage: (summary, seenTokens) =>
      summary.usage || operation !== 'chat'
        ? summary
        : { ...summary, usage: { inputTokens: inputTokens(), outputTokens: seenTokens() }, estimate: true },
  };
}
