import type { Json, JsonObject, Usage } from '../../wire-format.ts';
import { countOf, isObject } from '../json.ts';

/** Reads usage. Anthropic counts cached input beside `input_tokens`; the sum is what was read. */
export function decodeUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = countOf(usage.input_tokens);
  const output = countOf(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const cached = countOf(usage.cache_read_input_tokens);
  const written = countOf(usage.cache_creation_input_tokens);
  const lifetimes = isObject(usage.cache_creation) ? usage.cache_creation : {};
  const writtenLong = countOf(lifetimes.ephemeral_1h_input_tokens);
  const details = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const reasoning = countOf(details.thinking_tokens);
  return {
    inputTokens: (input ?? 0) + (cached ?? 0) + (written ?? 0),
    outputTokens: output ?? 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(writtenLong && { longCacheWriteTokens: writtenLong }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

/** The counts of a stream's `message_delta`; unknown usage is written as 0, since the counts are required. */
export function encodeDeltaUsage(usage: Usage | undefined): JsonObject {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens: cached, cacheWriteTokens: written } = usage ?? {};
  return {
    input_tokens: Math.max(0, inputTokens - (cached ?? 0) - (written ?? 0)),
    cache_creation_input_tokens: written ?? null,
    cache_read_input_tokens: cached ?? null,
    output_tokens: outputTokens,
    output_tokens_details: usage?.reasoningTokens === undefined ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
    // Anthropic tells it at the start only, where it may not be known yet here.
    ...(usage?.longCacheWriteTokens !== undefined && { cache_creation: encodeLifetimes(usage) }),
  };
}

/** The usage of a whole message. */
export function encodeUsage(usage: Usage | undefined): JsonObject {
  return {
    ...encodeDeltaUsage(usage),
    cache_creation: encodeLifetimes(usage),
    inference_geo: null,
    service_tier: null,
    speed: null,
  };
}

function encodeLifetimes({ cacheWriteTokens: written = 0, longCacheWriteTokens: long }: Partial<Usage> = {}): Json {
  if (long === undefined) return null;
  return { ephemeral_5m_input_tokens: Math.max(0, written - long), ephemeral_1h_input_tokens: long };
}
