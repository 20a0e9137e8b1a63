import type { Json, JsonObject, Protocol, ReasoningPart, ReasoningProof } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { unwrapProof } from '../reasoning-proof.ts';
import { proofOf } from './sent-as.ts';

/** A piece of reasoning in a message, or in the delta of one. */
export interface Thought {
  /** Pieces of one stretch of reasoning share it. */
  readonly key: string;
  readonly text: string;
  readonly proof?: ReasoningProof;
  /** Where it is a server's own detail: what is left of it without its text. Those of a stretch add up to its proof. */
  readonly detail?: JsonObject;
}

/**
 * Reads the reasoning of a message or a delta: `reasoning_details` where they hold text, since the plain fields repeat it,
 * else `reasoning_content` or `reasoning`, and then whatever the details hold without text.
 */
export function readThoughts(message: JsonObject): readonly Thought[] {
  const details = isList(message.reasoning_details) ? message.reasoning_details.flatMap(readDetail) : [];
  if (details.some(({ text }) => text !== '')) return details;
  const plain = readPlain(message);
  return plain ? [plain, ...details] : details;
}

function readPlain(message: JsonObject): Thought | undefined {
  const content = textOf(message.reasoning_content);
  if (content !== undefined) return { key: 'reasoning_content', text: content };
  const text = textOf(message.reasoning);
  return text === undefined ? undefined : { key: 'reasoning', text, proof: proofOf({ as: 'reasoning' }) };
}

const ownFormats: ReadonlySet<Json | undefined> = new Set<Protocol>([
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
]);

/** Where `format` is a protocol of ours, we wrote the detail for a client; any other is the server's, and goes back as it is. */
function readDetail(detail: Json): Thought[] {
  if (!isObject(detail)) return [];
  const { text: told, summary, ...rest } = detail;
  const text = textOf(told) ?? textOf(summary) ?? '';
  const data = secretOf(rest);
  if (text === '' && data === undefined) return [];
  const key = `${detail.type} ${detail.index ?? detail.id}`;
  const proof = data === undefined ? undefined : readProof(rest, data);
  if (proof) return [{ key, text, proof }];
  const isTheirs = data !== undefined || (textOf(rest.format) !== undefined && !ownFormats.has(rest.format));
  return [{ key, text, ...(isTheirs && { detail: rest }) }];
}

const secretOf = (detail: JsonObject | undefined): string | undefined =>
  textOf(detail?.signature) ?? textOf(detail?.data);

function readProof(detail: JsonObject, data: string): ReasoningProof | undefined {
  if (ownFormats.has(detail.format)) {
    const id = textOf(detail.id);
    return { protocol: detail.format as Protocol, data, ...(id !== undefined && { id }) };
  }
  const unwrapped = unwrapProof(data, 'openai-chat');
  return unwrapped.data === data ? undefined : unwrapped;
}

/** Puts pieces of the same stretch together. */
export function joinThoughts(thoughts: readonly Thought[]): ReasoningPart[] {
  const stretches: Thought[] = [];
  for (const thought of thoughts) {
    const last = stretches.at(-1);
    // What seals a stretch comes last in it: another one that is numbered the same follows.
    const goesOn = last?.key === thought.key && !last.proof && secretOf(last.detail) === undefined;
    if (last && goesOn) stretches[stretches.length - 1] = append(last, thought);
    else stretches.push(thought);
  }
  return stretches.map((stretch) => {
    const proof = sealOf(stretch);
    return { type: 'reasoning', text: stretch.text, ...(proof && { proof }) };
  });
}

/** More of a stretch. */
export const append = (stretch: Thought, { text, proof, detail }: Thought): Thought => ({
  ...stretch,
  text: stretch.text + text,
  ...(proof && { proof }),
  ...(detail && { detail: { ...stretch.detail, ...detail } }),
});

/** The proof of a whole stretch. */
export const sealOf = ({ proof, detail }: Thought): ReasoningProof | undefined =>
  proof ?? (detail && proofOf({ as: 'detail', detail }));
