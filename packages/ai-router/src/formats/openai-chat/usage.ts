import type { Json, JsonObject, Usage } from '../../wire-format.ts';
import { countOf, isObject } from '../json.ts';

/** Reads usage in OpenAI's shape and in the dialects of DeepSeek, Moonshot, xAI and Gemini. */
export function decodeUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = countOf(usage.prompt_tokens);
  const output = countOf(usage.completion_tokens);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const outputDetails = isObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  const cached =
    countOf(inputDetails.cached_tokens) ?? countOf(usage.prompt_cache_hit_tokens) ?? countOf(usage.cached_tokens);
  const written = countOf(inputDetails.cache_write_tokens);
  const told = countOf(outputDetails.reasoning_tokens);
  // xAI bills reasoning beside `completion_tokens`, Gemini does without telling it at all; only their totals tell.
  const beside = (countOf(usage.total_tokens) ?? 0) - (input ?? 0) - (output ?? 0);
  const isBeside = beside > 0 && (told === undefined || told === beside);
  const reasoning = told ?? (isBeside ? beside : undefined);
  return {
    inputTokens: input ?? 0,
    outputTokens: (output ?? 0) + (isBeside ? beside : 0),
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

export function encodeUsage(usage: Usage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens: cached, cacheWriteTokens: written, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...((cached !== undefined || written !== undefined) && {
      prompt_tokens_details: {
        ...(cached !== undefined && { cached_tokens: cached }),
        ...(written !== undefined && { cache_write_tokens: written }),
      },
    }),
    ...(reasoningTokens !== undefined && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
