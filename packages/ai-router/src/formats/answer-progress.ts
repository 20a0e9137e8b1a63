import type { ErrorInfo, FinishReason, ModelEvent, Usage } from '../wire-format.ts';
import { notCarried } from './not-carried.ts';

/** Where a streamed answer stands, whichever protocol it comes in. Decoders and taps share it, so that they cannot disagree. */
export interface AnswerProgress {
  /** `open` until the finish or an error is known. */
  readonly outcome: 'open' | 'complete' | 'cut' | 'error';
  readonly started: boolean;
  /** Whether the protocol's terminator was seen. */
  readonly terminated: boolean;
  /** The usage known so far. */
  readonly usageSoFar: Usage | undefined;
  start(id: string, model: string, usage?: Usage): void;
  text(text: string): void;
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
  /** `clean`: the bytes did not end within an event. */
  end(clean: boolean): void;
}

export function trackAnswer(emit: (event: ModelEvent) => void): AnswerProgress {
  let outcome: AnswerProgress['outcome'] = 'open';
  let started = false;
  let terminated = false;
  let finished: { readonly reason: FinishReason; readonly stopSequence?: string } | undefined;
  let known: Usage | undefined;

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

  return {
    get outcome() {
      return outcome;
    },
    get started() {
      return started;
    },
    get terminated() {
      return terminated;
    },
    get usageSoFar() {
      return known;
    },
    start(id, model, usage) {
      if (started || outcome !== 'open') return;
      started = true;
      known = usage;
      emit({ type: 'start', id, model, ...(usage && { usage }) });
    },
    text(text) {
      if (text !== '' && outcome === 'open') emit({ type: 'text', text });
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
    end(clean) {
      if (outcome !== 'open') return;
      if (finished && clean) return complete();
      outcome = 'cut';
      emit({ type: 'error', error: cutError });
    },
  };
}

const cutError: ErrorInfo = {
  status: 502,
  type: 'api_error',
  code: 'ROUTER_UPSTREAM_CUT',
  message: "The provider's answer broke off before its end. Ask again.",
};
