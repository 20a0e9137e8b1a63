import { type AttemptListener, startAttempt } from './attempt.ts';
import { classify, isFinal, type Verdict } from './attempts/classify.ts';
import { failureKind } from './attempts/failure-kind.ts';
import { createBill } from './bill.ts';
import { candidatesLeft } from './candidates-left.ts';
import type { CompleteAnswer, ConductorOptions } from './conductor-options.ts';
import { continuationOf, mostContinuations, noteRefusedPrefill, restartMarker } from './continuation.ts';
import type { LanePlace } from './economy/lane.ts';
import { answerInvalid, limited, type RouterError } from './errors.ts';
import type { AttemptCause } from './events.ts';
import type { AnswerEnd } from './exchange.ts';
import type { FlightControl, SharedHead } from './flight.ts';
import { formats } from './formats/index.ts';
import { checkHeld } from './held-answer.ts';
import { asUnsuited, createLastWord } from './last-word.ts';
import { abandonLeg, droppedFor, type Failure, type Leg } from './leg.ts';
import type { Verdict as Admission } from './limits/reservation.ts';
import type { Target } from './models.ts';
import { bytesPerToken } from './output-tokens.ts';
import { hedgeAfterMs, patienceFor } from './patience.ts';
import { createPendingCalls } from './pending-calls.ts';
import { wantsUsage } from './reception.ts';
import type { Continuation, RouteCandidate } from './route.ts';
import { type BrokenAnswer, readBroken, resumeStream } from './stream-resume.ts';
import { toldOf } from './told-answer.ts';
import { continuedBody, protocolFor, type UpstreamBody, upstreamBody } from './upstream-body.ts';
import type { Protocol } from './wire-format.ts';

/**
 * Brings one answer to a flight, through as many calls as it takes. Until the first piece of an answer is there nothing
 * reaches the client, and every failure is made good silently: tried again, elsewhere, or by a call that runs beside. After
 * it, an answer that breaks off is continued by another model, begun anew where the client asked for that, or ends in an
 * explicit error.
 */
