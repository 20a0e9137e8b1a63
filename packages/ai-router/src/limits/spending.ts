import { randomUUID } from 'node:crypto';
import { Account, toUnits, toUsd, unitsAbove } from './account.ts';
import {
  type Budget,
  type BudgetState,
  checkBudget,
  checkUsd,
  refusalOf,
  type SpendRefusal,
  stateOf,
} from './budget.ts';
import type { Period } from './period.ts';
import { parseSnapshot, type SpendingSnapshot } from './spending-snapshot.ts';

export interface SpendingOptions {
  /** The budgets of a name, none for no limit. Asked at each reservation: a change takes effect with the next. */
  readonly budgetsOf: (name: string) => readonly Budget[] | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Names this process in snapshots; no other may have the same. @default a random UUID */
  readonly run?: string;
}

export interface SpendRequest {
  /** Who pays, such as `key:7f3a` and `team:docs`: all of them the whole. */
  readonly names: readonly string[];
  /** The most the call may cost, US dollars; 0 is never refused. */
  readonly usd: number;
}

/** Leave to spend. Call `settle` or `release` once the call has ended: until then the estimate counts as spent. */
export interface SpendReservation {
  readonly granted: true;
  /** What it cost, US dollars, even beyond the budget. What is no amount costs what was reserved. Only the first counts. */
  settle(usd: number): void;
  /** It cost nothing. */
  release(): void;
}

/** Budgets by name. What a call cost counts in the period in which it ended. */
export interface Spending {
  /**
   * Reserves the estimate with all names or with none, in one synchronous step. As long as no call costs more than its
   * estimate, no budget is ever exceeded, however many are under way. Throws `ROUTER_REQUEST_INVALID` where an amount is
   * none.
   */
  reserve(request: SpendRequest): SpendReservation | SpendRefusal;
  /** How each budget of a name stands, in their order. */
  state(name: string): BudgetState[];
  /** What was spent in the current periods; calls under way are not in it. */
  snapshot(): SpendingSnapshot;
  /**
   * Adds what was spent before this process began, as a store has kept it, to what it spent itself: a store that could
   * not be read at first may be read later, and one that could not be written misses nothing the next time. Only write
   * what was read before: a snapshot without it would replace it. One process writes a store at a time; several need
   * counters that they share.
   *
   * Throws `ROUTER_REQUEST_INVALID` for what is no snapshot, and then changes nothing.
   */
  restore(snapshot: unknown): void;
}

/** Names below which old ones are not looked for. */
const fewNames = 1_000;

/** A budget that is added counts from then on, unless its name had one of the same period before. */
export function createSpending({ budgetsOf, now = Date.now, run = randomUUID() }: SpendingOptions): Spending {
  const byName = new Map<string, Account[]>();
  let sweepAbove = fewNames;

  const accountOf = (name: string, period: Period, time: number): Account => {
    let accounts = byName.get(name);
    if (!accounts) {
      accounts = [];
      byName.set(name, accounts);
    }
    let account = accounts.find((one) => one.period === period);
    if (!account) {
      account = new Account(name, period, time);
      accounts.push(account);
    }
    account.turn(time);
    return account;
  };

  /** Forgets names that neither spent anything in their current periods nor have a call under way. */
  const sweep = (time: number): void => {
    for (const [name, accounts] of byName) {
      for (const account of accounts) account.turn(time);
      if (accounts.every(({ spent, open }) => spent === 0 && open === 0)) byName.delete(name);
    }
    sweepAbove = Math.max(fewNames, 2 * byName.size);
  };

  return {
    reserve({ names, usd }) {
      checkUsd(usd, '"usd"', 'usd');
      const time = now();
      if (byName.size >= sweepAbove) sweep(time);
      const units = unitsAbove(usd);
      const accounts: Account[] = [];
      let refusal: SpendRefusal | undefined;
      for (const name of names) {
        for (const budget of budgetsOf(name) ?? []) {
          checkBudget(name, budget);
          const account = accountOf(name, budget.period, time);
          if (!accounts.includes(account)) accounts.push(account);
          const refused = refusalOf(account, budget, units, time);
          if (refused && !(refusal && refusal.retryAfterMs >= refused.retryAfterMs)) refusal = refused;
        }
      }
      if (refusal) return refusal;
      return open(accounts, units, now);
    },
    state(name) {
      const time = now();
      return (budgetsOf(name) ?? []).map((budget) => {
        checkBudget(name, budget);
        const account = byName.get(name)?.find(({ period }) => period === budget.period);
        account?.turn(time);
        return stateOf(account ?? new Account(name, budget.period, time), budget);
      });
    },
    snapshot() {
      sweep(now());
      const spent = [...byName.values()].flat().filter((account) => account.spent > 0);
      return {
        version: 1,
        run,
        spent: spent.map((account) => ({
          name: account.name,
          period: account.period,
          start: account.start,
          usd: toUsd(account.spent),
          ownUsd: toUsd(account.own),
        })),
      };
    },
    restore(value) {
      const snapshot = parseSnapshot(value);
      const time = now();
      for (const { name, period, start, usd, ownUsd } of snapshot.spent) {
        const ours = snapshot.run === run ? toUnits(ownUsd) : 0;
        accountOf(name, period, time).recall(start, toUnits(usd) - ours);
      }
    },
  };
}

function open(accounts: readonly Account[], units: number, now: () => number): SpendReservation {
  for (const account of accounts) {
    account.reserved += units;
    account.open += 1;
  }
  let isOpen = true;
  const end = (cost: number): void => {
    if (!isOpen) return;
    isOpen = false;
    const time = now();
    for (const account of accounts) {
      account.turn(time);
      account.reserved -= units;
      account.open -= 1;
      account.own += cost;
    }
  };
  return {
    granted: true,
    settle: (usd) => end(usd >= 0 && usd < Number.POSITIVE_INFINITY ? toUnits(usd) : units),
    release: () => end(0),
  };
}
