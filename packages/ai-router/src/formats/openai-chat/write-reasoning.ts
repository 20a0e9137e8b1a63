import type { JsonObject, ReasoningPart, ReasoningProof } from '../../wire-format.ts';
import { sentAsOf } from './sent-as.ts';

/**
 * Writes the reasoning of a message: its text in `reasoning_content`, and in `reasoning_details` too where some of it has
 * a proof; what came in `reasoning` goes there again.
 */
export function writeReasoning(parts: readonly ReasoningPart[]): JsonObject {
  const plain = parts.filter(({ proof }) => sentAsOf(proof)?.as === 'reasoning');
  const rest = parts.filter((part) => !plain.includes(part));
  const content = textOf(rest);
  const reasoning = textOf(plain);
  return {
    ...(content !== '' && { reasoning_content: content }),
    ...(reasoning !== '' && { reasoning }),
    ...(rest.some(({ proof }) => proof) && { reasoning_details: rest.map(writeDetail) }),
  };
}

const textOf = (parts: readonly ReasoningPart[]): string => parts.map(({ text }) => text).join('');

function writeDetail({ text, proof }: ReasoningPart, index: number): JsonObject {
  if (!proof) return { type: 'reasoning.text', text };
  const sent = sentAsOf(proof);
  if (sent?.as !== 'detail') return { ...writeProof(proof, text !== ''), ...(text !== '' && { text }), index };
  const { detail } = sent;
  if (text === '') return detail;
  return { ...detail, [detail.type === 'reasoning.summary' ? 'summary' : 'text']: text };
}

/** Writes a proof without its text: `said` tells whether there is any. */
export function writeProof({ protocol, data, id }: ReasoningProof, said: boolean): JsonObject {
  return {
    ...(said ? { type: 'reasoning.text', signature: data } : { type: 'reasoning.encrypted', data }),
    ...(id !== undefined && { id }),
    format: protocol,
  };
}
