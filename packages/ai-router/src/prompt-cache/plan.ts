import { isList, isObject } from '../formats/json.ts';
import type { Json, JsonObject } from '../wire-format.ts';

/** How long Anthropic keeps what a breakpoint writes, counted from the start of the last request that used it. */
export type CacheLifetime = '5m' | '1h';

export interface Breakpoint {
  /**
   * Where `cache_control` goes: `['tools', 3]`, `['system', 0]`, `['messages', 4, 'content', 1]`. `['system']` and
   * `['messages', 4, 'content']` name a content that is a bare text, which becomes a list of one block.
   */
  readonly path: readonly (string | number)[];
  readonly ttl: CacheLifetime;
}

/** Why a plan is as it is; all but the first have no breakpoints. */
export type PlanReason =
  | 'placed'
  /** The planner is switched off. */
  | 'off'
  /** The client set breakpoints of its own, or asked for automatic ones. */
  | 'own'
  /** Nothing in the request is long enough for this model's cache. */
  | 'short'
  /** This model has no cache price below its input price. */
  | 'unpriced'
  /** No place is expected to save more than it costs. */
  | 'no-gain';

/** What to mark in one request. Token counts are estimates, of a request that goes as the planner believes. */
export interface Plan {
  readonly reason: PlanReason;
  /** In the order of the request: tools, system, messages. Four at most; those of an hour come first. */
  readonly breakpoints: readonly Breakpoint[];
  /** Tokens expected to be read from the cache. */
  readonly readTokens: number;
  /** Tokens expected to be written for five minutes. */
  readonly writeTokens: number;
  /** Tokens expected to be written for an hour. */
  readonly longWriteTokens: number;
}

/**
 * The request with the plan's breakpoints. Only what they touch is copied; a plan without any gives the body itself back.
 * A path that the body does not have is skipped: a request without a breakpoint costs more, one that is refused is lost.
 */
export function applyPlan(body: JsonObject, { breakpoints }: Pick<Plan, 'breakpoints'>): JsonObject {
  let marked = body;
  for (const { path, ttl } of breakpoints) {
    const control: JsonObject = ttl === '1h' ? { type: 'ephemeral', ttl } : { type: 'ephemeral' };
    marked = (withControl(marked, path, control) ?? marked) as JsonObject;
  }
  return marked;
}

function withControl(value: Json | undefined, path: Breakpoint['path'], control: JsonObject): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (typeof value === 'string') return [{ type: 'text', text: value, cache_control: control }];
    return isObject(value) ? { ...value, cache_control: control } : undefined;
  }
  if (typeof key === 'number') {
    if (!isList(value)) return undefined;
    const item = withControl(value[key], rest, control);
    return item === undefined ? undefined : value.with(key, item);
  }
  if (!isObject(value)) return undefined;
  const member = withControl(value[key], rest, control);
  return member === undefined ? undefined : { ...value, [key]: member };
}