export function conduct(options: ConductorOptions): FlightControl {
  const { exchange, route, context, flight, timeouts } = options;
  const client = formats[exchange.protocol];
  const isStream = context.stream;
  /** Waiting for a batch does not count. */
  let startedAt = performance.now();
  const left = candidatesLeft(route, context);
  const legs = new Set<Leg>();
  const bill = createBill(options);
  /** Who gave the client the last piece it has. */
  let winner: Leg | undefined;
  /** Whether the winner is still at it. */
  let isAnswering = false;
  let made = 0;
  let over = false;
  const pending = createPendingCalls();
  let hedgeTimer: NodeJS.Timeout | undefined;
  let place: LanePlace | undefined;
  /** What the client has of an answer that broke off, and why it did. */
  let broken: BrokenAnswer | undefined;
  let brokenBy: Failure | undefined;
  let continuations = 0;
  let isPaused = false;
  let isRestarted = false;

  const finish = (): void => {
    over = true;
    callOff();
    for (const leg of legs) abandonLeg(leg, bill.discarded);
    legs.clear();
    place?.leave();
    place = undefined;
  };

  const callOff = (): void => {
    pending.cancel();
    clearTimeout(hedgeTimer);
  };

  const headOf = (head: SharedHead, leg?: Leg): SharedHead => ({
    ...bill.head(head),
    attempts: Math.max(1, made),
    ...(leg && droppedFor(leg)),
  });

  const lastWord = createLastWord({ route, flight, client, headOf, cost: bill.discarded.alone });

  const giveUp = (failure: Failure): void => {
    for (const { candidate } of legs) options.promptCache?.fail(candidate.target.model);
    for (const { target } of route.candidates) options.promptCache?.learn(target.model, undefined);
    finish();
    // Why it broke off is of more use to the client than why it could not be continued.
    lastWord.tell(brokenBy ?? failure, winner !== undefined);
  };

  /** Has a candidate asked in a batch. Returns false where it must be live. */
  const board = (candidate: RouteCandidate, cause?: AttemptCause): boolean => {
    if (!options.economy || broken || isRestarted) return false;
    const take = pending.add();
    const letOut = (): void => {
      place = undefined;
      take();
      startedAt = performance.now();
    };
    const check = route.check && !left.isEmpty() ? checkHeld(client, route.check, exchange.body) : undefined;
    place = options.economy.board(candidate.target, check, {
      answered(head, { contentType, body }) {
        letOut();
        finish();
        const { usage } = head;
        if (usage) options.onUsage?.(candidate, usage, 'batch');
        options.onComplete?.({ candidate, lane: 'batch', contentType, body, ...toldOf(head) });
        flight.whole(headOf(head), body);
      },
      gaveUp() {
        letOut();
        flight.goes('live');
        // Whoever was told may have left.
        if (over) return;
        start(candidate, 0, cause);
        if (!over) hedge();
      },
      refused(error, rejected) {
        letOut();
        flight.goes('live');
        bill.refused(rejected?.head);
        settle(candidate, 0, { error, refusal: undefined, rejected });
      },
    });
    if (!place) {
      take();
      return false;
    }
    flight.goes('batch');
    return true;
  };

  const start = (candidate: RouteCandidate, retries: number, cause?: AttemptCause): void => {
    const admission = options.admit?.(candidate);
    if (!(admission instanceof Promise)) {
      call(candidate, retries, admission, cause);
      return;
    }
    const take = pending.add();
    const { stages } = exchange;
    const queuedAt = stages && performance.now();
    admission.then(
      (verdict) => {
        if (stages && queuedAt !== undefined) stages.queueMs = (stages.queueMs ?? 0) + performance.now() - queuedAt;
        if (take()) call(candidate, retries, verdict, cause);
        else if (verdict.granted) verdict.release({ sent: false });
      },
      (error: RouterError) => {
        if (take()) settle(candidate, retries, { error, refusal: undefined });
      },
    );
  };

  const call = (
    candidate: RouteCandidate,
    retries: number,
    admission: Admission | undefined,
    cause: AttemptCause | undefined,
  ): void => {
    if (admission?.granted === false) {
      settle(candidate, retries, { error: limited(admission), refusal: undefined });
      return;
    }
    const { target, health } = candidate;
    const protocol = protocolFor(target, exchange.protocol);
    const continues = broken && continuationOf(candidate);
    let sent: UpstreamBody;
    try {
      sent =
        broken && continues
          ? continuedBody(exchange, target, protocol, broken, continues)
          : firstBody(target, protocol);
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
      continues,
      attempt: undefined,
    };
    legs.add(leg);
    const isLast = left.isEmpty();
    const elapsedMs = performance.now() - startedAt;
    leg.attempt = startAttempt({
      exchange,
      target,
      protocol,
      body: sent.body,
      stream: isStream,
      ...patienceFor(timeouts, route, { stream: isStream, isLast, elapsedMs }),
      maxAnswerBytes: options.maxAnswerBytes,
      listener: listenerOf(leg),
      cause,
      ...(broken && { path: resumeStream(formats[protocol], client, wantsUsage(exchange.body), broken) }),
      ...(route.check && !isLast && !broken && { check: checkHeld(client, route.check, exchange.body) }),
    });
  };

  const firstBody = (target: Target, protocol: Protocol): UpstreamBody => {
    const sent = upstreamBody(exchange, target, protocol);
    return options.promptCache?.place(target, protocol, sent) ?? sent;
  };

  const listenerOf = (leg: Leg): AttemptListener => ({
    content() {
      leg.health.firstToken();
      if (isAnswering) {
        legs.delete(leg);
        abandonLeg(leg, bill.discarded);
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
      const { contentType, body, summary, storable } = answer;
      const hasStarted = winner !== undefined;
      if (hasStarted && !isRestarted) {
        const { usage } = summary;
        const use = usage && { told: usage, isWhole: true, seenTokens: 0 };
        settleLeg(leg, { error: answerInvalid('An answer was to go on and began anew.'), refusal: undefined, use });
        return;
      }
      win(leg);
      const end = bill.withUsage(summary, () => Math.ceil(body.byteLength / bytesPerToken));
      conclude(leg, end);
      finish();
      if (hasStarted) {
        flight.push(restartMarker);
        flight.push(body);
        flight.end(bill.end(head, end));
        return;
      }
      if (storable) store(leg, { contentType, body, ...toldOf(summary) });
      const { usage, estimate } = end;
      flight.whole(headOf({ ...head, ...(usage && { usage }), ...(estimate && { estimate }) }, leg), body);
    },
    complete(head, summary, bytes) {
      if (bytes) flight.push(bytes);
      const isWhole = !broken && !isRestarted;
      const end = bill.withUsage(summary, () => leg.attempt?.used().seenTokens ?? 0);
      conclude(leg, end);
      finish();
      flight.end(bill.end(head, end));
      // In the same turn as the end, so that whoever asks again on hearing it finds the answer stored.
      const whole = options.onComplete && isWhole ? flight.bytes() : undefined;
      if (whole && leg.attempt?.isSound(summary)) {
        store(leg, { contentType: head.contentType, body: whole, ...toldOf(summary) });
      }
    },
    failed(error, refusal, use, rejected) {
      const held = rejected && { ...rejected, head: { ...rejected.head, ...droppedFor(leg) } };
      settleLeg(leg, { error, refusal, use, rejected: held });
    },
  });

  const store = (leg: Leg, answer: Omit<CompleteAnswer, 'candidate' | 'lane'>): void =>
    options.onComplete?.({ candidate: leg.candidate, lane: 'live', ...answer });

  const conclude = (leg: Leg, { usage, estimate }: AnswerEnd): void => {
    legs.delete(leg);
    leg.health.succeed();
    // Of an answer that broke off nobody knows what was written: it stays set aside.
    if (!estimate) options.promptCache?.learn(leg.candidate.target.model, usage);
    if (usage) options.onUsage?.(leg.candidate, usage, 'live');
    leg.reservation?.settle(usage ? usage.inputTokens + usage.outputTokens : Number.NaN);
  };

  /** This one answers: all others are cancelled. */
  const win = (leg: Leg): void => {
    winner = leg;
    isAnswering = true;
    brokenBy = undefined;
    if (isPaused) leg.attempt?.pause();
    place?.leave();
    place = undefined;
    callOff();
    for (const other of legs) {
      if (other === leg) continue;
      legs.delete(other);
      abandonLeg(other, bill.discarded);
    }
  };

  const settleLeg = (leg: Leg, failure: Failure): void => {
    legs.delete(leg);
    options.promptCache?.fail(leg.candidate.target.model, failure, leg.attempt?.used().told);
    const spent = failure.use && bill.discarded.book(leg.candidate, failure.use);
    const verdict =
      leg === winner ? afterBreak(leg.candidate, failure) : settle(leg.candidate, leg.retries, failure, leg.continues);
    leg.health.fail(failure.error, verdict);
    if (spent) leg.reservation?.settle(spent.inputTokens + spent.outputTokens);
    else leg.reservation?.release();
  };

  /** Decides what comes after a failed call. */
  const settle = (candidate: RouteCandidate, retries: number, failure: Failure, continued?: Continuation): Verdict => {
    const { error } = failure;
    lastWord.note(failure);
    const isRephrased = continued === 'prefill' && failureKind(error) === 'prefill-rejected';
    if (isRephrased) {
      noteRefusedPrefill(candidate.target);
      left.putBack(candidate);
    }
    const verdict = left.judge(error, candidate, retries);
    if (over) return verdict;
    if (verdict.action === 'retry' && !isSpent() && route.retryBudget.tryWithdraw()) {
      pending.later(route.backoff(retries + 1, verdict.waitMs), () => start(candidate, retries + 1, 'retry'));
    } else if (verdict.action !== 'give-up' && !isSpent() && !left.isEmpty()) {
      next(isRephrased ? 'continuation' : 'failover');
    } else if ((verdict.action === 'give-up' && isFinal(verdict)) || (legs.size === 0 && pending.isEmpty())) {
      giveUp(failure);
    }
    return verdict;
  };

  /** Nobody may be asked any more. */
  const isSpent = (): boolean =>
    made >= route.maxAttempts || (timeouts.totalMs > 0 && performance.now() - startedAt >= timeouts.totalMs);

  const next = (cause?: AttemptCause): void => {
    const candidate = left.take();
    if (candidate && !board(candidate, cause)) start(candidate, 0, cause);
  };

  /** The client has part of an answer that will never be whole. */
  const afterBreak = (candidate: RouteCandidate, failure: Failure): Verdict => {
    const verdict = classify(failure.error, { retriesHere: Number.POSITIVE_INFINITY, hasElsewhere: !left.isEmpty() });
    isAnswering = false;
    if (over) return verdict;
    const bytes = isStream ? flight.bytes() : undefined;
    broken = bytes && !isSpent() && !isRestarted ? readBroken(client, bytes) : undefined;
    brokenBy = failure;
    const isFirst = continuations === 0;
    const mayContinue = (): boolean =>
      isFirst || (continuations < mostContinuations && route.retryBudget.tryWithdraw());
    if (broken && left.keepAble(candidate) && mayContinue()) {
      continuations += 1;
      // What breaks off again and again is not asked for again at once.
      if (isFirst) next('continuation');
      else pending.later(route.backoff(continuations), () => next('continuation'));
    } else if (exchange.onCut === 'restart' && !isSpent() && !left.isEmpty()) {
      broken = undefined;
      isRestarted = true;
      next('restart');
    } else {
      giveUp(failure);
    }
    return verdict;
  };

  const hedge = (): void => {
    const { hedge: policy } = route;
    const [leg] = legs;
    const afterMs = leg && hedgeAfterMs(route, leg.candidate, isStream);
    if (!policy || !leg || afterMs === undefined) return;
    const { candidate } = leg;
    hedgeTimer = setTimeout(() => {
      if (over || isAnswering || made >= route.maxAttempts || !policy.budget.tryWithdraw()) return;
      // Another one where there is one; a second call to the same often is luckier too.
      if (!left.isEmpty()) next('hedge');
      else start(candidate, 0, 'hedge');
    }, afterMs);
  };

  route.retryBudget.deposit();
  route.hedge?.budget.deposit();
  for (let count = 0; count < Math.max(1, route.race) && !left.isEmpty() && !place; count += 1)
    next(count > 0 ? 'race' : undefined);
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
    abort() {
      finish();
      return bill.discarded.alone();
    },
    hasten: (deadlineAt) => place?.hasten(deadlineAt),
  };
}
