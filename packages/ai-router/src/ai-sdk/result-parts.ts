import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4Usage } from '@ai-sdk/provider';
import type { AssistantPart, FinishReason, Usage } from '../wire-format.ts';
import { metadataOf } from './proof-metadata.ts';

/** Writes the parts of an answer as the AI SDK's. A refusal is text there. */
export function contentOf(content: readonly AssistantPart[]): LanguageModelV4Content[] {
  return content.map((part): LanguageModelV4Content => {
    if (part.type === 'reasoning') return { type: 'reasoning', text: part.text, ...metadataOf(part.proof) };
    if (part.type !== 'tool-call') return { type: 'text', text: part.text };
    const { id: toolCallId, name: toolName, arguments: input } = part;
    return { type: 'tool-call', toolCallId, toolName, input: inputOf(input) };
  });
}

/** Arguments that are no text at all mean none. */
export const inputOf = (input: string): string => (input === '' ? '{}' : input);

export const finishOf = (reason: FinishReason): LanguageModelV4FinishReason => ({
  unified: reason === 'stop-sequence' ? 'stop' : reason,
  raw: reason,
});

export function usageOf(usage: Usage | undefined): LanguageModelV4Usage {
  const { inputTokens, outputTokens, cachedInputTokens: cached, cacheWriteTokens: written } = usage ?? {};
  const reasoning = usage?.reasoningTokens;
  return {
    inputTokens: {
      total: inputTokens,
      noCache: inputTokens === undefined ? undefined : Math.max(0, inputTokens - (cached ?? 0) - (written ?? 0)),
      cacheRead: cached,
      cacheWrite: written,
    },
    outputTokens: {
      total: outputTokens,
      text: outputTokens === undefined ? undefined : Math.max(0, outputTokens - (reasoning ?? 0)),
      reasoning,
    },
  };
}
