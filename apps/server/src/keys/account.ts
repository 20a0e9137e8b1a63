import { startsAt } from './period.ts';
import type { Budget, BudgetPeriod } from './virtual-key.ts';

/** Money is counted in billionths of a dollar: whole numbers, which add up exactly however many there are. */
const nanoPerUsd = 1_000_000_000;

/** What was used in one hour, and is not in the file yet. */
export interface Increment {
  nanoUsd: number;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  lastAt: number;
}

/** Why one more call does not fit a budget. */
export interface Lack {
  readonly budget: Budget;
  /** When the period of the budget began, epoch milliseconds. */
  readonly start: number;
  readonly leftNanoUsd: number;
  /** What was spent alone would leave room: calls under way hold the rest, and may give some of it back. */
  readonly isHeld: boolean;
}

interface Written {
  readonly start: number;
  readonly version: number;
  readonly nanoUsd: number;
}

/** What one key has spent of a period, as the file has it. */
export type ReadSpent = (period: BudgetPeriod, start: number) => number;

/**
 * The money of one key. Both what waits to be written and what is reserved are kept by the hour in which the call began: each
 * call counts in one period of each kind, the one in which it began, however long it takes, and a clock that is set back does
 * no harm.
 */
export class Account {
  readonly pending = new Map<number, Increment>();
  /** Calls under way. */
  calls = 0;
  readonly #reserved = new Map<number, number>();
  readonly #written: { [Period in BudgetPeriod]?: Written } = {};

  /** What keeps a call out that may cost so much; undefined `nanoUsd` is anything above nothing. */
  lack(
    budgets: readonly Budget[],
    nanoUsd: number | undefined,
    at: number,
    version: number,
    read: ReadSpent,
  ): Lack | undefined {
    // What costs nothing needs no money.
    if (nanoUsd === 0) return undefined;
    const starts = startsAt(at);
    let found: Lack | undefined;
    for (const budget of budgets) {
      const start = starts[budget.per];
      const limit = toNano(budget.usd);
      const spent = this.spent(budget.per, start, version, read);
      const left = limit - spent - this.reserved(budget.per, start);
      if (nanoUsd === undefined ? left > 0 : left >= nanoUsd) continue;
      const isHeld = nanoUsd === undefined ? limit > spent : limit - spent >= nanoUsd;
      // Who waits for several needs the last of them; what is only held comes free first.
      if (!found || (found.isHeld && !isHeld) || found.isHeld === isHeld) {
        found = { budget, start, leftNanoUsd: Math.max(0, left), isHeld };
      }
    }
    return found;
  }

  /** What none of the budgets has spent or reserved, at least 0. */
  left(budgets: readonly Budget[], at: number, version: number, read: ReadSpent): number {
    const starts = startsAt(at);
    let least = Number.POSITIVE_INFINITY;
    for (const { usd, per } of budgets) {
      const start = starts[per];
      least = Math.min(least, toNano(usd) - this.spent(per, start, version, read) - this.reserved(per, start));
    }
    return Math.max(0, least);
  }

  spent(period: BudgetPeriod, start: number, version: number, read: ReadSpent): number {
    let written = this.#written[period];
    if (written?.start !== start || written.version !== version) {
      written = { start, version, nanoUsd: read(period, start) };
      this.#written[period] = written;
    }
    let waiting = 0;
    for (const [hour, { nanoUsd }] of this.pending) if (startsAt(hour)[period] === start) waiting += nanoUsd;
    return written.nanoUsd + waiting;
  }

  reserved(period: BudgetPeriod, start: number): number {
    let sum = 0;
    for (const [hour, nanoUsd] of this.#reserved) if (startsAt(hour)[period] === start) sum += nanoUsd;
    return sum;
  }

  reserve(nanoUsd: number, hour: number): void {
    this.calls += 1;
    if (nanoUsd !== 0) this.#reserved.set(hour, (this.#reserved.get(hour) ?? 0) + nanoUsd);
  }

  giveBack(nanoUsd: number, hour: number): void {
    this.calls -= 1;
    if (nanoUsd === 0) return;
    const left = (this.#reserved.get(hour) ?? 0) - nanoUsd;
    if (left > 0) this.#reserved.set(hour, left);
    else this.#reserved.delete(hour);
  }

  add(used: Omit<Increment, 'requests'>, hour: number): void {
    const present = this.pending.get(hour);
    if (!present) {
      this.pending.set(hour, { ...used, requests: 1 });
      return;
    }
    present.nanoUsd += used.nanoUsd;
    present.requests += 1;
    present.inputTokens += used.inputTokens;
    present.outputTokens += used.outputTokens;
    present.lastAt = Math.max(present.lastAt, used.lastAt);
  }

  /** Whether nothing would be lost with it. */
  get isIdle(): boolean {
    return this.calls === 0 && this.pending.size === 0;
  }
}

/** Rounded up: a call that costs less than the least amount is not free. */
export const toNano = (usd: number): number => Math.ceil(usd * nanoPerUsd * roundingSlack);

/** Takes away what the multiplication itself may have added. */
const roundingSlack = 1 - 2 ** -50;

export const toUsd = (nanoUsd: number): number => nanoUsd / nanoPerUsd;
