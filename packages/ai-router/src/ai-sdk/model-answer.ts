import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { answerInvalid } from '../errors.ts';
import { notCarried } from '../formats/not-carried.ts';
import type { AssistantPart, FinishReason, ModelAnswer, Usage } from '../wire-format.ts';
import { sealMetadata } from './metadata.ts';

/** Whose answer it is, and to what. */
export interface AskedModel {
  /** The id of our provider, to whom alone metadata is given back. */
  readonly provider: string;
  /** The model that was asked, named where the answer names none. */
  readonly model: string;
  /** Whether the answer is to be JSON. */
  readonly isStructured: boolean;
}

/** Reads a whole answer. Throws `ROUTER_ANSWER_INVALID` for one that is not whole, or of which a part has no place elsewhere. */
export function answerOf(
  result: LanguageModelV4GenerateResult,
  { provider, model, isStructured }: AskedModel,
): ModelAnswer {
  const { finishReason, usage, response, structuredOutputText: chosen } = result;
  // Of several texts, drafts for example, one is the structured answer; whoever asked for that reads all of them as one.
  const content: readonly LanguageModelV4Content[] =
    isStructured && chosen !== undefined
      ? [...result.content.filter(({ type }) => type !== 'text'), { type: 'text', text: chosen }]
      : result.content;
  const counted = usageOf(usage);
  const reason = reasonOf(finishReason);
  if (reason === undefined) throw answerInvalid(gaveUp(finishReason));
  return {
    id: response?.id ?? '',
    model: response?.modelId ?? model,
    content: content.flatMap((part, index) => partsOf(part, index, { provider, thinks: content.some(isProven) })),
    finishReason: reason,
    ...(counted && { usage: counted }),
  };
}

const isProven = ({ type, providerMetadata }: LanguageModelV4Content): boolean =>
  type === 'reasoning' && providerMetadata !== undefined;

/**
 * `thinks`: whether the answer holds reasoning that goes back with metadata. Without it the metadata of a text is not
 * worth a piece of reasoning of its own, which readers do not expect before the text.
 */
function partsOf(
  part: LanguageModelV4Content,
  index: number,
  { provider, thinks }: { readonly provider: string; readonly thinks: boolean },
): AssistantPart[] {
  if (part.type === 'text') {
    const { text, providerMetadata: metadata } = part;
    const said: AssistantPart = { type: 'text', text };
    if (!metadata || !thinks) return [said];
    return [{ type: 'reasoning', text: '', proof: sealMetadata(provider, 'text', metadata, false) }, said];
  }
  if (part.type === 'reasoning') {
    const { text, providerMetadata: metadata } = part;
    const proof = metadata && sealMetadata(provider, 'reasoning', metadata, text !== '');
    return [{ type: 'reasoning', text, ...(proof && { proof }) }];
  }
  if (part.type === 'tool-call' && !part.providerExecuted) {
    const { toolCallId: id, toolName: name, input, providerMetadata: metadata } = part;
    const call: AssistantPart = { type: 'tool-call', id, name, arguments: input };
    if (!metadata) return [call];
    const proof = sealMetadata(provider, { call: id }, metadata, false);
    return [{ type: 'reasoning', text: '', proof }, call];
  }
  if (isLost(part)) throw answerInvalid(notCarried(`content[${index}]`));
  return [];
}

/** Files that a model made are its answer; sources, and what its provider did by itself, stand beside it. */
const isLost = ({ type }: { readonly type: string }): boolean => type === 'file' || type === 'reasoning-file';

/** Reads why an answer ended. Nothing where it did not end well, and so is not whole. */
export function reasonOf({ unified }: LanguageModelV4FinishReason): FinishReason | undefined {
  if (unified === 'error' || unified === 'interrupted') return undefined;
  // Models made for a later version may say more.
  return ['stop', 'length', 'content-filter', 'tool-calls'].includes(unified) ? unified : 'other';
}

export const gaveUp = ({ unified, raw }: LanguageModelV4FinishReason): string =>
  `The provider gave up in the middle of the answer (finish reason "${raw ?? unified}"). Ask again, or choose another model.`;

/** Reads usage; nothing where neither input nor output is known. */
export function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage): Usage | undefined {
  const { noCache, cacheRead: cached, cacheWrite: written } = inputTokens;
  const counted = noCache === undefined ? undefined : noCache + (cached ?? 0) + (written ?? 0);
  const input = inputTokens.total ?? counted;
  const output = outputTokens.total;
  if (input === undefined && output === undefined) return undefined;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(outputTokens.reasoning !== undefined && { reasoningTokens: outputTokens.reasoning }),
  };
}
