import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PriceTable, RequestEndEvent } from '@hotpath/runtime';
import { roundUsd } from '../figures.ts';

interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** What went through a gateway. */
export interface Figures {
  /** Everything that was posted to it. */
  readonly requests: number;
  /** Answers that were kept from before. */
  readonly fromCache: number;
  /** Answers that shared the call of another request. */
  readonly shared: number;
  /** Answered with an error. */
  readonly failed: number;
  /** Of answers that a provider was asked for. */
  readonly tokens: Tokens;
  /** Of answers that were kept or shared. */
  readonly savedTokens: Tokens;
  readonly spentUsd: number;
  /** The part of it that is an estimate: of calls that were cancelled or broke off. */
  readonly estimatedUsd: number;
  readonly savedUsd: number;
  /** Answers whose cost nobody knows: the model has no price, or the stream told no tokens, as the client did not ask. */
  readonly unknownCosts: number;
}

export interface Tally {
  readonly figures: () => Figures;
  /** Whether anything was answered by another than the built-in simulator. */
  readonly hasReal: () => boolean;
  stop(): void;
}

const requestStart = 'http.server.request.start';
const responseEnd = 'http.server.response.finish';

/**
 * Counts what goes through the gateway of this process, of which there may be one. Requests and failures are counted where
 * they arrive, since those that no model can answer get no further.
 */
export const startTally = async (prices: PriceTable): Promise<Tally> => {
  const { costOf, routerChannels } = await import('@hotpath/runtime');
  const counts = {
    requests: 0,
    fromCache: 0,
    shared: 0,
    failed: 0,
    unknownCosts: 0,
    spentUsd: 0,
    estimatedUsd: 0,
    savedUsd: 0,
  };
  const tokens = { input: 0, output: 0 };
  const savedTokens = { input: 0, output: 0 };
  let isReal = false;

  const onRequest = (message: unknown): void => {
    if ((message as { readonly request: IncomingMessage }).request.method === 'POST') counts.requests += 1;
  };
  const onResponse = (message: unknown): void => {
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
    if (request.method === 'POST' && response.statusCode >= 400) counts.failed += 1;
  };
  const onAnswer = (message: unknown): void => {
    const { cache, outcome, provider, model, usage, costUsd, estimatedUsd = 0 } = message as RequestEndEvent;
    const isSaved = cache === 'hit' || cache === 'coalesced';
    if (outcome === 'complete' && provider !== 'sim') isReal = true;
    if (!isSaved) counts.estimatedUsd += estimatedUsd;
    if (outcome === 'complete' && cache === 'hit') counts.fromCache += 1;
    if (outcome === 'complete' && cache === 'coalesced') counts.shared += 1;
    if (usage === undefined) {
      // Calls that were made in vain are billed without an answer, too.
      if (!isSaved) counts.spentUsd += costUsd ?? 0;
      if (outcome === 'complete') counts.unknownCosts += 1;
      return;
    }
    const sum = isSaved ? savedTokens : tokens;
    sum.input += usage.inputTokens;
    sum.output += usage.outputTokens;
    const cost = (isSaved ? undefined : costUsd) ?? costOf(prices, model, usage, { provider });
    if (cost === undefined) counts.unknownCosts += 1;
    else counts[isSaved ? 'savedUsd' : 'spentUsd'] += cost;
  };

  const answers = routerChannels.requestEnd.name;
  subscribe(requestStart, onRequest);
  subscribe(responseEnd, onResponse);
  subscribe(answers, onAnswer);
  return {
    figures: () => ({
      ...counts,
      spentUsd: roundUsd(counts.spentUsd),
      estimatedUsd: roundUsd(counts.estimatedUsd),
      savedUsd: roundUsd(counts.savedUsd),
      tokens: { ...tokens },
      savedTokens: { ...savedTokens },
    }),
    hasReal: () => isReal,
    stop() {
      unsubscribe(requestStart, onRequest);
      unsubscribe(responseEnd, onResponse);
      unsubscribe(answers, onAnswer);
    },
  };
};
