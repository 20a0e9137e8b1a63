import { type Attempt, type AttemptListener, type Refusal, startAttempt } from './attempt.ts';
import { classify, type Verdict } from './attempts/classify.ts';
import type { FailureKind } from './attempts/failure-kind.ts';
import { internal, limited, RouterError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Flight, SharedHead } from './flight.ts';
import { errorTypeOf } from './formats/error-body.ts';
import { formats } from './formats/index.ts';
import type { HealthCall } from './health/target-health.ts';
import { checkHeld } from './held-answer.ts';
import type { Verdict as Admission, Reservation } from './limits/reservation.ts';
import type { RequestPromptCache } from './prompt-cache/request.ts';
import type { CallControl, Timeouts } from './provider.ts';
import type { Route, RouteCandidate } from './route.ts';
import { capable, withLargerContext } from './strategies/capable.ts';
import type { StrategyContext } from './strategies/strategy.ts';
import { askToContinue, type BrokenAnswer, readBroken, resumeStream } from './stream-resume.ts';
import { protocolFor, translatedBody, type UpstreamBody, upstreamBody } from './upstream-body.ts';
import type { AnswerSummary, ErrorInfo, Protocol, Usage } from './wire-format.ts';

/** A complete answer, with who gave it. */
export interface CompleteAnswer {
  readonly candidate: RouteCandidate;
  readonly contentType: string;
  readonly body: Buffer;
  readonly usage?: Usage;
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
  /** What a call that was answered used. */
  readonly onUsage?: ((candidate: RouteCandidate, usage: Usage) => void) | undefined;
  /** What an answer cost, US dollars. */
  readonly costOf: (model: string, usage: Usage) => number | undefined;
  /** Stores a complete answer; absent where none is to be stored. */
  readonly onComplete?: ((answer: CompleteAnswer) => void) | undefined;
}

/** One call under way. */
interface Leg {
  readonly candidate: RouteCandidate;
  readonly retries: number;
  readonly health: HealthCall;
  readonly reservation: Reservation | undefined;
  readonly dropped: readonly string[];
  attempt: Attempt | undefined;
}

interface Failure {
  readonly error: RouterError;
  readonly refusal: Refusal | undefined;
}

/**
 * Brings one answer to a flight, through as many calls as it takes. Until the first piece of an answer is there nothing
 * reaches the client, and every failure is made good silently: tried again, elsewhere, or by a call that runs beside. After
 * it, an answer that breaks off is continued by another model, begun anew where the client asked for that, or ends in an
 * explicit error.
 */
