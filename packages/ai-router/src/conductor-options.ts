import type { Boarding } from './economy/boarding.ts';
import type { Exchange } from './exchange.ts';
import type { Flight } from './flight.ts';
import type { Verdict as Admission } from './limits/reservation.ts';
import type { RequestPromptCache } from './prompt-cache/request.ts';
import type { Timeouts } from './provider.ts';
import type { Route, RouteCandidate } from './route.ts';
import type { StrategyContext } from './strategies/strategy.ts';
import type { ToldAnswer } from './told-answer.ts';
import type { Usage } from './wire-format.ts';

/** A complete answer, with who gave it. */
export interface CompleteAnswer extends ToldAnswer {
  readonly candidate: RouteCandidate;
  readonly contentType: string;
  readonly body: Buffer;
  /** As `AnswerHead`. */
  readonly lane: 'batch' | 'live';
}

export interface ConductorOptions {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly context: StrategyContext;
  readonly flight: Flight;
  readonly timeouts: Timeouts;
  readonly maxAnswerBytes: number;
  /** Asks for leave to make one call; absent where there are no limits. */
  readonly admit?: ((candidate: RouteCandidate) => Admission | Promise<Admission>) | undefined;
  readonly promptCache?: RequestPromptCache | undefined;
  /** Where requests wait for a batch; absent where this one cannot. */
  readonly economy?: Boarding | undefined;
  /** What a call that was answered used; `lane`: as `AnswerHead`. */
  readonly onUsage?: ((candidate: RouteCandidate, usage: Usage, lane: 'batch' | 'live') => void) | undefined;
  /** What a call used, mostly by estimate, that is billed though nobody got its answer. */
  readonly onDiscarded?: ((candidate: RouteCandidate, usage: Usage) => void) | undefined;
  /** What an answer cost, US dollars. */
  readonly costOf: (model: string, usage: Usage, provider: string, lane?: 'batch' | 'live') => number | undefined;
  /** Stores a complete answer; absent where none is to be stored. */
  readonly onComplete?: ((answer: CompleteAnswer) => void) | undefined;
}
