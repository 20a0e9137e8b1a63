import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { notCarried } from '../formats/not-carried.ts';
import type { ErrorInfo, FinishReason, ModelEvent, PartStart, Usage } from '../wire-format.ts';
import { type MetadataOwner, mergeMetadata, sealMetadata } from './metadata.ts';
import { gaveUp, reasonOf, usageOf } from './model-answer.ts';

/** Reads the parts of a streamed answer as the events of ours, which come one part of the answer after the other. */
export interface StreamReader {
  /** Whether the finish or an error has been told: nothing that follows matters. */
  isOver(): boolean;
  /** Events that this part completed. Those of a part that has to wait for an open tool call come when that has ended. */
  push(part: LanguageModelV4StreamPart): readonly ModelEvent[];
}

export interface StreamReaderOptions {
  readonly provider: string;
  /** The model that was asked, named where the answer names none. */
  readonly model: string;
  /** Reads what an `error` part holds. */
  readonly readError: (error: unknown) => ErrorInfo;
}

type PartType = LanguageModelV4StreamPart['type'];
type PartOf<Type extends PartType> = Extract<LanguageModelV4StreamPart, { type: Type }>;
type Stretch = 'text' | 'reasoning';

interface OpenCall {
  readonly id: string;
  readonly index: number;
  /** Its input comes in an encoding other than JSON: only the whole of it can be passed on. */
  readonly isText: boolean;
  /** Whether its metadata has been told. */
  readonly isSealed: boolean;
  said: boolean;
}

