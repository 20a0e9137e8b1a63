import type { ErrorInfo, FinishReason, ModelEvent, PartStart, ReasoningProof, Usage } from '../wire-format.ts';
import { notCarried } from './not-carried.ts';

/** Where a streamed answer stands, whichever protocol it comes in. Decoders and taps share it, so that they cannot disagree. */
export interface AnswerProgress {
  /** `open` until the finish or an error is known. */
  outcome(): 'open' | 'complete' | 'cut' | 'error';
  started(): boolean;
  /** Whether the protocol's terminator was seen. */
  terminated(): boolean;
  /** Whether a part of the answer itself has begun. */
  hasContent(): boolean;
  /** Whether the reason of its end is known: nothing but usage and a terminator can follow. */
  isFinished(): boolean;
  /** The usage known so far. */
  usageSoFar(): Usage | undefined;
  start(id: string, model: string, usage?: Usage): void;
  /**
   * More of a part. `key` tells it from others, as the protocol counts them (the number of a block or a tool call):
   * another one than before begins a part, a tool call at once, everything else with its first character.
   */
  add(key: string | number, part: PartStart, text: string): void;
  /** The proof of a reasoning part. */
  prove(key: string | number, proof: ReasoningProof): void;
  ping(): void;
  /** Notes the finish; it is told with `settle`, `terminate` or `end`, since usage may still follow. */
  finish(reason: FinishReason, stopSequence?: string): void;
  /** Replaces the usage known so far. */
  usage(usage: Usage): void;
  /** Tells a finish that was noted: nothing that matters follows. */
  settle(): void;
  terminate(): void;
  fail(error: ErrorInfo): void;
  /** For a field that a client of another protocol would lose. */
  lose(path: string): void;
  /** The bytes have ended. After a finish only usage and the terminator can be missing: the answer is whole. */
  end(): void;
}

export function trackAnswer(emit: (event: ModelEvent) => void): AnswerProgress {
  let outcome: ReturnType<AnswerProgress['outcome']> = 'open';
  let started = false;
  let terminated = false;
  let finished: { readonly reason: FinishReason; readonly stopSequence?: string } | undefined;
  let known: Usage | undefined;
  let openKey: string | number | undefined;
  let parts = 0;
  const toolCalls = new Set<string | number>();

  const complete = (): void => {
    if (outcome !== 'open') return;
    outcome = 'complete';
    emit({ type: 'finish', ...(finished ?? { reason: 'other' }), ...(known && { usage: known }) });
  };
  const fail = (error: ErrorInfo): void => {
    if (outcome !== 'open') return;
    outcome = 'error';
    emit({ type: 'error', error });
  };

  /** Begins the part unless it is the one under way. Returns whether there is one now. */
  const open = (key: string | number, part: PartStart): boolean => {
    if (key === openKey) return true;
    if (part.type === 'tool-call') {
      // Other protocols write one part after the other.
      if (toolCalls.has(key)) {
        fail(interleaved);
        return false;
      }
      toolCalls.add(key);
    }
    openKey = key;
    emit({ type: 'part', index: parts, part });
    parts += 1;
    return true;
  };

  return {
    outcome: () => outcome,
    started: () => started,
    terminated: () => terminated,
    hasContent: () => parts > 0,
    isFinished: () => finished !== undefined,
    usageSoFar: () => known,
    start(id, model, usage) {
      if (started || outcome !== 'open') return;
      started = true;
      known = usage;
      emit({ type: 'start', id, model, ...(usage && { usage }) });
    },
    add(key, part, text) {
      if (outcome !== 'open' || (text === '' && part.type !== 'tool-call') || !open(key, part)) return;
      if (text !== '') emit({ type: 'delta', index: parts - 1, text });
    },
    prove(key, proof) {
      if (outcome === 'open' && open(key, { type: 'reasoning' })) emit({ type: 'proof', index: parts - 1, proof });
    },
    ping() {
      if (outcome === 'open') emit({ type: 'ping' });
    },
    finish(reason, stopSequence) {
      finished ??= { reason, ...(stopSequence !== undefined && { stopSequence }) };
    },
    usage(usage) {
      known = usage;
    },
    settle() {
      if (finished) complete();
    },
    terminate() {
      terminated = true;
      // A terminator with nothing before it ends no answer.
      if (started) complete();
    },
    fail,
    lose: (path) => fail({ status: 502, type: 'api_error', code: 'ROUTER_ANSWER_INVALID', message: notCarried(path) }),
    end() {
      if (outcome !== 'open') return;
      if (finished) return complete();
      outcome = 'cut';
      emit({ type: 'error', error: cutError });
    },
  };
}

const interleaved: ErrorInfo = {
  status: 502,
  type: 'api_error',
  code: 'ROUTER_ANSWER_INVALID',
  message:
    'The provider streams several tool calls at once, in turns, which cannot be translated to the protocol of this client. Call this model through its own protocol.',
};

const cutError: ErrorInfo = {
  status: 502,
  type: 'api_error',
  code: 'ROUTER_UPSTREAM_CUT',
  message: "The provider's answer broke off before its end. Ask again.",
};
