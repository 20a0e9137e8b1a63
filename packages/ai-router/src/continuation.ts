import type { Target } from './models.ts';
import type { Continuation, RouteCandidate } from './route.ts';

/** An answer is continued so often at most. */
export const mostContinuations = 3;

/** Targets that have refused to go on from a beginning of their own answer: they are told to go on instead. */
const refusesPrefill = new WeakSet<Target>();

export const noteRefusedPrefill = (target: Target): void => void refusesPrefill.add(target);

/** How a candidate is made to go on from an answer that broke off. */
export const continuationOf = ({ target, continues = 'prefill' }: RouteCandidate): Continuation =>
  refusesPrefill.has(target) ? 'instructed' : continues;

/** Tells a client that asked for it to drop what it has: the answer begins anew. */
export const restartMarker = Buffer.from('event: hotpath.restart\ndata: {"type":"hotpath.restart"}\n\n');