export function conduct(options: ConductorOptions): CallControl {
  const { exchange, route, context, flight, timeouts } = options;
  const client = formats[exchange.protocol];
  const isStream = context.stream;
  const startedAt = performance.now();
  /** Those not asked yet, best first. */
  let left: readonly RouteCandidate[] = route.candidates.length > 1 ? orderOf(route, context) : route.candidates;
  const legs = new Set<Leg>();
  let winner: Leg | undefined;
  let made = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let hedgeTimer: NodeJS.Timeout | undefined;
  let waiting = 0;
  /** What the client has of an answer that broke off, and why it did. */
  let broken: BrokenAnswer | undefined;
  let brokenBy: Failure | undefined;
  let isPaused = false;
  let isRestarted = false;

  const finish = (): void => {
    over = true;
    clearTimeout(timer);
    clearTimeout(hedgeTimer);
    for (const leg of legs) abandon(leg);
    legs.clear();
  };

  const abandon = (leg: Leg): void => {
    leg.health.abandon();
    // The provider has read the question, and counts it.
    leg.reservation?.settle(context.inputTokens);
    leg.attempt?.abort();
  };

  const headOf = (head: SharedHead, leg?: Leg): SharedHead => {
    const costUsd = head.usage && options.costOf(head.model, head.usage);
    return {
      ...head,
      attempts: made,
      ...(costUsd !== undefined && { costUsd }),
      ...(leg && leg.dropped.length > 0 && { dropped: leg.dropped }),
    };
  };

  /** Tells the client of the failure that is left, in the provider's own words where there are some. */
  const giveUp = (failure: Failure): void => {
    for (const { target } of route.candidates) options.promptCache?.learn(target.model, undefined);
    // Why it broke off is of more use to the client than why it could not be continued.
    const { error, refusal } = brokenBy ?? failure;
    const hasStarted = winner !== undefined;
    finish();
    if (hasStarted && refusal?.head.status === 200) {
      // The provider's own words, which are the client's protocol already.
      flight.push(refusal.body);
      flight.end({ outcome: 'error', error: infoOf(error) });
    } else if (hasStarted || !refusal) flight.fail(error);
    else if (refusal.head.status !== 200) flight.whole(headOf(refusal.head), refusal.body);
    else {
      // An error that came as the first event of a stream: the status can still say so.
      const body = Buffer.from(JSON.stringify(client.encodeError(infoOf(error))));
      flight.whole({ ...headOf(refusal.head), status: error.status, contentType: 'application/json' }, body);
    }
  };

  const start = (candidate: RouteCandidate, retries: number): void => {
    const admission = options.admit?.(candidate);
    if (!(admission instanceof Promise)) {
      call(candidate, retries, admission);
      return;
    }
    waiting += 1;
    admission.then(
      (verdict) => {
        waiting -= 1;
        if (over || (winner && !broken)) {
          if (verdict.granted) verdict.release({ sent: false });
        } else call(candidate, retries, verdict);
      },
      (error: RouterError) => {
        waiting -= 1;
        if (!over) settle(candidate, retries, { error, refusal: undefined });
      },
    );
  };

  const call = (candidate: RouteCandidate, retries: number, admission: Admission | undefined): void => {
    if (admission?.granted === false) {
      settle(candidate, retries, { error: limited(admission), refusal: undefined });
      return;
    }
    const { target, health } = candidate;
    const protocol = protocolFor(target, exchange.protocol);
    let sent: UpstreamBody;
    try {
      sent = bodyFor(candidate, protocol);
    } catch (error) {
      admission?.release({ sent: false });
      settle(candidate, retries, { error: asUnsuited(error), refusal: undefined });
      return;
    }
    made += 1;
    const leg: Leg = {
      candidate,
      retries,
      health: health.begin({ stream: isStream, route: route.name }),
      reservation: admission,
      dropped: sent.dropped,
      attempt: undefined,
    };
    legs.add(leg);
    const isLast = left.length === 0;
    leg.attempt = startAttempt({
      exchange,
      target,
      protocol,
      body: sent.body,
      stream: isStream,
      timeouts: timeoutsFor(isLast),
      ...(isStream && !isLast && { contentMs: shorter(timeouts.firstTokenMs, route.firstTokenMs) }),
      maxAnswerBytes: options.maxAnswerBytes,
      listener: listenerOf(leg),
      ...(broken && { path: resumeStream(formats[protocol], client, wantsUsage(exchange), broken) }),
      ...(route.check && !isLast && !broken && { check: checkHeld(client, route.check) }),
    });
  };

  const bodyFor = ({ target, continues = 'prefill' }: RouteCandidate, protocol: Protocol): UpstreamBody => {
    const continued = broken;
    if (!continued) {
      const sent = upstreamBody(exchange, target, protocol);
      return options.promptCache?.place(target, protocol, sent) ?? sent;
    }
    return translatedBody(exchange, target, protocol, (request) => askToContinue(request, continued, continues));
  };

  /** While somebody else could answer, silence is not waited out. */
  const timeoutsFor = (isLast: boolean): Timeouts => {
    const totalMs = timeouts.totalMs === 0 ? 0 : Math.max(1, timeouts.totalMs - (performance.now() - startedAt));
    if (isLast) return { ...timeouts, totalMs };
    return {
      ...timeouts,
      firstTokenMs: shorter(timeouts.firstTokenMs, route.firstTokenMs),
      idleMs: shorter(timeouts.idleMs, route.stallMs),
      totalMs,
    };
  };

  const listenerOf = (leg: Leg): AttemptListener => ({
    content() {
      leg.health.firstToken();
      if (winner !== undefined && winner !== leg && !broken && !isRestarted) {
        legs.delete(leg);
        leg.health.abandon();
        leg.reservation?.settle(context.inputTokens);
        return undefined;
      }
      const isContinuation = broken !== undefined;
      const isNew = isRestarted;
      win(leg);
      return {
        start: (head) => {
          if (isNew) flight.push(restartMarker);
          else if (!isContinuation) flight.start(headOf(head, leg));
        },
        push: flight.push,
      };
    },
    whole(head, answer) {
      win(leg);
      conclude(leg, answer.summary);
      finish();
      const { contentType, body, summary, storable } = answer;
      if (storable) store(leg, { contentType, body, ...(summary.usage && { usage: summary.usage }) });
      flight.whole(headOf(head, leg), body);
    },
    complete(head, summary, bytes) {
      if (bytes) flight.push(bytes);
      const isWhole = !broken && !isRestarted;
      conclude(leg, summary);
      finish();
      flight.end(summary);
      // In the same turn as the end, so that whoever asks again on hearing it finds the answer stored.
      const whole = options.onComplete && isWhole ? flight.bytes() : undefined;
      if (whole && leg.attempt?.isSound(summary)) {
        store(leg, { contentType: head.contentType, body: whole, ...(summary.usage && { usage: summary.usage }) });
      }
    },
    failed(error, refusal) {
      settleLeg(leg, { error, refusal });
    },
  });

  const store = (leg: Leg, answer: Omit<CompleteAnswer, 'candidate'>): void =>
    options.onComplete?.({ candidate: leg.candidate, ...answer });

  const conclude = (leg: Leg, summary: AnswerSummary): void => {
    legs.delete(leg);
    leg.health.succeed();
    const { usage } = summary;
    options.promptCache?.learn(leg.candidate.target.model, usage);
    if (usage) options.onUsage?.(leg.candidate, usage);
    if (usage) leg.reservation?.settle(usage.inputTokens + usage.outputTokens);
    else leg.reservation?.settle(Number.NaN);
  };

  /** This one answers: all others are cancelled. */
  const win = (leg: Leg): void => {
    winner = leg;
    brokenBy = undefined;
    if (isPaused) leg.attempt?.pause();
    clearTimeout(timer);
    clearTimeout(hedgeTimer);
    for (const other of legs) {
      if (other === leg) continue;
      legs.delete(other);
      abandon(other);
    }
  };

  const settleLeg = (leg: Leg, failure: Failure): void => {
    legs.delete(leg);
    const verdict = settle(leg.candidate, leg.retries, failure, leg);
    leg.health.fail(failure.error, verdict);
    leg.reservation?.release();
  };

  /** Decides what comes after a failed call. */
  const settle = (candidate: RouteCandidate, retries: number, failure: Failure, leg?: Leg): Verdict => {
    const { error } = failure;
    const isBroken = leg !== undefined && leg === winner;
    if (isBroken) return afterBreak(candidate, failure);
    const larger = withLargerContext(left, candidate, context) as readonly RouteCandidate[];
    const situation = {
      retriesHere: retries,
      hasElsewhere: left.length > 0,
      hasLargerContext: larger.length > 0,
      patienceMs: left.length > 0 ? route.patienceMs : Math.max(route.patienceMs, longestWaitMs),
    };
    let verdict = classify(error, situation);
    if (verdict.action === 'elsewhere') {
      const next = verdict.kind === 'context-too-long' ? larger : left;
      left =
        verdict.avoid === 'provider'
          ? next.filter(({ target }) => target.provider !== candidate.target.provider)
          : next;
      if (left.length === 0) verdict = classify(error, { ...situation, hasElsewhere: false });
    }
    if (verdict.waitMs !== undefined && verdict.kind === 'rate-limited' && verdict.action !== 'retry') {
      candidate.health.pause(Math.min(verdict.waitMs, longestPauseMs));
    }
    if (over) return verdict;
    const isSpent = made >= route.maxAttempts || isLate();
    if (verdict.action === 'retry' && !isSpent && route.retryBudget.tryWithdraw()) {
      retryLater(candidate, retries + 1, verdict.waitMs);
    } else if (verdict.action !== 'give-up' && !isSpent && left.length > 0) {
      next();
    } else if (verdict.action === 'give-up' && isFinal(verdict)) {
      giveUp(failure);
    } else if (legs.size === 0 && waiting === 0) {
      giveUp(failure);
    }
    return verdict;
  };

  const isLate = (): boolean => timeouts.totalMs > 0 && performance.now() - startedAt >= timeouts.totalMs;

  const retryLater = (candidate: RouteCandidate, retries: number, waitMs: number | undefined): void => {
    waiting += 1;
    timer = setTimeout(
      () => {
        waiting -= 1;
        if (!over && (winner === undefined || broken)) start(candidate, retries);
      },
      route.backoff(retries, waitMs),
    );
  };

  const next = (): void => {
    const [candidate, ...others] = left;
    if (!candidate) return;
    left = others;
    start(candidate, 0);
  };

  /** The client has part of an answer that will never be whole. */
  const afterBreak = (candidate: RouteCandidate, failure: Failure): Verdict => {
    const verdict = classify(failure.error, { retriesHere: Number.POSITIVE_INFINITY, hasElsewhere: left.length > 0 });
    if (over) return verdict;
    const bytes = isStream ? flight.bytes() : undefined;
    const isSpent = made >= route.maxAttempts || isLate();
    broken = bytes && !isSpent && !isRestarted ? readBroken(client, bytes) : undefined;
    const able = left.filter(({ continues }) => continues !== undefined);
    const others = able.length > 0 || candidate.continues === undefined ? able : [candidate];
    brokenBy = failure;
    if (broken && others.length > 0) {
      left = others;
      next();
    } else if (exchange.onCut === 'restart' && !isSpent && left.length > 0) {
      broken = undefined;
      isRestarted = true;
      next();
    } else {
      giveUp(failure);
    }
    return verdict;
  };

  const hedge = (): void => {
    const { hedge: policy } = route;
    const [leg] = legs;
    if (!policy || !leg) return;
    const { candidate } = leg;
    const kind = { stream: isStream, route: route.name };
    const afterMs = candidate.health.latencyMs(policy.quantile, kind) ?? policy.afterMs;
    if (!Number.isFinite(afterMs)) return;
    hedgeTimer = setTimeout(() => {
      if (over || winner || made >= route.maxAttempts || !policy.budget.tryWithdraw()) return;
      // Another one where there is one; a second call to the same often is luckier too.
      if (left.length > 0) next();
      else start(candidate, 0);
    }, afterMs);
  };

  route.retryBudget.deposit();
  route.hedge?.budget.deposit();
  for (let count = 0; count < Math.max(1, route.race) && left.length > 0; count += 1) next();
  if (!over) hedge();

  return {
    pause() {
      isPaused = true;
      winner?.attempt?.pause();
    },
    resume() {
      isPaused = false;
      winner?.attempt?.resume();
    },
    abort: finish,
  };
}

