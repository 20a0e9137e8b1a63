import { requestInvalid } from '../errors.ts';
import { type Account, toUnits, toUsd } from './account.ts';
import { type Period, periods } from './period.ts';

/** The most to spend in a period, US dollars. */
export interface Budget {
  readonly usd: number;
  readonly period: Period;
}

export interface SpendRefusal {
  readonly granted: false;
  readonly limit: 'budget';
  /** Whose budget, the one that takes longest to have enough. */
  readonly name: string;
  readonly period: Period;
  /** When to try again, whole milliseconds, at least 1; Infinity for never. */
  readonly retryAfterMs: number;
  /** For people: what is spent and what to do. */
  readonly reason: string;
}

export interface BudgetState {
  readonly period: Period;
  readonly budgetUsd: number;
  readonly spentUsd: number;
  /** Of calls under way. */
  readonly reservedUsd: number;
  /** What a new call may cost: never below 0. */
  readonly leftUsd: number;
  /** Epoch milliseconds; undefined for `total`. */
  readonly resetsAt: number | undefined;
}

/** A call under way is likely to give something back by then. */
const soonMs = 1_000;

/** Undefined where there is enough. */
export function refusalOf(account: Account, budget: Budget, units: number, now: number): SpendRefusal | undefined {
  const { name, period, spent, reserved, end } = account;
  const limit = toUnits(budget.usd);
  if (units === 0 || spent + reserved + units <= limit) return undefined;
  const resetMs = Math.max(1, Math.ceil(end - now));
  let retryAfterMs = resetMs;
  if (units > limit) retryAfterMs = Number.POSITIVE_INFINITY;
  else if (spent + units <= limit) retryAfterMs = Math.min(soonMs, resetMs);
  const again =
    retryAfterMs === Number.POSITIVE_INFINITY
      ? 'Ask for less, or raise the budget.'
      : retryAfterMs < resetMs
        ? 'Try again when calls under way have ended, or raise the budget.'
        : `Wait until ${new Date(end).toISOString()}, or raise the budget.`;
  return {
    granted: false,
    limit: 'budget',
    name,
    period,
    retryAfterMs,
    reason: `${name} may spend $${shown(limit)} ${spans[period]}: $${shown(spent)} are spent, $${shown(reserved)} reserved for calls under way, and this call may cost $${shown(units)}. ${again}`,
  };
}

export function stateOf({ spent, reserved, end }: Account, { usd, period }: Budget): BudgetState {
  return {
    period,
    budgetUsd: usd,
    spentUsd: toUsd(spent),
    reservedUsd: toUsd(reserved),
    leftUsd: toUsd(Math.max(0, toUnits(usd) - spent - reserved)),
    resetsAt: end === Number.POSITIVE_INFINITY ? undefined : end,
  };
}

const spans: Readonly<Record<Period, string>> = {
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  month: 'a month',
  total: 'in total',
};

const shown = (units: number): string => String(Number(toUsd(units).toFixed(6)));

/** Throws `ROUTER_REQUEST_INVALID`. */
export function checkUsd(usd: number, what: string, param: string): void {
  if (usd >= 0 && usd < Number.POSITIVE_INFINITY) return;
  throw requestInvalid(`${what} must be an amount in US dollars of at least 0, not ${usd}.`, param);
}

/** Throws `ROUTER_REQUEST_INVALID`. */
export function checkBudget(name: string, { usd, period }: Budget): void {
  checkUsd(usd, `A budget of ${name}`, 'budget');
  if (!periods.includes(period)) {
    throw requestInvalid(
      `The period of a budget of ${name} must be one of ${periods.join(', ')}, not ${period}.`,
      'period',
    );
  }
}
