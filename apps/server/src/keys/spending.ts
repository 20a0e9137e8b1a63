import { Account, type Lack, type ReadSpent, toNano, toUsd } from './account.ts';
import type { KeyDatabase } from './database.ts';
import type { KeyFile } from './key-file.ts';
import { dayMs, endOf, hourMs, startsAt } from './period.ts';
import { type Budget, type BudgetPeriod, budgetPeriods, type VirtualKey } from './virtual-key.ts';

export interface SpendingOptions {
  readonly file: KeyFile;
  /** Whole epoch milliseconds. */
  readonly now: () => number;
  readonly flushMs: number;
  readonly onError: (error: unknown) => void;
}

/** Tokens of one call. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Leave to spend. Its money is held until it is settled. */
export interface SpendingReservation {
  readonly granted: true;
  /**
   * The call cost so much: 0 for one that failed or was answered from the cache; undefined leaves what was reserved. Only
   * the first call counts. More than was reserved is charged all the same, it has been spent.
   */
  settle(usd: number | undefined, usage?: CallUsage): void;
}

/** A budget has no room. */
export interface SpendingRefusal {
  readonly granted: false;
  readonly budget: Budget;
  readonly leftUsd: number;
  /** Calls under way hold what is missing, and may give some of it back. */
  readonly isHeld: boolean;
  /** When the budget begins anew, epoch milliseconds; null for never. */
  readonly resetsAt: number | null;
}

export interface BudgetState extends Budget {
  /** In this period, by all processes, as far as they have written it. */
  readonly spentUsd: number;
  /** Held for calls under way in this process. */
  readonly reservedUsd: number;
  /** Epoch milliseconds; null for never. */
  readonly resetsAt: number | null;
}

export interface SpendingQuery {
  /** @default "day" */
  readonly period?: BudgetPeriod | undefined;
  /** Periods that began then or later, epoch milliseconds. @default 0 */
  readonly since?: number | undefined;
  /** Of this key alone, by id. */
  readonly keyId?: string | undefined;
  /** The newest come first. @default 1000 */
  readonly limit?: number | undefined;
}

/** What one key used in one period. */
export interface SpendingRow {
  readonly keyId: string;
  readonly name: string;
  readonly team: string | null;
  readonly isDeleted: boolean;
  readonly period: BudgetPeriod;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly costUsd: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** When a call was last settled, epoch milliseconds. */
  readonly lastAt: number;
}

/**
 * What keys have spent, held against their budgets. Money is reserved before a call and settled after it, in one synchronous
 * step each: within a process no budget is ever overspent by calls that cost no more than was reserved for them. Processes
 * that share a file learn of each other's spending within a second, and so may overspend together by what they reserve in
 * that time.
 */
export interface Spending {
  /**
   * `usd`: the most that the call may cost; undefined for one whose price nobody knows, which passes while anything is left.
   * `leastUsd`: nobody knows that it will cost more than this; where there is room for it but not for `usd`, all the room is
   * reserved. @default `usd`
   */
  reserve(key: VirtualKey, usd: number | undefined, leastUsd?: number): SpendingReservation | SpendingRefusal;
  budgetsOf(key: VirtualKey): readonly BudgetState[];
  /** When a call of the key was last settled, epoch milliseconds. */
  lastUseOf(keyId: string): number | undefined;
  report(query?: SpendingQuery): readonly SpendingRow[];
  /** Writes what waits. Throws `KEYS_FILE_UNUSABLE` and `KEYS_FILE_BUSY`, and then goes on waiting. */
  flush(): void;
  /** Writes what waits, and then takes nothing more. What cannot be written is reported. */
  close(): void;
}

/** A price table that is wrong by orders of magnitude must not take the sums out of what is exact. */
const mostUsdOfACall = 1_000_000;
const hoursKeptMs = 14 * dayMs;
const daysKeptMs = 400 * dayMs;