/** Without another candidate a retry may wait as long as this, milliseconds. */
const longestWaitMs = 20_000;
/** A provider that asks for more is asked again after this all the same, milliseconds. */
const longestPauseMs = 60_000;

/** Tells a client that asked for it to drop what it has: the answer begins anew. */
const restartMarker = Buffer.from('event: hotpath.restart\ndata: {"type":"hotpath.restart"}\n\n');

/** What one provider's protocol cannot say another's may. */
function asUnsuited(error: unknown): RouterError {
  if (!RouterError.isInstance(error)) return internal(error);
  const { message, status, param } = error;
  if (error.code !== 'ROUTER_REQUEST_INVALID') return error;
  return new RouterError('ROUTER_FIELD_UNSUPPORTED', message, { status, ...(param !== undefined && { param }) });
}

const shorter = (one: number, other: number): number => (one === 0 ? other : Math.min(one, other));

/** Nobody else could do better, and none of the calls under way is worth waiting for. */
const finalKinds: ReadonlySet<FailureKind> = new Set([
  'refused',
  'bad-request',
  'context-too-long',
  'answer-too-large',
  'aborted',
  'internal',
]);
const isFinal = ({ kind }: Verdict): boolean => finalKinds.has(kind);

const wantsUsage = ({ body }: Exchange): boolean =>
  (body.stream_options as { include_usage?: unknown } | null | undefined)?.include_usage === true;

const infoOf = (error: RouterError): ErrorInfo => ({
  status: error.status,
  type: error.type ?? errorTypeOf(error.status),
  message: error.message,
  code: error.reason ?? error.code,
  ...(error.param !== undefined && { param: error.param }),
});

/** The best first; those that cannot answer at all are left out where any can. */
function orderOf({ candidates, order }: Route, context: StrategyContext): readonly RouteCandidate[] {
  const able = capable(candidates, context).capable as readonly RouteCandidate[];
  return order(able.length > 0 ? able : candidates, context) as readonly RouteCandidate[];
}
