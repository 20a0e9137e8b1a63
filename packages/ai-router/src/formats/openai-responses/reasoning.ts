import type { Json, JsonObject, ReasoningProof } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { unwrapProof, wrapProof } from '../reasoning-proof.ts';

const protocol = 'openai-responses';

/** What stands between the parts of a summary once they are one text. */
export const summaryGap = '\n\n';

/** The proof in a reasoning item's `encrypted_content`: one of OpenAI's, or one that came from elsewhere and returns. */
export function readProof(item: JsonObject): ReasoningProof | undefined {
  const encrypted = textOf(item.encrypted_content);
  if (encrypted === undefined) return undefined;
  const proof = unwrapProof(encrypted, protocol);
  const id = textOf(item.id);
  return proof.protocol === protocol && proof.data === encrypted && id !== undefined ? { ...proof, id } : proof;
}

/** The text of a reasoning item: the reasoning itself where a server shows it, else its summary. */
export function readReasoningText(item: JsonObject): string {
  return textsOf(item.content).join(summaryGap) || textsOf(item.summary).join(summaryGap);
}

export function textsOf(parts: Json | undefined): string[] {
  if (!isList(parts)) return [];
  return parts.map((part) => (isObject(part) ? textOf(part.text) : undefined)).filter((text) => text !== undefined);
}

/** The `encrypted_content` of an item with this id. OpenAI's own proofs hold for the item in which they came, and for no other. */
export function writeProof(proof: ReasoningProof, itemId: string): string {
  return proof.protocol === protocol && proof.id === itemId ? proof.data : wrapProof(proof);
}

export const writeSummary = (text: string): JsonObject[] => (text === '' ? [] : [{ type: 'summary_text', text }]);
