import { requestInvalid } from '../errors.ts';
import { Line, type Place } from './line.ts';
import { SlidingWindow } from './window.ts';

/** What is allowed, in whole numbers. What is left out is not limited; 0 allows nothing. */
export interface Limits {
  /** Calls at the same time. */
  readonly concurrency?: number | undefined;
  /** Calls begun in any 60 s. */
  readonly requestsPerMinute?: number | undefined;
  /** Tokens of the calls begun in any 60 s, input and output together. */
  readonly tokensPerMinute?: number | undefined;
}

/** What there is no room for, and how long until there is, as far as can be told. */
export interface Lack {
  /** `queue`: others came first, or too many wait. */
  readonly limit: 'concurrency' | 'requests' | 'tokens' | 'queue';
  /** Infinity for never. */
  readonly waitMs: number;
}

/** Usage of one limiter. */
export interface LimiterState {
  readonly limits: Limits;
  /** Calls under way. */
  readonly active: number;
  /** Calls in its queue. */
  readonly waiting: number;
  /** Calls begun in the last minute; 0 where they are not limited. */
  readonly requests: number;
  /** Their tokens: used, or reserved where no answer has told; 0 where they are not limited. */
  readonly tokens: number;
}

/** A call that waits for room. It stands in one line, before a gate that it cannot pass yet, and holds nothing. */
export interface Waiter extends Place<Waiter> {
  readonly gates: readonly Gate[];
  readonly tokens: number;
  /** In whose line it stands. */
  at: Gate;
  isWaiting: boolean;
  /** Each of these takes it out of the line. */
  grant(now: number): void;
  refuse(gate: Gate, lack: Lack): void;
  fail(error: Error): void;
}

/** Assumed until a call has ended. */
const firstHeldMs = 1_000;

/** The room of one limiter and the line before it. Knows nothing of other gates: who must pass several, asks each first. */
export class Gate {
  readonly name: string;
  readonly line = new Line<Waiter>();
  /** Wakes the line at `timerAt`. */
  timer: NodeJS.Timeout | undefined;
  timerAt = Number.POSITIVE_INFINITY;
  /** Calls that wait for this gate among others, here or in another line. */
  awaited = 0;
  #limits: Limits = {};
  #active = 0;
  #requests: SlidingWindow | undefined;
  #tokens: SlidingWindow | undefined;
  #concurrency = Number.POSITIVE_INFINITY;
  #heldMs = firstHeldMs;

  constructor(name: string, limits: Limits) {
    this.name = name;
    this.limits = limits;
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** What was used stays used. Throws `ROUTER_REQUEST_INVALID` for anything but whole numbers from 0. */
  set limits(limits: Limits) {
    const { concurrency, requestsPerMinute, tokensPerMinute } = limits;
    check(this.name, 'concurrency', concurrency);
    check(this.name, 'requestsPerMinute', requestsPerMinute);
    check(this.name, 'tokensPerMinute', tokensPerMinute);
    this.#limits = limits;
    this.#concurrency = concurrency ?? Number.POSITIVE_INFINITY;
    this.#requests = changed(this.#requests, requestsPerMinute);
    this.#tokens = changed(this.#tokens, tokensPerMinute);
  }

  fits(tokens: number, now: number): boolean {
    return (
      this.#active < this.#concurrency &&
      (this.#requests === undefined || this.#requests.fits(1, now)) &&
      (this.#tokens === undefined || this.#tokens.fits(tokens, now))
    );
  }

  /** Notes in `entries` where it was charged, two numbers to a gate. */
  take(tokens: number, now: number, entries: number[]): void {
    this.#active += 1;
    entries.push(this.#requests?.charge(1, now) ?? -1, this.#tokens?.charge(tokens, now) ?? -1);
  }

  /** Ends what `take` began so long ago. */
  leave(heldMs: number): void {
    this.#active -= 1;
    // Smoothed as TCP smooths its round trips (RFC 6298).
    this.#heldMs += (heldMs - this.#heldMs) / 8;
  }

  giveBackRequest(entry: number): void {
    if (entry >= 0) this.#requests?.giveBack(entry, 1);
  }

  /**
   * Less than reserved is given back to the time of the reservation; more is charged now, even beyond the limit: it has
   * been used. Nothing else passes until that is made up for.
   */
  settleTokens(entry: number, reserved: number, actual: number, now: number): void {
    if (entry < 0 || !this.#tokens) return;
    if (actual < reserved) this.#tokens.giveBack(entry, reserved - actual);
    else if (actual > reserved) this.#tokens.charge(actual - reserved, now);
  }

  /** What takes longest to come free, or undefined where everything fits. */
  lack(tokens: number, now: number): Lack | undefined {
    let lack: Lack | undefined;
    const add = (limit: Lack['limit'], waitMs: number): void => {
      if (waitMs > 0 && !(lack && lack.waitMs >= waitMs)) lack = { limit, waitMs };
    };
    if (this.#active >= this.#concurrency) {
      add('concurrency', this.#concurrency > 0 ? this.#turnMs() : Number.POSITIVE_INFINITY);
    }
    add('requests', this.#requests?.waitMs(1, now) ?? 0);
    add('tokens', this.#tokens?.waitMs(tokens, now) ?? 0);
    return lack;
  }

  /** Until time alone makes room: Infinity while only the end of a call can. */
  wakeMs(tokens: number, now: number): number {
    if (this.#active >= this.#concurrency) return Number.POSITIVE_INFINITY;
    return Math.max(this.#requests?.waitMs(1, now) ?? 0, this.#tokens?.waitMs(tokens, now) ?? 0);
  }

  /** Whether a new gate of this name would be the same. */
  isUnused(now: number): boolean {
    return (
      this.#active === 0 &&
      this.awaited === 0 &&
      (this.#requests === undefined || this.#requests.used(now) === 0) &&
      (this.#tokens === undefined || this.#tokens.used(now) === 0)
    );
  }

  state(now: number): LimiterState {
    return {
      limits: this.#limits,
      active: this.#active,
      waiting: this.line.size,
      requests: this.#requests?.used(now) ?? 0,
      tokens: this.#tokens?.used(now) ?? 0,
    };
  }

  /** A guess: calls end one after another, each after the time that calls took of late. */
  #turnMs(): number {
    return Math.max(1, (this.#heldMs * (this.line.size + 1)) / this.#concurrency);
  }
}

/** A window stays where its limit goes: calls under way still give back to it. */
function changed(window: SlidingWindow | undefined, limit: number | undefined): SlidingWindow | undefined {
  if (window) window.limit = limit ?? Number.POSITIVE_INFINITY;
  else if (limit !== undefined) return new SlidingWindow(limit);
  return window;
}

function check(name: string, param: string, limit: number | undefined): void {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 0)) return;
  throw requestInvalid(`"${param}" of ${name} must be a whole number of at least 0, not ${limit}.`, param);
}
