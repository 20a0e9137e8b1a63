import { askWhole } from './ask-whole.ts';
import { aborted } from './errors.ts';
import type { CacheState, Exchange } from './exchange.ts';
import { anthropicMessages } from './formats/anthropic-messages.ts';
import { countOf, parseObject } from './formats/json.ts';
import { type QueryContext, type QueryOptions, toRequest, untilAborted } from './query.ts';
import type { Route, RouteCandidate } from './route.ts';
import type { JsonObject } from './wire-format.ts';

export interface CountTokensResult {
  readonly inputTokens: number;
  /** It is our own: mostly 15% either way for text, and an order of magnitude for images and documents. */
  readonly isEstimate: boolean;
  readonly provider: string;
  readonly model: string;
  readonly cache: CacheState;
}

/** What the endpoint takes of a Messages request; it refuses what has nothing to do with the input. */
const countedFields = ['system', 'messages', 'tools', 'tool_choice', 'thinking', 'output_config'];

/** Counts the input tokens of a question. Rejects with a `RouterError`. */
export async function countTokens(context: QueryContext, options: QueryOptions): Promise<CountTokensResult> {
  const { model, cache, tenant, agent, signal } = options;
  if (signal?.aborted) throw aborted(signal.reason);
  const route: Route = await untilAborted(context.routes.resolve(model), signal);
  const { target } = route.candidates[0] as RouteCandidate;
  const written = anthropicMessages.encodeRequest(toRequest(options, target.model, false));
  const body: JsonObject = Object.fromEntries([
    ['model', model ?? `${target.provider.id}/${target.model}`],
    ...countedFields.filter((name) => written[name] !== undefined).map((name) => [name, written[name]]),
  ]);
  const exchange: Exchange = {
    protocol: 'anthropic-count-tokens',
    body,
    cache: cache ?? 'use',
    ...(tenant !== undefined && { tenant }),
    ...(agent !== undefined && { agent }),
  };
  const { head, body: answer } = await askWhole(context.exchanger, exchange, signal);
  return {
    inputTokens: countOf(parseObject(answer.toString())?.input_tokens) ?? 0,
    isEstimate: head.estimate === true,
    provider: head.provider,
    model: head.model,
    cache: head.cache,
  };
}
