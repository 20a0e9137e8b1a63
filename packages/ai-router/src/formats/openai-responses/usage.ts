import type { Json, JsonObject, Usage } from '../../wire-format.ts';
import { countOf, isObject } from '../json.ts';

/** Reads usage. What OpenAI wrote for twelve hours is what was written for the longer lifetime. */
export function decodeUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = countOf(usage.input_tokens);
  const output = countOf(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = isObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const outputDetails = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const writes = isObject(inputDetails.cache_write_tokens_details) ? inputDetails.cache_write_tokens_details : {};
  const cached = countOf(inputDetails.cached_tokens);
  const written = countOf(inputDetails.cache_write_tokens);
  const long = countOf(writes.ttl_12h_tokens);
  const reasoning = countOf(outputDetails.reasoning_tokens);
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(long !== undefined && { longCacheWriteTokens: long }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

/** Writes usage. Clients rely on every count: one that is not known is 0. */
export function encodeUsage(usage: Usage): JsonObject {
  const { inputTokens, outputTokens, cacheWriteTokens: written = 0, longCacheWriteTokens: long } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cache_write_tokens: written,
      cached_tokens: usage.cachedInputTokens ?? 0,
      ...(long !== undefined && {
        cache_write_tokens_details: { ttl_12h_tokens: long, ttl_30m_tokens: Math.max(0, written - long) },
      }),
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
