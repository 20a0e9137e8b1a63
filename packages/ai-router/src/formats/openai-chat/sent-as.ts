import type { JsonObject, ReasoningProof } from '../../wire-format.ts';
import { isObject, parseObject } from '../json.ts';

/**
 * How reasoning came, and so how the server that wrote it takes it back; servers that speak this protocol differ, and
 * some refuse a request with the field of another.
 */
export type SentAs =
  /** An entry of OpenRouter's `reasoning_details`, without its text. */
  | { readonly as: 'detail'; readonly detail: JsonObject }
  /** The text of `reasoning` (Groq, newer vLLM). */
  | { readonly as: 'reasoning' }
  /** Mistral's `thinking` part of the content, without its text. */
  | { readonly as: 'thinking'; readonly part: JsonObject }
  /** Gemini's `extra_content` on the tool call that follows, without which Gemini refuses the call. */
  | { readonly as: 'extra_content'; readonly extra: JsonObject };

/** The proof of reasoning made in this protocol. */
export const proofOf = (sent: SentAs): ReasoningProof => ({ protocol: 'openai-chat', data: JSON.stringify(sent) });

/** How the reasoning of a proof came; nothing for a proof of another protocol. */
export function sentAsOf(proof: ReasoningProof | undefined): SentAs | undefined {
  if (proof?.protocol !== 'openai-chat') return undefined;
  const sent = parseObject(proof.data);
  if (sent?.as === 'reasoning') return { as: 'reasoning' };
  if (sent?.as === 'detail' && isObject(sent.detail)) return { as: 'detail', detail: sent.detail };
  if (sent?.as === 'thinking' && isObject(sent.part)) return { as: 'thinking', part: sent.part };
  if (sent?.as === 'extra_content' && isObject(sent.extra)) return { as: 'extra_content', extra: sent.extra };
  return { as: 'detail', detail: { type: 'reasoning.encrypted', data: proof.data } };
}
