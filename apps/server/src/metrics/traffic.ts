import {
  type AttemptEvent,
  type RequestEndEvent,
  type RequestStartEvent,
  routerChannels,
  type Usage,
} from '@hotpath/runtime';
import { createCounters } from './counters.ts';
import { type Exposition, labelsOf } from './exposition.ts';
import { createHistogram, type Histogram } from './histogram.ts';

/** US dollars of so many tokens; undefined for a model without a price. */
export type CostOf = (model: string, usage: Usage, provider: string) => number | undefined;

export interface TrafficOptions {
  /** Asked where an event does not tell the cost itself. */
  readonly costOf: CostOf;
  /** What to call a model, so that there are not too many of them. */
  readonly nameOf: (model: string) => string;
}

/** What became of requests and of the calls made for them, since it was created, in this process. */
export interface Traffic {
  write(exposition: Exposition): void;
  /** Counts no more. */
  close(): void;
}

/** Why a call was made; absent for the first one of a request. */
type Cause = 'retry' | 'hedge' | 'failover' | 'continuation';
type RequestEnd = RequestEndEvent & { readonly costUsd?: number };
type Attempt = AttemptEvent & { readonly cause?: string };

interface Latencies {
  readonly labels: string;
  readonly firstByte: Histogram;
  readonly duration: Histogram;
}

/** What is known of one provider's model. */
interface Target {
  readonly provider: string;
  readonly model: string;
  /** By cache state, and by whether it was streamed. */
  readonly latencies: Map<string, Latencies>;
}

const causes: readonly Cause[] = ['retry', 'hedge', 'failover', 'continuation'];