export const createSpending = ({ file, now, flushMs, onError }: SpendingOptions): Spending => {
  const accounts = new Map<string, Account>();
  /** Those with something to write. */
  const waiting = new Map<string, Account>();
  let timer: NodeJS.Timeout | undefined;
  let trimmedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  const accountOf = (id: string): Account => {
    const known = accounts.get(id);
    if (known) return known;
    const account = new Account();
    accounts.set(id, account);
    return account;
  };

  const readerOf =
    (id: string): ReadSpent =>
    (period, start) =>
      file.read((database) => Number(database.spent.get(id, period, start)?.nano_usd ?? 0)) ?? 0;

  /** Once an hour: what nobody asks for any more, on disk and in memory. */
  const trim = (database: KeyDatabase, at: number): void => {
    if (Math.abs(at - trimmedAt) < hourMs) return;
    trimmedAt = at;
    database.trimSpending.run('hour', at - hoursKeptMs);
    database.trimSpending.run('day', at - daysKeptMs);
    for (const [id, account] of accounts) if (account.isIdle) accounts.delete(id);
  };

  const write = (database: KeyDatabase): void => {
    for (const [id, { pending }] of waiting) {
      for (const [hour, { nanoUsd, requests, inputTokens, outputTokens, lastAt }] of pending) {
        const starts = startsAt(hour);
        for (const period of budgetPeriods) {
          database.addSpending.run(id, period, starts[period], nanoUsd, requests, inputTokens, outputTokens, lastAt);
        }
      }
    }
    trim(database, now());
  };

  const flush = (): void => {
    if (waiting.size === 0 || !file.addSpending(write)) return;
    for (const { pending } of waiting.values()) pending.clear();
    waiting.clear();
  };

  const flushLater = (): void => {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      try {
        flush();
      } catch (error) {
        onError(error);
      }
      if (waiting.size > 0) flushLater();
    }, flushMs).unref();
  };

  const refuse = (lack: Lack): SpendingRefusal => ({
    granted: false,
    budget: lack.budget,
    leftUsd: toUsd(lack.leftNanoUsd),
    isHeld: lack.isHeld,
    resetsAt: endOf(lack.budget.per, lack.start),
  });

  return {
    reserve({ id, budgets }, usd, leastUsd = usd) {
      const at = now();
      const account = accountOf(id);
      const nanoUsd = usd === undefined ? undefined : toNano(Math.max(0, usd));
      let held = nanoUsd ?? 0;
      if (budgets.length > 0) {
        file.poll();
        const least = leastUsd === undefined ? undefined : toNano(Math.max(0, leastUsd));
        const lack = account.lack(budgets, least, at, file.spendingVersion, readerOf(id));
        if (lack) return refuse(lack);
        held = Math.min(held, account.left(budgets, at, file.spendingVersion, readerOf(id)));
      }
      const { hour } = startsAt(at);
      account.reserve(held, hour);
      let isSettled = false;
      return {
        granted: true,
        settle(costUsd, { inputTokens, outputTokens } = noTokens) {
          if (isSettled) return;
          isSettled = true;
          account.giveBack(held, hour);
          if (closed) return;
          const nanoSpent = isAmount(costUsd) ? toNano(Math.min(costUsd, mostUsdOfACall)) : held;
          account.add(
            { nanoUsd: nanoSpent, inputTokens: count(inputTokens), outputTokens: count(outputTokens), lastAt: now() },
            hour,
          );
          waiting.set(id, account);
          flushLater();
        },
      };
    },
    budgetsOf({ id, budgets }) {
      file.poll();
      const account = accountOf(id);
      const starts = startsAt(now());
      return budgets.map(({ usd, per }) => ({
        usd,
        per,
        spentUsd: toUsd(account.spent(per, starts[per], file.spendingVersion, readerOf(id))),
        reservedUsd: toUsd(account.reserved(per, starts[per])),
        resetsAt: endOf(per, starts[per]),
      }));
    },
    lastUseOf(id) {
      const at = file.read((database) => database.lastUse.get(id)?.last_at);
      return at === undefined ? undefined : Number(at);
    },
    report({ period = 'day', since = 0, keyId, limit = 1000 } = {}) {
      const rows = file.read((database) =>
        keyId === undefined
          ? database.report.all(period, since, limit)
          : database.reportOfKey.all(keyId, period, since, limit),
      );
      return (rows ?? []).map(spendingRow);
    },
    flush,
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      try {
        flush();
      } catch (error) {
        onError(error);
      }
    },
  };
};

const noTokens: CallUsage = { inputTokens: 0, outputTokens: 0 };

const isAmount = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY;

const count = (tokens: number): number => (isAmount(tokens) ? Math.round(tokens) : 0);

const spendingRow = (row: Readonly<Record<string, unknown>>): SpendingRow => ({
  keyId: String(row.key_id),
  name: String(row.name),
  team: row.team === null ? null : String(row.team),
  isDeleted: row.deleted_at !== null,
  period: row.period as BudgetPeriod,
  start: Number(row.start),
  costUsd: toUsd(Number(row.nano_usd)),
  requests: Number(row.requests),
  inputTokens: Number(row.input_tokens),
  outputTokens: Number(row.output_tokens),
  lastAt: Number(row.last_at),
});
