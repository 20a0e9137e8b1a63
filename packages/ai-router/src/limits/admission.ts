import { aborted, requestInvalid, routerClosed } from '../errors.ts';
import type { Gate, Lack } from './gate.ts';
import { type Amount, type Ending, Hold, type ReserveRequest, refuse, type Verdict } from './reservation.ts';
import { queueUp } from './waiter.ts';

export interface AdmissionOptions {
  /** Milliseconds; should it go back, time stands still until it has caught up. */
  readonly now: () => number;
  /** Calls that may wait before each gate. */
  readonly maxQueue: number;
}

/** Lets calls through several gates at once: all or none. */
export interface Admission {
  now(): number;
  /** What `now` said last: reading the clock costs as much as passing a gate. */
  lately(): number;
  /**
   * Decides at once where it can. Throws `ROUTER_REQUEST_INVALID` where `tokens` or `deadlineMs` is no number; rejects
   * with `ROUTER_ABORTED` when the signal aborts and with `ROUTER_CLOSED`.
   */
  reserve(gates: readonly Gate[], request: ReserveRequest): Verdict | Promise<Verdict>;
  /** Lets in who fits, after the limits of the gate have changed. */
  review(gate: Gate): void;
  /** Fails all who wait, and all who come. */
  close(gates: Iterable<Gate>): void;
}

interface Obstacle {
  readonly gate: Gate;
  readonly lack: Lack;
}

/** Node fires a longer timer at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Room is taken in one synchronous step, after every gate was asked: there is no moment with some of it held, hence
 * neither deadlock nor anything to undo. Who does not fit stands in the line of one gate that has no room for it, and
 * moves to another's, to the place of its arrival, when that is what it lacks then. So at each gate those who wait for
 * it are served in the order in which they came, large ones too; who waits for one gate does not hold up another, though
 * it may be overtaken there meanwhile: else one key without room would stop its whole provider.
 */
