import diagnostics from 'node:diagnostics_channel';
import type { RouterError } from './errors.ts';
import type { CacheState, Stages } from './exchange.ts';
import type { FinishReason, JsonObject, Protocol, Usage } from './wire-format.ts';

/** A client's request was taken up. Prompts, answers and keys are in no payload but that of `ContentEvent`. */
export interface RequestStartEvent {
  /** As the exchange names it. */
  readonly requestId?: string;
  /** As the exchange has it. */
  readonly traceparent?: string;
  /** Whose key it came with, by its id. */
  readonly keyId?: string;
  /** As the exchange has it. */
  readonly agent?: string;
  readonly protocol: Protocol;
  /** Who is asked first; empty, as `model`, where nobody could be found. */
  readonly provider: string;
  readonly model: string;
  /** The model as the client named it. */
  readonly asked?: string;
  readonly stream: boolean;
}

/** A client's request came to its end: answered, failed or left. */
export interface RequestEndEvent extends RequestStartEvent {
  readonly cache: CacheState;
  readonly outcome: 'complete' | 'failed' | 'left';
  /** The client was answered with; absent where it left before. */
  readonly status?: number;
  /** Calls it took; absent where no provider was asked. */
  readonly attempts?: number;
  /** How a request with a deadline was answered; see `AnswerHead.lane`. */
  readonly lane?: 'batch' | 'live';
  /**
   * What the answer cost with all calls made for it, US dollars: 0 from the cache and of a shared call; absent for a model
   * without a price.
   */
  readonly costUsd?: number;
  /**
   * The part of it that is an estimate: of calls that were cancelled or broke off, and of answers that came without their usage.
   * @default 0
   */
  readonly estimatedUsd?: number;
  readonly durationMs: number;
  readonly firstByteMs?: number;
  readonly usage?: Usage;
  readonly finishReason?: FinishReason;
  /** How long it spent in each, where the exchange asked for them. */
  readonly stages?: Stages;
  /**
   * A keyed hash of what was asked: prompts that differ in numbers, ids and spaces alone have the same one. Absent where the router has no
   * `shapeKey`.
   */
  readonly shape?: string;
  /**
   * A keyed hash of all that its answer depends on: where two have the same one, the cache could have answered the second. Absent where it
   * could not, and of requests over 64 KB that it was not asked for.
   */
  readonly exact?: string;
  readonly error?: RouterError;
}

/**
 * What was asked and answered: told once, when a request ends, of all but those whose `Exchange.capture` is `off`. Whoever listens takes
 * care of what must not be kept of it. The only payload with content.
 */
export interface ContentEvent
  extends Pick<RequestEndEvent, 'requestId' | 'keyId' | 'agent' | 'protocol' | 'provider' | 'model'> {
  readonly cache: CacheState;
  readonly outcome: RequestEndEvent['outcome'];
  /** The request as it came. Not to be changed, nor held for long. */
  readonly body: JsonObject;
  /** The text of the answer, as far as it came, and the tools it calls; without what the model thought. Empty where there is none. */
  readonly answer: string;
  /** There was more than 300,000 characters of it, or it ended at the limit of tokens. */
  readonly isAnswerCut: boolean;
}

/** `restart`: the answer broke off and begins anew. `race`: several were asked at once. */
export type AttemptCause = 'retry' | 'failover' | 'hedge' | 'race' | 'continuation' | 'restart';

/** A call to a provider began or ended; a hit or a coalesced request makes none. */
export interface AttemptEvent {
  /** Of the request that it is made for, or that was the first to ask. */
  readonly requestId?: string;
  /** Of that request. */
  readonly traceparent?: string;
  /** Why it was made, where it is not the first of its request. */
  readonly cause?: AttemptCause;
  readonly provider: string;
  readonly model: string;
  readonly stream: boolean;
  /** Absent at the start. */
  readonly durationMs?: number;
  readonly status?: number;
  readonly outcome?: 'complete' | 'failed' | 'abandoned';
  /**
   * What its end says of the provider, as its breaker sees it; absent where it says nothing, as of a request that was wrong,
   * or of the empty account of a client's own key.
   */
  readonly health?: 'well' | 'ill';
  readonly error?: RouterError;
}

/** A fault of the cache, which the request did not notice. */
export interface CacheFaultEvent {
  readonly operation: 'peek' | 'get' | 'set';
  readonly error: unknown;
}

/** What became of a batch of the economy lane; `fault`: of the lane itself, which no request noticed. */
export interface EconomyEvent {
  /** `adopted`: one that an earlier process had submitted, or whose submission seemed to fail. */
  readonly type: 'submitted' | 'adopted' | 'ended' | 'refused' | 'cancelled' | 'fault';
  readonly provider?: string;
  /** The provider's id of it. */
  readonly batchId?: string;
  /** Requests in it. */
  readonly requests?: number;
  /** Why it was refused or has no answers, or what the fault is. */
  readonly error?: unknown;
}

/** The channels of `node:diagnostics_channel` on which the router speaks. Publishing costs nothing unheard. */
export const channels = {
  requestStart: diagnostics.channel('hotpath:ai-router:request-start'),
  requestEnd: diagnostics.channel('hotpath:ai-router:request-end'),
  attemptStart: diagnostics.channel('hotpath:ai-router:attempt-start'),
  attemptEnd: diagnostics.channel('hotpath:ai-router:attempt-end'),
  content: diagnostics.channel('hotpath:ai-router:content'),
  economy: diagnostics.channel('hotpath:ai-router:economy'),
  cacheFault: diagnostics.channel('hotpath:ai-router:cache-fault'),
} as const;
