import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isObject, parseObject, textOf } from '../formats/json.ts';
import { proofOf, sentAsOf } from '../formats/openai-chat/sent-as.ts';
import { sha256 } from '../sha256.ts';
import type { JsonObject, ReasoningProof } from '../wire-format.ts';

/** What a model's metadata belongs to: a stretch of reasoning, the text, or the call of a tool with this id. */
export type MetadataOwner = 'reasoning' | 'text' | { readonly call: string };

const format = 'ai-sdk';

/**
 * Writes what a model wants back with a part of its answer (a signature, the id of an item, Gemini's `thoughtSignature`)
 * as the proof of a piece of reasoning, which clients return as it is: chat completions have no other place for it.
 * `hasText`: whether that piece has a text of its own.
 */
export function sealMetadata(
  provider: string,
  owner: MetadataOwner,
  metadata: SharedV4ProviderMetadata,
  hasText: boolean,
): ReasoningProof {
  const data = Buffer.from(JSON.stringify({ provider, owner, metadata })).toString('base64url');
  // The id tells the details of one message apart.
  const id = sha256(data).slice(0, 16);
  const detail: JsonObject = hasText
    ? { type: 'reasoning.text', format, signature: data }
    : { type: 'reasoning.encrypted', id, format, data };
  return proofOf({ as: 'detail', detail });
}

export interface OwnedMetadata {
  readonly owner: MetadataOwner;
  readonly metadata: SharedV4ProviderMetadata;
}

/** Reads such a proof. Nothing for one that was made elsewhere, by another provider too, who alone could read it. */
export function unsealMetadata(provider: string, proof: ReasoningProof | undefined): OwnedMetadata | undefined {
  const sent = sentAsOf(proof);
  if (sent?.as !== 'detail' || sent.detail.format !== format) return undefined;
  const data = textOf(sent.detail.signature) ?? textOf(sent.detail.data) ?? '';
  const sealed = parseObject(Buffer.from(data, 'base64url').toString());
  if (sealed?.provider !== provider || !isObject(sealed.metadata)) return undefined;
  const { owner } = sealed;
  const call = isObject(owner) ? textOf(owner.call) : undefined;
  const known = owner === 'reasoning' || owner === 'text' ? owner : call !== undefined && { call };
  return known ? { owner: known, metadata: sealed.metadata as SharedV4ProviderMetadata } : undefined;
}

/** Metadata that comes in pieces: later ones add to earlier ones, provider by provider. */
export function mergeMetadata(
  known: SharedV4ProviderMetadata | undefined,
  more: SharedV4ProviderMetadata | undefined,
): SharedV4ProviderMetadata | undefined {
  if (!known || !more) return known ?? more;
  const merged = { ...known };
  for (const [name, values] of Object.entries(more)) merged[name] = { ...merged[name], ...values };
  return merged;
}
