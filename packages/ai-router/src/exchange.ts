import type { Credential } from './credential.ts';
import type { RouterError } from './errors.ts';
import type { AnswerSummary, FinishReason, JsonObject, Protocol, Usage } from './wire-format.ts';

/**
 * How far the cache may serve a request. `use`: answer from it and store. `refresh`: ask the provider, then store.
 * `off`: neither.
 */
export type CacheMode = 'use' | 'refresh' | 'off';

/** Where an answer came from: `coalesced` shared a call already in flight, `bypass` never asked the cache. */
export type CacheState = 'hit' | 'miss' | 'coalesced' | 'bypass';

/** A request as its client put it. */
export interface Exchange {
  readonly protocol: Protocol;
  readonly body: JsonObject;
  /** The body's own bytes, so that they can pass untouched. */
  readonly raw?: Uint8Array;
  /** End-to-end headers that may change the answer; they are sent on, and part of the cache key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The query of the client's address, without its `?`; sent on, and part of the cache key. */
  readonly query?: string;
  /**
   * The client's own key. A provider that takes it is sent it in place of its own; answers, health and limits that come of it are
   * kept apart by its hash.
   */
  readonly credential?: Credential;
  /** Whose answers these are: no tenant ever sees another's. @default "default" */
  readonly tenant?: string;
  /** @default "use" */
  readonly cache?: CacheMode;
  /** Names of models to ask, in this order, where the one in the body fails. */
  readonly fallbacks?: readonly string[];
  /**
   * Whether the model in the body and the `fallbacks` are asked at once: the first piece of an answer decides, and the other calls
   * are cancelled. @default false, one after another
   */
  readonly race?: boolean;
  /**
   * What becomes of a stream that broke off and cannot be continued. `fail`: it ends in an error. `restart`: the client
   * gets an event `hotpath.restart`, drops what it has, and gets a whole answer. @default "fail"
   */
  readonly onCut?: 'fail' | 'restart';
  /** Names the request in what is announced of it. */
  readonly requestId?: string;
  /** The trace that the client has begun, as its header `traceparent` (W3C Trace Context) has it, for what is announced. */
  readonly traceparent?: string;
  /** Whose key it came with, by its id, for what is announced of it. */
  readonly keyId?: string;
  /** What asks, such as the name of an agent, for what is announced of it. */
  readonly agent?: string;
  /** Whether `channels.content` is told of it, where somebody listens there. @default as others are */
  readonly capture?: 'off';
  /** Whose limits apply besides those of provider and model, such as `key:7f3a`. */
  readonly limits?: readonly string[];
  /** Epoch milliseconds by which the answer must be there; absent: at once. */
  readonly deadlineAt?: number;
  /** Told when the request begins to wait in the economy lane, and when it leaves that for a call of its own. */
  readonly onLane?: (lane: 'batch' | 'live') => void;
  /** Is told how long the request took on its way to a provider. */
  readonly stages?: Stages;
}

/** How long a request spent in each stage, milliseconds; a stage that it did not pass is absent. */
export interface Stages {
  /** Until it was known who may answer. */
  routeMs?: number;
  /** Until it was known whether the cache, or a call in flight, has the answer. */
  cacheMs?: number;
  /** Waiting for room within limits, over all calls. */
  queueMs?: number;
}

/** What an answer cost, with all calls that were made for it. */
export interface AnswerCost {
  /** US dollars: 0 from the cache and for who shares another's answer; absent for a model without a price. */
  readonly costUsd?: number;
  /**
   * The part of `costUsd` that is an estimate: of calls that were cancelled or broke off, whose providers tell no bill, and of
   * answers that came without their usage.
   * @default 0
   */
  readonly estimatedUsd?: number;
}

/** How a streamed answer ended. */
export interface AnswerEnd extends AnswerSummary, AnswerCost {
  /** The provider did not tell the `usage`: it is our own estimate. */
  readonly estimate?: true;
}

/** The head of an answer in the client's protocol. The head of a stream has no cost yet: its end has. */
export interface AnswerHead extends AnswerCost {
  readonly status: number;
  readonly contentType: string;
  /** The provider's headers worth passing on (request id, rate limits, `retry-after`), in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly provider: string;
  readonly model: string;
  readonly cache: CacheState;
  /** From sending to the provider until its first byte, milliseconds; absent where no provider was asked. */
  readonly upstreamMs?: number;
  /** Tokens, where the answer is whole and tells them. */
  readonly usage?: Usage;
  /** Why a whole answer ended, where it tells; of one from the cache, where it was known when it was stored. */
  readonly finishReason?: FinishReason;
  /** Calls it took; absent where no provider was asked. */
  readonly attempts?: number;
  /** How a request with a deadline was answered: by the provider's batch API, or by a call of its own. */
  readonly lane?: 'batch' | 'live';
  /** Fields of the request that were left out for this provider. */
  readonly dropped?: readonly string[];
  /** Why the route's check did not accept this answer, which is given because nobody else had one. */
  readonly rejected?: string;
  /** A count of tokens, or the `usage` of an answer, is our own estimate, since no provider did tell. */
  readonly estimate?: true;
}

/**
 * Takes one answer in the client's protocol: either `whole`, or `start`, any number of `data` and then `end`; or `fail`
 * in place of either or after `start`. Nothing follows `whole`, `end` and `fail`, nor a client's leaving.
 */
export interface AnswerSink {
  whole(head: AnswerHead, body: Buffer): void;
  start(head: AnswerHead): void;
  /** Returns false to be left alone until `Ticket.resume`. */
  data(chunk: Buffer): boolean;
  end(summary: AnswerEnd): void;
  /** `cost`: of the calls that were made in vain, where something is known to be billed. */
  fail(error: RouterError, cost?: AnswerCost): void;
}

/** A client's hold on its answer. */
export interface Ticket {
  /**
   * The client is gone. The provider's call is cancelled when nobody else waits for it: returns what was used by then,
   * where something is known to be billed to this client.
   */
  leave(): AnswerCost | undefined;
  /** The client can take more. */
  resume(): void;
}
