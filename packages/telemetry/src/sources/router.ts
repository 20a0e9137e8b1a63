import { attemptKind } from '../kinds/attempt.ts';
import { faultKind } from '../kinds/process.ts';
import { requestKind } from '../kinds/request.ts';
import type { Source } from '../source.ts';
import { codeOf } from './code-of.ts';
import { listenOnChannels } from './listen.ts';

/** Tokens of an answer; totals include what was cached, and what was thought. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
}

/** US dollars of so many tokens; undefined for a model without a price. */
export type CostOf = (model: string, usage: TokenUsage, provider: string) => number | undefined;

export interface RouterSourceOptions {
  /** What tokens cost where an event does not tell, and what was saved. @default no costs and savings beyond those told */
  readonly costOf?: CostOf | undefined;
  /** What the process does, such as `serve`. @default "" */
  readonly command?: string | undefined;
  /** Clock in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** What `hotpath:ai-router:request-end` tells, as far as it is recorded. */
export interface RequestEnd {
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly keyId?: string;
  readonly agent?: string;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly asked?: string;
  readonly stream: boolean;
  readonly cache: string;
  readonly outcome: string;
  readonly status?: number;
  readonly attempts?: number;
  readonly lane?: string;
  readonly costUsd?: number;
  readonly estimatedUsd?: number;
  readonly durationMs: number;
  readonly firstByteMs?: number;
  readonly usage?: TokenUsage;
  readonly finishReason?: string;
  readonly error?: unknown;
  readonly shape?: string;
  readonly exact?: string;
  readonly stages?: { readonly routeMs?: number; readonly cacheMs?: number; readonly queueMs?: number };
}

interface AttemptEnd {
  readonly requestId?: string;
  readonly traceparent?: string;
  readonly cause?: string;
  readonly provider: string;
  readonly model: string;
  readonly durationMs?: number;
  readonly status?: number;
  readonly outcome?: string;
  readonly health?: string;
  readonly error?: unknown;
}

const microdollars = 1e6;
const { dimensionAt: name, measureAt: figure } = requestKind;

/** Records requests and the calls made for them, from the channels of `@hotpath/ai-router`. */
export const routerSource = ({ costOf, command = '', now = Date.now }: RouterSourceOptions = {}): Source => ({
  name: 'ai-router',
  start(collector, listen = listenOnChannels) {
    const requests = collector.recorder(requestKind);
    const attempts = collector.recorder(attemptKind);
    const faults = collector.recorder(faultKind);

    const usdOf = (event: RequestEnd, usage: TokenUsage): number | undefined => {
      const usd = costOf?.(event.model, usage, event.provider);
      return usd !== undefined && usd >= 0 ? usd : undefined;
    };

    /** What a provider was asked for, also where its answer failed in the end. */
    const takeBilled = (event: RequestEnd, usage: TokenUsage): void => {
      const { values } = requests;
      const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
      // Classes that do not overlap.
      values[figure.input] = inputTokens - cachedInputTokens - cacheWriteTokens;
      values[figure.cached_input] = cachedInputTokens;
      values[figure.cache_write] = cacheWriteTokens;
      values[figure.output] = outputTokens - reasoningTokens;
      values[figure.reasoning] = reasoningTokens;
      const usd = event.costUsd ?? usdOf(event, usage);
      if (usd === undefined || !(usd >= 0)) {
        values[figure.unpriced] = 1;
        return;
      }
      values[figure.cost] = usd * microdollars;
      if (event.lane === 'batch') {
        const saving = (usdOf(event, usage) ?? usd) - usd;
        if (saving > 0) values[figure.saved_batch] = saving * microdollars;
      } else if (cachedInputTokens > 0) {
        const saving = (usdOf(event, { ...usage, cachedInputTokens: 0 }) ?? usd) - usd;
        if (saving > 0) values[figure.saved_prompt_cache] = saving * microdollars;
      }
    };

    /** What nobody had to be asked for. */
    const takeSaved = (event: RequestEnd, usage: TokenUsage): void => {
      const usd = usdOf(event, usage);
      if (usd === undefined) requests.values[figure.unpriced] = 1;
      else requests.values[event.cache === 'hit' ? figure.saved_cache : figure.saved_coalescing] = usd * microdollars;
    };

    const takeMoney = (event: RequestEnd): void => {
      const { usage, cache, costUsd, outcome } = event;
      if (usage === undefined) {
        // Calls that were made in vain are billed without an answer, too. Counting is free.
        if (costUsd !== undefined && costUsd > 0) requests.values[figure.cost] = costUsd * microdollars;
        else if (outcome === 'complete' && !costUsd && event.protocol !== 'anthropic-count-tokens')
          requests.values[figure.unpriced] = 1;
      } else if (cache === 'miss' || cache === 'bypass') takeBilled(event, usage);
      else if (outcome === 'complete') takeSaved(event, usage);
      if (event.estimatedUsd) requests.values[figure.estimated] = event.estimatedUsd * microdollars;
    };

    const takeTimes = (event: RequestEnd): void => {
      const { values } = requests;
      const { firstByteMs, durationMs, stages, usage, stream, outcome } = event;
      values[figure.duration] = durationMs * 1000;
      if (firstByteMs !== undefined) {
        values[figure.first_token] = firstByteMs * 1000;
        const streamedMs = durationMs - firstByteMs;
        // Of few tokens, or of many that came at once, a rate says nothing.
        if (stream && outcome === 'complete' && usage && usage.outputTokens > 1 && streamedMs >= 1)
          values[figure.token_rate] = ((usage.outputTokens - 1) * 1000) / streamedMs;
      }
      if (stages === undefined) return;
      if (stages.routeMs !== undefined) values[figure.routed] = stages.routeMs * 1000;
      if (stages.cacheMs !== undefined) values[figure.looked_up] = stages.cacheMs * 1000;
      if (stages.queueMs !== undefined) values[figure.queued] = stages.queueMs * 1000;
    };

    return listen({
      'hotpath:ai-router:request-end'(event: RequestEnd) {
        const { names, values } = requests;
        names[name.protocol] = event.protocol;
        names[name.provider] = event.provider || 'none';
        names[name.model] = event.provider ? event.model : 'none';
        names[name.asked] = event.asked ?? '';
        names[name.key] = event.keyId ?? '';
        names[name.agent] = event.agent ?? '';
        names[name.command] = command;
        names[name.outcome] = event.outcome;
        names[name.cache] = event.cache;
        names[name.lane] = event.lane ?? '';
        names[name.stream] = event.stream ? 'yes' : 'no';
        // Where a provider's own refusal was passed on, its status is all that is known of it.
        names[name.code] =
          codeOf(event.error) || (event.outcome === 'failed' && event.status ? `HTTP_${event.status}` : '');
        names[name.finish] = event.finishReason ?? '';
        if (event.status !== undefined) values[figure.status] = event.status;
        if (event.attempts !== undefined) values[figure.attempts] = event.attempts;
        takeTimes(event);
        takeMoney(event);
        requests.push(now(), event.requestId, event.traceparent, event.shape, event.exact);
      },
      'hotpath:ai-router:attempt-end'(event: AttemptEnd) {
        const { names, values } = attempts;
        const { dimensionAt, measureAt } = attemptKind;
        names[dimensionAt.provider] = event.provider;
        names[dimensionAt.model] = event.model;
        names[dimensionAt.cause] = event.cause ?? '';
        names[dimensionAt.outcome] = event.outcome ?? 'complete';
        names[dimensionAt.answer] = event.status ? `${Math.floor(event.status / 100)}xx` : 'none';
        names[dimensionAt.health] = event.health ?? '';
        names[dimensionAt.code] = codeOf(event.error);
        if (event.durationMs !== undefined) values[measureAt.duration] = event.durationMs * 1000;
        if (event.status) values[measureAt.status] = event.status;
        attempts.push(now(), event.requestId, event.traceparent);
      },
      'hotpath:ai-router:cache-fault'({ operation, error }: { readonly operation: string; readonly error: unknown }) {
        faults.names[faultKind.dimensionAt.part] = 'cache';
        faults.names[faultKind.dimensionAt.code] = codeOf(error) || operation;
        faults.push(now());
      },
      'hotpath:ai-router:economy'({ type, error }: { readonly type: string; readonly error?: unknown }) {
        if (type !== 'fault' && type !== 'refused') return;
        faults.names[faultKind.dimensionAt.part] = 'economy';
        faults.names[faultKind.dimensionAt.code] = codeOf(error) || type;
        faults.push(now());
      },
    });
  },
});
