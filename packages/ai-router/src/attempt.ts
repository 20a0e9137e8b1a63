import { blamesProvider } from './attempts/classify.ts';
import { credentialFor } from './credential.ts';
import type { CallUse } from './discarded.ts';
import { internal, type RouterError, upstreamUnreachable } from './errors.ts';
import { type AttemptCause, channels } from './events.ts';
import type { Exchange } from './exchange.ts';
import type { SharedHead } from './flight.ts';
import type { Target } from './models.ts';
import type { AnswerReceiver, CallControl, Timeouts } from './provider.ts';
import { createReception, type Observer } from './reception.ts';
import type { StreamPath } from './stream-path.ts';
import type { WholeAnswer } from './whole-path.ts';
import type { AnswerSummary, Protocol } from './wire-format.ts';

/** Where the pieces of a chosen attempt go. */
export interface AttemptOutput {
  start(head: SharedHead): void;
  push(chunk: Buffer): void;
}

/** What becomes of one attempt. Exactly one of `whole`, `complete` and `failed` ends it; after `abort` nothing comes. */
export interface AttemptListener {
  /**
   * The first piece of a streamed answer is there; until now everything was held back. Returns where it may go, or
   * undefined where it is not wanted any more: the call is then cancelled.
   */
  content(): AttemptOutput | undefined;
  /** A whole answer under status 200. */
  whole(head: SharedHead, answer: WholeAnswer): void;
  /** A streamed answer came to its good end. `bytes`: the last ones, which have not been passed on. */
  complete(head: SharedHead, summary: AnswerSummary, bytes: Buffer | undefined): void;
  /**
   * `refusal`: the provider's own answer under an error status, or its error inside a stream, in the client's protocol.
   * `use`: what it is billed for all the same, where some of an answer had come. `rejected`: the whole answer that the check
   * did not accept.
   */
  failed(error: RouterError, refusal?: ProviderReply, use?: CallUse, rejected?: ProviderReply): void;
}

/** What a provider answered, in the client's protocol. */
export interface ProviderReply {
  readonly head: SharedHead;
  readonly body: Buffer;
}

export interface AttemptOptions {
  readonly exchange: Exchange;
  readonly target: Target;
  /** The one to speak with the provider. */
  readonly protocol: Protocol;
  readonly body: Uint8Array | string;
  readonly stream: boolean;
  readonly timeouts: Timeouts;
  /** Most bytes of a whole answer, and of what a streamed one sends before its first piece. */
  readonly maxAnswerBytes: number;
  readonly listener: AttemptListener;
  /** In place of the usual way from the provider's protocol to the client's. */
  readonly path?: StreamPath | undefined;
  /** Holds the whole answer back until it has passed; throws where it has not. */
  readonly check?: ((body: Buffer, isStream: boolean) => void) | undefined;
  /** Why it is made, where it is not the first. */
  readonly cause?: AttemptCause | undefined;
  /**
   * How long the first piece of a stream may take, whatever else arrives before it, or a whole answer altogether,
   * milliseconds; 0 for ever. @default 0
   */
  readonly contentMs?: number | undefined;
}

export interface Attempt extends CallControl {
  /** What the call used so far. */
  used(): CallUse;
  /** Whether enough is known of the answer, once complete, to keep it: its end is certain and no event was malformed. */
  isSound(summary: AnswerSummary): boolean;
}

/** Makes one call to a provider. Nothing reaches the listener before it has returned. */
export function startAttempt(options: AttemptOptions): Attempt {
  const { exchange, target, protocol, stream, timeouts, body } = options;
  const isSame = protocol === exchange.protocol;
  const headers = (isSame && exchange.headers) || {};
  const credential = credentialFor(target.provider, exchange.credential);
  const reception = createReception(options, {
    observed: channels.attemptEnd.hasSubscribers ? observe(options, credential !== undefined) : undefined,
    credential,
  });
  const { receiver, fail } = reception;
  let control: CallControl | undefined;
  try {
    control = target.provider.send(
      {
        protocol,
        body,
        stream,
        headers,
        timeouts,
        ...(exchange.traceparent !== undefined && { traceparent: exchange.traceparent }),
        ...(isSame && exchange.query !== undefined && { query: exchange.query }),
        ...(credential && { credential }),
      },
      guarded(receiver, fail),
    );
    reception.attach(control);
  } catch (cause) {
    queueMicrotask(() => fail(upstreamUnreachable(target.provider.id, cause)));
  }
  return {
    pause: () => control?.pause(),
    resume: () => control?.resume(),
    abort: reception.abandon,
    used: reception.used,
    isSound: reception.isSound,
  };
}

/** A provider's callbacks run where a fault of ours would end the process: it ends this answer instead. */
function guarded(receiver: AnswerReceiver, fail: (error: RouterError) => void): AnswerReceiver {
  return {
    onHead(status, headers) {
      try {
        receiver.onHead(status, headers);
      } catch (cause) {
        fail(internal(cause));
      }
    },
    onData(chunk) {
      try {
        receiver.onData(chunk);
      } catch (cause) {
        fail(internal(cause));
      }
    },
    onEnd() {
      try {
        receiver.onEnd();
      } catch (cause) {
        fail(internal(cause));
      }
    },
    onError(error) {
      try {
        receiver.onError(error);
      } catch (cause) {
        fail(internal(cause));
      }
    },
  };
}

function observe(
  { exchange: { requestId, traceparent }, target, stream, cause }: AttemptOptions,
  isOwnKey: boolean,
): Observer {
  const startedAt = performance.now();
  const call = {
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(cause && { cause }),
    provider: target.provider.id,
    model: target.model,
    stream,
  };
  channels.attemptStart.publish(call);
  return (outcome, status, error) =>
    channels.attemptEnd.publish({
      ...call,
      durationMs: performance.now() - startedAt,
      status,
      outcome,
      ...(outcome === 'complete' && { health: 'well' }),
      ...(outcome === 'failed' && error && blamesProvider(error, isOwnKey) && { health: 'ill' }),
      ...(error && { error }),
    });
}
