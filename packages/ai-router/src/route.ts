import type { Backoff } from './attempts/backoff.ts';
import type { RetryBudget } from './attempts/retry-budget.ts';
import type { Target } from './models.ts';
import type { Candidate, Strategy } from './strategies/strategy.ts';
import type { JsonObject, ModelAnswer } from './wire-format.ts';

/** A candidate that can be called. */
export interface RouteCandidate extends Candidate {
  readonly target: Target;
  /** How the model is made to go on from the beginning of an answer; undefined where it cannot. */
  readonly continues: Continuation | undefined;
}

/**
 * `prefill`: the beginning stands as the last message, and the model goes on from its last character. `instructed`: it is
 * told where the answer broke off and asked to go on, which most models manage, though not always to the character.
 */
export type Continuation = 'prefill' | 'instructed';

/** What an answer must be for the route to accept it: undefined where it is, else the reason why not. */
export type AnswerCheck = (answer: ModelAnswer, asked: AskedAnswer) => string | undefined;

/** What a request says of the answer that it wants. */
export interface AskedAnswer {
  /** The JSON Schema that the answer has to fit, where the request gave one. */
  readonly schema: JsonObject | undefined;
}

export interface Hedge {
  /** Share of requests that may get a second call, from 0 to 1. */
  readonly budget: RetryBudget;
  /** The quantile of the latency after which it is made. */
  readonly quantile: number;
  /** After so long where too little is known of the latency, milliseconds; Infinity for never. */
  readonly afterMs: number;
}

/** Everyone who can answer for a name, and how they are asked. */
export interface Route {
  readonly name: string;
  /** Whose answer it is to the cache: the target, or the route as it is configured. */
  readonly identity: { readonly provider: Pick<Target['provider'], 'id' | 'scope'>; readonly model: string };
  readonly candidates: readonly RouteCandidate[];
  readonly order: Strategy;
  /** Whether candidates whose models have different names may make embeddings for one another. */
  readonly mixesEmbeddings: boolean;
  /** How many are asked at once at the start. */
  readonly race: number;
  readonly hedge: Hedge | undefined;
  /** All but the last candidate's answers have to pass it; they are held back until they do. */
  readonly check: AnswerCheck | undefined;
  /** What a client gets that nobody had an accepted answer for. */
  readonly onExhausted: 'error' | 'answer';
  /** Calls made for one request at most, first ones and all others. */
  readonly maxAttempts: number;
  /** The longest wait before a retry while another candidate is left, milliseconds. */
  readonly patienceMs: number;
  readonly backoff: Backoff;
  readonly retryBudget: RetryBudget;
  /** Where another candidate is left, a stream's first piece is awaited for so long, milliseconds. */
  readonly firstTokenMs: number;
  /** ... and its next one. */
  readonly stallMs: number;
}
