import type { Gate, Lack } from './gate.ts';

/** What a call asks for before it is made. */
export interface ReserveRequest {
  /** The most it may use: its estimated input and the most it may answer. */
  readonly tokens: number;
  /**
   * Nobody knows that it will use more than this: it passes where there is room for so much, and takes `tokens` all the
   * same: nothing else passes until what is too much of it has come back. @default `tokens`
   */
  readonly leastTokens?: number | undefined;
  /** Leaves the queue. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait in the queue, milliseconds; 0 does not wait. @default no limit */
  readonly deadlineMs?: number | undefined;
}

/** Leave to make one call. Call `settle` or `release` once it has ended: until then it holds its place. */
export interface Reservation {
  readonly granted: true;
  /**
   * The call used so many tokens: the difference is given back, or charged now. What is no number leaves the
   * reservation as it was. Only the first of all calls of `settle` and `release` counts.
   */
  settle(actualTokens: number): void;
  /**
   * No answer came: gives all tokens back. The call itself still counts as one of its minute unless `sent` is false:
   * providers count those that failed, too (OpenAI's cookbook, "How to handle rate limits"). @default sent
   */
  release(options?: { readonly sent?: boolean }): void;
}

/** No leave. */
export interface Refusal {
  readonly granted: false;
  /** What ran out; `queue`: too many wait already, or others came first. */
  readonly limit: Lack['limit'];
  /** The limiter's name. */
  readonly name: string;
  /** When to try again, whole milliseconds, at least 1; Infinity for a call that is larger than the limit itself. */
  readonly retryAfterMs: number;
  /** For people: what ran out and what to do. */
  readonly reason: string;
}

/** What became of a call that asked. Tell them apart by `granted`. */
export type Verdict = Reservation | Refusal;

/** What happens to gates when one that passed them ends: tells the time, and lets the next ones in. */
export interface Ending {
  now(): number;
  left(gates: readonly Gate[], now: number): void;
}

/** Tokens that a call needs room for, and those that it takes. */
export interface Amount {
  readonly tokens: number;
  readonly most: number;
}

/** Passed all of its gates in one step, and leaves them in one. */
export class Hold implements Reservation {
  readonly granted = true;
  readonly #gates: readonly Gate[];
  readonly #tokens: number;
  readonly #takenAt: number;
  readonly #ending: Ending;
  readonly #entries: number[] = [];
  #ended = false;

  constructor(gates: readonly Gate[], { most }: Amount, now: number, ending: Ending) {
    this.#gates = gates;
    this.#tokens = most;
    this.#takenAt = now;
    this.#ending = ending;
    for (const gate of gates) gate.take(most, now, this.#entries);
  }

  settle(actualTokens: number): void {
    this.#end(
      actualTokens >= 0 && actualTokens < Number.POSITIVE_INFINITY ? Math.ceil(actualTokens) : this.#tokens,
      true,
    );
  }

  release({ sent = true }: { readonly sent?: boolean } = {}): void {
    this.#end(0, sent);
  }

  #end(actual: number, sent: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const now = this.#ending.now();
    let entry = 0;
    for (const gate of this.#gates) {
      if (!sent) gate.giveBackRequest(this.#entries[entry] as number);
      gate.settleTokens(this.#entries[entry + 1] as number, this.#tokens, actual, now);
      gate.leave(now - this.#takenAt);
      entry += 2;
    }
    this.#ending.left(this.#gates, now);
  }
}

/** Says who refused, what ran out, and what to do. */
export function refuse(
  { name, limits }: Pick<Gate, 'name' | 'limits'>,
  { limit, waitMs }: Lack,
  tokens: number,
): Refusal {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const again = `Try again in ${Math.ceil(retryAfterMs / 1_000)} s`;
  const reasons = {
    concurrency: () => `${name} allows ${limits.concurrency} calls at the same time. ${again}, or raise "concurrency".`,
    requests: () =>
      `${name} allows ${limits.requestsPerMinute} calls a minute. ${again}, or raise "requestsPerMinute".`,
    tokens: () =>
      waitMs === Number.POSITIVE_INFINITY
        ? `This call may use ${tokens} tokens, and ${name} allows ${limits.tokensPerMinute} a minute. Shorten it, ask for fewer output tokens, or raise "tokensPerMinute".`
        : `${name} allows ${limits.tokensPerMinute} tokens a minute. ${again}, or raise "tokensPerMinute".`,
    queue: () => `Too many calls wait for ${name}. ${again}, or raise "maxQueue".`,
  };
  const never = waitMs === Number.POSITIVE_INFINITY && limit !== 'tokens';
  return {
    granted: false,
    limit,
    name,
    retryAfterMs,
    reason: never ? `${name} allows no calls: its limit of ${limit} is 0. Raise it.` : reasons[limit](),
  };
}
