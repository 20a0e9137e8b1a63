import type { JsonObject, ReasoningPart, ReasoningProof } from '../../wire-format.ts';
import { textOf } from '../json.ts';
import { redactedId, unwrapProof, wrapProof } from '../reasoning-proof.ts';

const protocol = 'anthropic-messages';

/** The proof in a thinking block's `signature`; none where that is empty. */
export function readSignature(signature: JsonObject[string]): ReasoningProof | undefined {
  const text = textOf(signature);
  return text === undefined ? undefined : unwrapProof(text, protocol);
}

/** The proof that a `redacted_thinking` block is. */
export function readRedacted(data: string): ReasoningProof {
  const proof = unwrapProof(data, protocol);
  return proof.protocol === protocol ? { ...proof, id: redactedId } : proof;
}

/** Reads a `thinking` or `redacted_thinking` block; nothing where it holds neither. */
export function readThinkingBlock(block: JsonObject): ReasoningPart | undefined {
  if (block.type === 'redacted_thinking') {
    return typeof block.data === 'string'
      ? { type: 'reasoning', text: '', proof: readRedacted(block.data) }
      : undefined;
  }
  if (typeof block.thinking !== 'string') return undefined;
  const proof = readSignature(block.signature);
  return { type: 'reasoning', text: block.thinking, ...(proof && { proof }) };
}

/**
 * Whether a proof is a block of its own instead of the signature of a text. So is that of another protocol's reasoning
 * without a text: a thinking block without one reads as if its text had been left out.
 */
export const isRedacted = ({ protocol: from, id }: ReasoningProof, hasText: boolean): boolean =>
  from === protocol ? id === redactedId : !hasText;

/** The text in which a client keeps a proof: Anthropic's own as it came, any other wrapped. */
export const sealOf = (proof: ReasoningProof): string => (proof.protocol === protocol ? proof.data : wrapProof(proof));

/** Writes reasoning. Without a proof the signature is empty, as compatible servers leave it. */
export function writeThinkingBlock(text: string, proof: ReasoningProof | undefined): JsonObject {
  if (proof && isRedacted(proof, text !== '')) return { type: 'redacted_thinking', data: sealOf(proof) };
  return { type: 'thinking', thinking: text, signature: proof ? sealOf(proof) : '' };
}