/** Listens to the router's channels. Costs about a microsecond a request; nothing that is counted can fail a request. */
export const createTraffic = ({ costOf, nameOf }: TrafficOptions): Traffic => {
  const targets = new Map<string, Map<string, Target>>();
  const requests = createCounters('protocol', 'provider', 'model', 'outcome', 'cache');
  const attempts = createCounters('provider', 'model', 'outcome', 'status');
  const repeats = new Map(causes.map((cause) => [cause as string, createCounters('provider', 'model')]));
  const tokens = createCounters('provider', 'model', 'class');
  const cost = createCounters('provider', 'model');
  const saved = createCounters('provider', 'model', 'by');
  const unpriced = createCounters('provider', 'model');
  const inFlight = createCounters('protocol');

  const targetOf = (provider: string, model: string): Target => {
    const models = targets.get(provider) ?? new Map<string, Target>();
    const known = models.get(model);
    if (known) return known;
    targets.set(provider, models);
    // Kept under the name that is shown: those that share one come this way each time.
    const shown = nameOf(model);
    const target = models.get(shown) ?? { provider, model: shown, latencies: new Map() };
    models.set(shown, target);
    return target;
  };

  const latenciesOf = ({ provider, model, latencies }: Target, { cache, stream }: RequestEnd): Latencies => {
    const key = stream ? `${cache} stream` : cache;
    const known = latencies.get(key);
    if (known) return known;
    const labels = labelsOf({ provider, model, cache, stream: String(stream) });
    const made = { labels, firstByte: createHistogram(), duration: createHistogram() };
    latencies.set(key, made);
    return made;
  };

  const countTokens = ({ provider, model }: Target, usage: Usage): void => {
    const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
    const count = (kind: string, tokenCount: number): void => {
      if (tokenCount > 0) tokens.add(tokenCount, provider, model, kind);
    };
    // Classes that do not overlap: the totals include what was cached, and what was thought.
    count('input', inputTokens - cachedInputTokens - cacheWriteTokens);
    count('cached_input', cachedInputTokens);
    count('cache_write', cacheWriteTokens);
    count('output', outputTokens - reasoningTokens);
    count('reasoning', reasoningTokens);
  };

  /** What a provider was asked for, also where its answer failed in the end. */
  const countBilled = (target: Target, event: RequestEnd, usage: Usage): void => {
    const { provider, model } = target;
    countTokens(target, usage);
    const usd = event.costUsd ?? costOf(event.model, usage, event.provider);
    if (usd === undefined || !(usd >= 0)) {
      unpriced.add(1, provider, model);
      return;
    }
    cost.add(usd, provider, model);
    if (event.lane === 'batch') {
      const saving = (costOf(event.model, usage, event.provider) ?? usd) - usd;
      if (saving > 0) saved.add(saving, provider, model, 'batch');
      return;
    }
    if (!usage.cachedInputTokens) return;
    const saving = (costOf(event.model, { ...usage, cachedInputTokens: 0 }, event.provider) ?? usd) - usd;
    if (saving > 0) saved.add(saving, provider, model, 'prompt_caching');
  };

  /** What nobody had to be asked for. */
  const countSaved = ({ provider, model }: Target, event: RequestEnd, usage: Usage): void => {
    const usd = costOf(event.model, usage, event.provider);
    if (usd === undefined || !(usd >= 0)) unpriced.add(1, provider, model);
    else saved.add(usd, provider, model, event.cache === 'hit' ? 'cache' : 'coalescing');
  };

  const onRequestStart = (message: unknown): void => {
    inFlight.add(1, (message as RequestStartEvent).protocol);
  };

  const onRequestEnd = (message: unknown): void => {
    const event = message as RequestEnd;
    const { protocol, outcome, cache, usage } = event;
    inFlight.add(-1, protocol);
    const target = targetOf(event.provider || 'none', event.provider ? event.model : 'none');
    requests.add(1, protocol, target.provider, target.model, outcome, cache);
    // Calls that were made in vain are billed without an answer, too.
    if (!usage && event.costUsd !== undefined && event.costUsd > 0)
      cost.add(event.costUsd, target.provider, target.model);
    if (usage) {
      if (cache === 'miss' || cache === 'bypass') countBilled(target, event, usage);
      else if (outcome === 'complete') countSaved(target, event, usage);
    } else if (outcome === 'complete' && !event.costUsd && protocol !== 'anthropic-count-tokens') {
      // Counting is free; of anything else its tokens would have to be known.
      unpriced.add(1, target.provider, target.model);
    }
    // Who has hours to wait says nothing of how fast the others are answered.
    if (outcome === 'failed' || event.lane !== undefined) return;
    const latencies = latenciesOf(target, event);
    if (event.firstByteMs !== undefined) latencies.firstByte.observe(event.firstByteMs / 1000);
    if (outcome === 'complete') latencies.duration.observe(event.durationMs / 1000);
  };

  const onAttemptStart = (message: unknown): void => {
    const { provider, model, cause } = message as Attempt;
    const repeat = cause === undefined ? undefined : repeats.get(cause);
    if (!repeat) return;
    const target = targetOf(provider, model);
    repeat.add(1, target.provider, target.model);
  };

  const onAttemptEnd = (message: unknown): void => {
    const { provider, model, outcome = 'complete', status = 0 } = message as Attempt;
    const target = targetOf(provider, model);
    attempts.add(1, target.provider, target.model, outcome, status === 0 ? 'none' : `${Math.floor(status / 100)}xx`);
  };

  const { requestStart, requestEnd, attemptStart, attemptEnd } = routerChannels;
  requestStart.subscribe(onRequestStart);
  requestEnd.subscribe(onRequestEnd);
  attemptStart.subscribe(onAttemptStart);
  attemptEnd.subscribe(onAttemptEnd);

  function* series(pick: (latencies: Latencies) => Histogram): Generator<readonly [string, Histogram]> {
    for (const models of targets.values()) {
      for (const { latencies } of models.values()) {
        for (const each of latencies.values()) yield [each.labels, pick(each)] as const;
      }
    }
  }

  return {
    write(exposition) {
      exposition.counter('hotpath_requests_total', 'Requests that came to their end.', requests);
      exposition.gauge('hotpath_requests_in_flight', 'Requests whose answer has not ended.', inFlight);
      exposition.histogram(
        'hotpath_time_to_first_byte_seconds',
        'From the request until the first byte of its answer; failed requests left out.',
        series(({ firstByte }) => firstByte),
      );
      exposition.histogram(
        'hotpath_request_duration_seconds',
        'From the request until the end of its answer; complete answers only.',
        series(({ duration }) => duration),
      );
      exposition.counter('hotpath_attempts_total', 'Calls to providers that came to their end.', attempts);
      for (const [cause, counters] of repeats) {
        const plural = cause === 'retry' ? 'retries' : `${cause}s`;
        exposition.counter(`hotpath_${plural}_total`, `Calls to providers that were made as a ${cause}.`, counters);
      }
      exposition.counter('hotpath_tokens_total', 'Tokens that providers billed, each in one class.', tokens);
      exposition.counter('hotpath_cost_usd_total', 'US dollars that providers billed, by list price.', cost);
      exposition.counter('hotpath_saved_usd_total', 'US dollars that answers would have cost besides.', saved);
      exposition.counter('hotpath_unpriced_answers_total', 'Answers whose cost is not known.', unpriced);
    },
    close() {
      requestStart.unsubscribe(onRequestStart);
      requestEnd.unsubscribe(onRequestEnd);
      attemptStart.unsubscribe(onAttemptStart);
      attemptEnd.unsubscribe(onAttemptEnd);
    },
  };
};
