import type { Protocol, ReasoningProof } from '../wire-format.ts';
import { parseObject, textOf } from './json.ts';

/** The `id` of a proof that stands for reasoning which Anthropic sends encrypted (`redacted_thinking`), as no text at all. */
export const redactedId = 'redacted';

const wrapped = /^hotpath\.(openai-chat|openai-responses|anthropic-messages)\.([\w-]+)$/;

/**
 * Writes a proof into the field in which a client of another protocol sends its own proofs back (Anthropic's `signature`
 * or redacted `data`, OpenAI's `encrypted_content`), so that it can be told apart from them when it returns.
 */
export function wrapProof(proof: ReasoningProof): string {
  const { protocol, data, id } = proof;
  return `hotpath.${protocol}.${Buffer.from(JSON.stringify({ data, id })).toString('base64url')}`;
}

/** Reads such a field: the proof that was wrapped, character for character, or else one of the field's own `protocol`. */
export function unwrapProof(text: string, protocol: Protocol): ReasoningProof {
  const [, from, body] = wrapped.exec(text) ?? [];
  const held = body === undefined ? undefined : parseObject(Buffer.from(body, 'base64url').toString());
  if (typeof held?.data !== 'string') return { protocol, data: text };
  const id = textOf(held.id);
  return { protocol: from as Protocol, data: held.data, ...(id !== undefined && { id }) };
}
