import type { SharedV4ProviderMetadata, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { isObject, textOf } from '../formats/json.ts';
import { proofOf } from '../formats/openai-chat/sent-as.ts';
import { wrapProof } from '../formats/reasoning-proof.ts';
import type { Json, JsonObject, Protocol, ReasoningProof } from '../wire-format.ts';

/** Where a proof travels in the AI SDK's messages: in the metadata of its part, and back in the part's options. */
export function metadataOf(proof: ReasoningProof | undefined): {
  readonly providerMetadata?: SharedV4ProviderMetadata;
} {
  if (!proof) return {};
  const { protocol, data, id } = proof;
  return { providerMetadata: { hotpath: { proof: { protocol, data, ...(id !== undefined && { id }) } } } };
}

const protocols: ReadonlySet<Json | undefined> = new Set<Protocol>([
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
]);

/** Reads a proof that came back, to be sent in a protocol. `hasText`: whether its reasoning has a text. */
export function readProof(
  options: SharedV4ProviderOptions | undefined,
  protocol: Protocol,
  hasText: boolean,
): ReasoningProof | undefined {
  const held = options?.hotpath?.proof as Json | undefined;
  if (!isObject(held) || !protocols.has(held.protocol) || typeof held.data !== 'string') return undefined;
  const id = textOf(held.id);
  const proof: ReasoningProof = {
    protocol: held.protocol as Protocol,
    data: held.data,
    ...(id !== undefined && { id }),
  };
  return proof.protocol === protocol ? proof : disguised(proof, protocol, hasText);
}

/**
 * The proof of another protocol as a client of this one holds it. The router unwraps it for the provider that can read it,
 * and takes it out for any other.
 */
function disguised(proof: ReasoningProof, protocol: Protocol, hasText: boolean): ReasoningProof {
  const data = wrapProof(proof);
  if (protocol === 'openai-chat') {
    const detail: JsonObject = hasText
      ? { type: 'reasoning.text', signature: data }
      : { type: 'reasoning.encrypted', data };
    return proofOf({ as: 'detail', detail });
  }
  return { protocol, data };
}
