import type { Exchange } from './exchange.ts';
import { formats } from './formats/index.ts';
import { isList, isObject } from './formats/json.ts';
import { estimateInputTokens } from './limits/estimate.ts';
import type { Limiters, NamedLimiterState } from './limits/limiters.ts';
import type { Verdict } from './limits/reservation.ts';
import type { LongestAnswers } from './longest-answers.ts';
import type { Target } from './models.ts';
import type { Route, RouteCandidate } from './route.ts';
import type { Capability, StrategyContext } from './strategies/strategy.ts';
import type { Json, JsonObject } from './wire-format.ts';

/** The limits that calls are subject to. */
export interface RequestLimits {
  readonly limiters: Limiters;
  /** Of all that are set, used of late or not; those of `others` while they are in use. */
  readonly states: () => readonly NamedLimiterState[];
  /** How long a call may wait for room, milliseconds. */
  readonly queueMs: number;
}

/** An answer whose request sets no limit has room for so much at least, tokens. */
const usualOutputTokens = 1_000;

/** What strategies and limits must know of a request. Costs nothing where there is neither choice nor limit. */
export function contextOf({ body, protocol }: Exchange, route: Route, isLimited: boolean): StrategyContext {
  const { operation } = formats[protocol];
  const stream = operation === 'chat' && body.stream === true;
  const hasChoice = route.candidates.length > 1;
  if (!hasChoice && !isLimited) return stream ? plainStream : plainWhole;
  // Vectors have no tokens, and counting uses none.
  if (operation === 'count-tokens') return { ...plainWhole, maxOutputTokens: 0 };
  if (operation === 'embeddings') {
    return { ...plainWhole, inputTokens: estimateInputTokens(protocol, body), maxOutputTokens: 0 };
  }
  const maxOutputTokens = [body.max_completion_tokens, body.max_tokens, body.max_output_tokens].find(isCount);
  return {
    stream,
    inputTokens: estimateInputTokens(protocol, body),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    needs: hasChoice ? needsOf(body) : [],
  };
}

/** Asks for leave to make one call: the estimated input and the longest answers are reserved until it has ended. */
export function admit(
  { limiters, queueMs }: RequestLimits,
  exchange: Exchange,
  { target }: RouteCandidate,
  context: StrategyContext,
  longest: LongestAnswers,
): Verdict | Promise<Verdict> {
  const { provider, model } = target;
  return limiters.reserve({
    names: [...(exchange.limits ?? []), `provider:${provider.id}`, `model:${provider.id}/${model}`],
    ...tokensOf(exchange, target, context, longest),
    deadlineMs: queueMs,
  });
}

/** Asks for leave to wait for a batch: what its provider and model may take at a time is no matter there. */
export function admitToLane(
  { limiters, queueMs }: RequestLimits,
  exchange: Exchange,
  { target }: Pick<RouteCandidate, 'target'>,
  context: StrategyContext,
  longest: LongestAnswers,
): Verdict | Promise<Verdict> {
  return limiters.reserve({
    names: exchange.limits ?? [],
    ...tokensOf(exchange, target, context, longest),
    deadlineMs: queueMs,
  });
}

/** A request that sets no limit may use what its model can write, which a limit need not have room for. */
function tokensOf(
  { body }: Exchange,
  { provider, model }: Target,
  { inputTokens, maxOutputTokens }: StrategyContext,
  longest: LongestAnswers,
): { readonly tokens: number; readonly leastTokens?: number } {
  const answers = choicesOf(body);
  if (maxOutputTokens !== undefined) return { tokens: inputTokens + maxOutputTokens * answers };
  return {
    tokens: inputTokens + longest.of(provider.id, model) * answers,
    leastTokens: inputTokens + usualOutputTokens * answers,
  };
}

/** How many answers a request asks for: OpenAI's "n" of chat. */
export const choicesOf = ({ n }: JsonObject): number => (isCount(n) ? Math.max(1, Math.floor(n)) : 1);

const plainStream: StrategyContext = { stream: true, inputTokens: 0, needs: [] };
const plainWhole: StrategyContext = { stream: false, inputTokens: 0, needs: [] };

const isCount = (value: Json | undefined): value is number => typeof value === 'number' && value > 0;

/** What a target must be able to do, as far as the request shows, whatever its protocol. */
function needsOf(body: JsonObject): Capability[] {
  const needs = new Set<Capability>();
  if (isList(body.tools) && body.tools.length > 0) needs.add('tools');
  if (asksForSchema(body)) needs.add('structured-output');
  if (asksForReasoning(body)) needs.add('reasoning');
  for (const list of [body.messages, body.input]) if (isList(list)) for (const item of list) collectMedia(item, needs);
  return [...needs];
}

const typeOf = (value: Json | undefined): Json | undefined => (isObject(value) ? value.type : undefined);

const asksForSchema = ({ response_format: chat, text, output_config: anthropic }: JsonObject): boolean =>
  typeOf(chat) === 'json_schema' ||
  (isObject(text) && typeOf(text.format) === 'json_schema') ||
  (isObject(anthropic) && typeOf(anthropic.format) === 'json_schema');

function asksForReasoning({ reasoning_effort: effort, reasoning, thinking }: JsonObject): boolean {
  const told = effort ?? (isObject(reasoning) ? reasoning.effort : undefined);
  return (typeof told === 'string' && told !== 'none') || ['enabled', 'adaptive'].includes(String(typeOf(thinking)));
}

const media: Readonly<Record<string, Capability>> = {
  image: 'images',
  image_url: 'images',
  input_image: 'images',
  document: 'files',
  file: 'files',
  input_file: 'files',
};

function collectMedia(item: Json, needs: Set<Capability>): void {
  if (!isObject(item)) return;
  const need = typeof item.type === 'string' && Object.hasOwn(media, item.type) ? media[item.type] : undefined;
  if (need) needs.add(need);
  // Tool results hold parts of their own.
  for (const list of [item.content, item.output]) if (isList(list)) for (const part of list) collectMedia(part, needs);
}
