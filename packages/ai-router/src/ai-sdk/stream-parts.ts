import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { upstreamRefused } from '../errors.ts';
import type { ModelEvent, PartStart, ReasoningProof, Usage } from '../wire-format.ts';
import { metadataOf } from './proof-metadata.ts';
import { finishOf, inputOf, usageOf } from './result-parts.ts';

/** Writes the events of an answer as parts of an AI SDK stream. */
export interface PartWriter {
  /** Whether the finish or an error has been written: nothing may follow. */
  isOver(): boolean;
  push(event: ModelEvent): readonly LanguageModelV4StreamPart[];
  /** Ends the stream with an error. */
  fail(error: unknown): readonly LanguageModelV4StreamPart[];
}

export interface PartWriterOptions {
  /** Named in errors. */
  readonly provider: string;
  readonly now: () => Date;
  /** What to tell with the finish. */
  readonly finish: (
    usage: Usage | undefined,
  ) => Pick<Extract<LanguageModelV4StreamPart, { type: 'finish' }>, 'providerMetadata'>;
  readonly wrapError: (error: unknown) => unknown;
}

interface OpenPart {
  readonly id: string;
  readonly start: PartStart;
  text: string;
  proof?: ReasoningProof;
}

export function createPartWriter({ provider, now, finish, wrapError }: PartWriterOptions): PartWriter {
  let open: OpenPart | undefined;
  let isOver = false;

  const begin = (index: number, start: PartStart): LanguageModelV4StreamPart => {
    const id = start.type === 'tool-call' ? start.id : String(index);
    open = { id, start, text: '' };
    if (start.type === 'tool-call') return { type: 'tool-input-start', id, toolName: start.name };
    return { type: start.type === 'reasoning' ? 'reasoning-start' : 'text-start', id };
  };

  const add = (part: OpenPart, delta: string): LanguageModelV4StreamPart => {
    const { id, start } = part;
    if (start.type !== 'tool-call')
      return { type: start.type === 'reasoning' ? 'reasoning-delta' : 'text-delta', id, delta };
    part.text += delta;
    return { type: 'tool-input-delta', id, delta };
  };

  const close = (): LanguageModelV4StreamPart[] => {
    const part = open;
    open = undefined;
    if (!part) return [];
    const { id, start, text, proof } = part;
    if (start.type === 'reasoning') return [{ type: 'reasoning-end', id, ...metadataOf(proof) }];
    if (start.type !== 'tool-call') return [{ type: 'text-end', id }];
    return [
      { type: 'tool-input-end', id },
      { type: 'tool-call', toolCallId: id, toolName: start.name, input: inputOf(text) },
    ];
  };

  const fail = (error: unknown): LanguageModelV4StreamPart[] => {
    if (isOver) return [];
    isOver = true;
    open = undefined;
    return [
      { type: 'error', error: wrapError(error) },
      {
        type: 'finish',
        finishReason: { unified: 'error', raw: undefined },
        usage: usageOf(undefined),
        ...finish(undefined),
      },
    ];
  };

  return {
    isOver: () => isOver,
    fail,
    push(event) {
      if (isOver) return [];
      switch (event.type) {
        case 'start':
          return [
            {
              type: 'response-metadata',
              ...(event.id !== '' && { id: event.id }),
              ...(event.model !== '' && { modelId: event.model }),
              timestamp: now(),
            },
          ];
        case 'part':
          return [...close(), begin(event.index, event.part)];
        case 'delta':
          return open ? [add(open, event.text)] : [];
        case 'proof':
          if (open) open.proof = event.proof;
          return [];
        case 'ping':
          return [event];
        case 'error':
          return fail(upstreamRefused(provider, event.error));
        case 'finish': {
          const { usage } = event;
          const closed = close();
          isOver = true;
          return [
            ...closed,
            { type: 'finish', finishReason: finishOf(event.reason), usage: usageOf(usage), ...finish(usage) },
          ];
        }
      }
    },
  };
}