export function createAdmission({ now: read, maxQueue }: AdmissionOptions): Admission {
  if (!(Number.isInteger(maxQueue) && maxQueue >= 0)) {
    throw requestInvalid('"maxQueue" must be a whole number of at least 0.', 'maxQueue');
  }
  let latest = Number.NEGATIVE_INFINITY;
  let arrivals = 0;
  let closed = false;

  const now = (): number => {
    const time = read();
    if (time > latest) latest = time;
    return latest;
  };

  /** Lets in who fits, in order, and sets the timer for the first who does not. */
  const advance = (gate: Gate, time: number): void => {
    for (let waiter = gate.line.head; waiter; waiter = gate.line.head) {
      const obstacle = obstacleOf(waiter.gates, waiter.tokens, waiter.order, time, gate);
      if (!obstacle) waiter.grant(time);
      else if (obstacle.lack.waitMs === Number.POSITIVE_INFINITY) waiter.refuse(obstacle.gate, obstacle.lack);
      else if (obstacle.gate === gate) break;
      else {
        gate.line.remove(waiter);
        waiter.at = obstacle.gate;
        waiter.at.line.insert(waiter);
        setTimer(waiter.at, time);
      }
    }
    setTimer(gate, time);
  };

  const setTimer = (gate: Gate, time: number): void => {
    const { head, earliestDeadline } = gate.line;
    const at = head ? Math.min(time + gate.wakeMs(head.tokens, time), earliestDeadline) : Number.POSITIVE_INFINITY;
    // One that comes too early sets the next; setting it anew at each step would cost more.
    if (head && gate.timerAt <= at) return;
    clearTimeout(gate.timer);
    gate.timerAt = at;
    gate.timer =
      at === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(wake, Math.min(Math.max(1, Math.ceil(at - time)), longestTimerMs), gate);
  };

  const wake = (gate: Gate): void => {
    gate.timerAt = Number.POSITIVE_INFINITY;
    const time = now();
    const expired = gate.line.expired(time);
    // A timer that comes late does not take away the room that came in time.
    advance(gate, time);
    if (expired.length === 0) return;
    for (const waiter of expired) {
      if (!waiter.isWaiting) continue;
      const obstacle = obstacleOf(waiter.gates, waiter.tokens, waiter.order, time) ?? { gate, lack: othersFirst };
      waiter.refuse(obstacle.gate, obstacle.lack);
    }
    advance(gate, time);
  };

  const review = (gate: Gate): void => {
    if (gate.line.size > 0) advance(gate, now());
  };

  const ending: Ending = {
    now,
    left(gates, time) {
      for (const gate of gates) if (gate.line.size > 0) advance(gate, time);
    },
  };

  /** For a call that cannot pass at once. */
  const wait = (gates: readonly Gate[], amount: Amount, request: ReserveRequest, time: number) => {
    const { tokens } = amount;
    // The timer may be late: who came first and fits by now goes first.
    for (const gate of gates) if (gate.line.size > 0) advance(gate, time);
    const obstacle = obstacleOf(gates, tokens, arrivals, time);
    if (!obstacle) return new Hold(gates, amount, time, ending);
    const { gate, lack } = obstacle;
    const { deadlineMs = Number.POSITIVE_INFINITY, signal } = request;
    // Tokens and places may come free early, begun requests hardly ever do: waiting for them would be in vain.
    const inVain = lack.waitMs === Number.POSITIVE_INFINITY || (lack.limit === 'requests' && lack.waitMs > deadlineMs);
    if (inVain || deadlineMs <= 0) return refuse(gate, lack, tokens);
    if (gate.line.size >= maxQueue) return refuse(gate, { limit: 'queue', waitMs: lack.waitMs }, tokens);
    const verdict = queueUp({
      order: arrivals++,
      deadline: time + deadlineMs,
      gates,
      amount,
      at: gate,
      signal,
      ending,
      onAbort: (at) => advance(at, now()),
    });
    setTimer(gate, time);
    return verdict;
  };

  return {
    now,
    lately: () => latest,
    review,
    reserve(gates, request) {
      const most = Math.ceil(request.tokens);
      if (!(most >= 0 && most < Number.POSITIVE_INFINITY)) {
        throw requestInvalid(`"tokens" must be a number of at least 0, not ${request.tokens}.`, 'tokens');
      }
      const tokens = Math.min(most, Math.ceil(request.leastTokens ?? most));
      if (Number.isNaN(request.deadlineMs)) throw requestInvalid('"deadlineMs" must be a number.', 'deadlineMs');
      if (closed) return Promise.reject(routerClosed());
      if (request.signal?.aborted) return Promise.reject(aborted(request.signal.reason));
      const time = now();
      for (const gate of gates) {
        if (gate.line.size > 0 || !gate.fits(tokens, time)) return wait(gates, { tokens, most }, request, time);
      }
      return new Hold(gates, { tokens, most }, time, ending);
    },
    close(gates) {
      closed = true;
      for (const gate of gates) {
        while (gate.line.head) gate.line.head.fail(routerClosed());
        setTimer(gate, latest);
      }
    },
  };
}

const othersFirst: Lack = { limit: 'queue', waitMs: 0 };

/** What keeps a call out: `at`, where it waits already, if that still has no room, else the gate that takes longest. */
function obstacleOf(
  gates: readonly Gate[],
  tokens: number,
  order: number,
  now: number,
  at?: Gate,
): Obstacle | undefined {
  let obstacle: Obstacle | undefined;
  for (const gate of gates) {
    let lack = gate.lack(tokens, now);
    const { head } = gate.line;
    if (head && head.order < order) {
      const elder = gate.lack(head.tokens, now) ?? othersFirst;
      if (!lack || lack.waitMs < elder.waitMs) lack = elder;
    }
    if (!lack) continue;
    const rank = rankOf(lack, gate === at);
    if (!obstacle || rank > rankOf(obstacle.lack, obstacle.gate === at)) obstacle = { gate, lack };
  }
  return obstacle;
}

/** What will never have room comes before all, then where the call waits. */
const rankOf = ({ waitMs }: Lack, waitsHere: boolean): number =>
  waitsHere ? Math.max(waitMs, Number.MAX_VALUE) : waitMs;