export function createStreamReader({ provider, model, readError }: StreamReaderOptions): StreamReader {
  let events: ModelEvent[] = [];
  let started = false;
  let isOver = false;
  let parts = 0;
  /** The stretch of text or reasoning under way. */
  let current: { readonly key: string; readonly index: number } | undefined;
  let call: OpenCall | undefined;
  /** What came for other parts while a tool call was open. */
  let held: LanguageModelV4StreamPart[] = [];
  /** The metadata of stretches that have not ended, by their key. */
  const metadata = new Map<string, SharedV4ProviderMetadata>();
  const doneByProvider = new Set<string>();
  let thinks = false;

  const start = (id = '', name = model): void => {
    if (started) return;
    started = true;
    events.push({ type: 'start', id, model: name });
  };

  const begin = (part: PartStart): number => {
    start();
    current = undefined;
    events.push({ type: 'part', index: parts, part });
    parts += 1;
    return parts - 1;
  };

  const seal = (owner: MetadataOwner, known: SharedV4ProviderMetadata, at?: number): void => {
    const index = at ?? begin({ type: 'reasoning' });
    events.push({ type: 'proof', index, proof: sealMetadata(provider, owner, known, at !== undefined) });
  };

  const fail = (error: ErrorInfo): void => {
    isOver = true;
    start();
    events.push({ type: 'error', error });
  };

  const say = (type: Stretch, id: string, text: string): void => {
    if (text === '') return;
    const key = `${type} ${id}`;
    if (current?.key !== key) current = { key, index: begin({ type }) };
    events.push({ type: 'delta', index: current.index, text });
  };

  const learn = (type: Stretch, id: string, more: SharedV4ProviderMetadata | undefined): void => {
    const key = `${type} ${id}`;
    const merged = mergeMetadata(metadata.get(key), more);
    if (merged) metadata.set(key, merged);
  };

  const endStretch = (type: Stretch, id: string): void => {
    const key = `${type} ${id}`;
    const known = metadata.get(key);
    metadata.delete(key);
    if (!known) return;
    thinks ||= type === 'reasoning';
    if (type === 'reasoning') seal(type, known, current?.key === key ? current.index : undefined);
    // See `partsOf`: where nothing was thought, a text's metadata is not worth it.
    else if (thinks) seal(type, known);
  };

  const beginCall = (id: string, name: string, known: SharedV4ProviderMetadata | undefined, isText: boolean) => {
    if (known) seal({ call: id }, known);
    const index = begin({ type: 'tool-call', id, name });
    return { id, index, isText, isSealed: known !== undefined, said: false };
  };

  const endCall = ({ index, id, said, isSealed }: OpenCall, input: string, known?: SharedV4ProviderMetadata): void => {
    call = undefined;
    if (!said && input !== '') events.push({ type: 'delta', index, text: input });
    if (known && !isSealed) seal({ call: id }, known);
    const waiting = held;
    held = [];
    for (const part of waiting) read(part);
  };

  const handlers: { readonly [Type in PartType]?: (part: PartOf<Type>) => void } = {
    'response-metadata': ({ id, modelId }) => start(id, modelId),
    'text-start': ({ id, providerMetadata }) => learn('text', id, providerMetadata),
    'text-delta': ({ id, delta, providerMetadata }) => {
      learn('text', id, providerMetadata);
      say('text', id, delta);
    },
    'text-end': ({ id, providerMetadata }) => {
      learn('text', id, providerMetadata);
      endStretch('text', id);
    },
    'reasoning-start': ({ id, providerMetadata }) => learn('reasoning', id, providerMetadata),
    'reasoning-delta': ({ id, delta, providerMetadata }) => {
      learn('reasoning', id, providerMetadata);
      say('reasoning', id, delta);
    },
    'reasoning-end': ({ id, providerMetadata }) => {
      learn('reasoning', id, providerMetadata);
      endStretch('reasoning', id);
    },
    'tool-input-start': ({ id, toolName, providerExecuted, providerMetadata, inputEncoding }) => {
      if (providerExecuted) doneByProvider.add(id);
      else call = beginCall(id, toolName, providerMetadata, inputEncoding === 'text');
    },
    'tool-input-delta': ({ id, delta }) => {
      if (call?.id !== id || call.isText || delta === '') return;
      call.said = true;
      events.push({ type: 'delta', index: call.index, text: delta });
    },
    'tool-call': ({ toolCallId, toolName, input, providerExecuted, providerMetadata }) => {
      if (providerExecuted || doneByProvider.has(toolCallId)) return;
      if (call) endCall(call, input, providerMetadata);
      else endCall(beginCall(toolCallId, toolName, providerMetadata, false), input);
    },
    ping: () => {
      events.push({ type: 'ping' });
    },
    error: ({ error }) => fail(readError(error)),
    finish: ({ finishReason, usage }) => {
      while (call) endCall(call, '');
      finish(reasonOf(finishReason), gaveUp(finishReason), usageOf(usage));
    },
    file: ({ type }) => fail(invalid(notCarried(`stream.${type}`))),
    'reasoning-file': ({ type }) => fail(invalid(notCarried(`stream.${type}`))),
  };

  const finish = (reason: FinishReason | undefined, why: string, usage: Usage | undefined): void => {
    if (reason === undefined) {
      fail(invalid(why));
      return;
    }
    isOver = true;
    start();
    events.push({ type: 'finish', reason, ...(usage && { usage }) });
  };

  const read = (part: LanguageModelV4StreamPart): void => {
    if (isOver) return;
    if (call && mustWait(part, call)) held.push(part);
    else (handlers[part.type] as ((part: LanguageModelV4StreamPart) => void) | undefined)?.(part);
  };

  return {
    isOver: () => isOver,
    push(part) {
      read(part);
      const completed = events;
      events = [];
      return completed;
    },
  };
}

/** While a call's arguments arrive nothing can stand between them. */
function mustWait(part: LanguageModelV4StreamPart, { id }: OpenCall): boolean {
  if (part.type === 'tool-call') return part.toolCallId !== id;
  if (part.type === 'tool-input-start' || part.type === 'tool-input-delta') return part.id !== id;
  return /^(?:text|reasoning)-(?:start|delta|end)$/.test(part.type);
}

const invalid = (message: string): ErrorInfo => ({
  status: 502,
  type: 'api_error',
  code: 'ROUTER_ANSWER_INVALID',
  message,
});
