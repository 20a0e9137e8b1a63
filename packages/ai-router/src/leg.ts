import type { Attempt, ProviderReply } from './attempt.ts';
import type { CallUse, DiscardedCalls } from './discarded.ts';
import type { RouterError } from './errors.ts';
import type { HealthCall } from './health/target-health.ts';
import type { Reservation } from './limits/reservation.ts';
import type { Continuation, RouteCandidate } from './route.ts';

/** One call under way, and what was set aside for it. */
export interface Leg {
  readonly candidate: RouteCandidate;
  /** How often this candidate has been asked before for the request. */
  readonly retries: number;
  readonly health: HealthCall;
  readonly reservation: Reservation | undefined;
  /** Fields of the request that were left out for it. */
  readonly dropped: readonly string[];
  /** How it was told to go on from an answer that broke off; undefined where it gives one of its own. */
  readonly continues: Continuation | undefined;
  attempt: Attempt | undefined;
}

/** What an answer of it says of fields that were left out, if any were. */
export const droppedFor = ({ dropped }: Leg): { readonly dropped?: readonly string[] } =>
  dropped.length > 0 ? { dropped } : {};

/** Why a call brought no answer. */
export interface Failure {
  readonly error: RouterError;
  readonly refusal: ProviderReply | undefined;
  /** What it is billed for all the same. */
  readonly use?: CallUse | undefined;
  /** The answer that there was, and that the route's check did not accept. */
  readonly rejected?: ProviderReply | undefined;
}

/**
 * Nobody wants its answer any more: the provider has read the question all the same, and bills it with what it has written
 * so far.
 */
export function abandonLeg({ candidate, health, reservation, attempt }: Leg, discarded: DiscardedCalls): void {
  health.abandon();
  if (attempt) {
    const { inputTokens, outputTokens } = discarded.book(candidate, attempt.used());
    reservation?.settle(inputTokens + outputTokens);
  } else reservation?.settle(Number.NaN);
  attempt?.abort();
}
