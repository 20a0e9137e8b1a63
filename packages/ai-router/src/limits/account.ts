import { type Period, periodEnd, periodStart } from './period.ts';

/**
 * Money is counted in whole billionths of a dollar: a token costs 10 of them at least, and whole numbers add up and come
 * back to nothing where fractions would drift. They are exact up to 9 million dollars.
 */
const unitsPerUsd = 1e9;

/** Rounds up: an estimate must not fall short. */
export const unitsAbove = (usd: number): number => Math.ceil(Number((usd * unitsPerUsd).toFixed(3)));
export const toUnits = (usd: number): number => Math.round(usd * unitsPerUsd);
export const toUsd = (units: number): number => units / unitsPerUsd;

/** What one name spends in one kind of period. */
export class Account {
  readonly name: string;
  readonly period: Period;
  /** When the current period began and ends, epoch milliseconds. */
  start: number;
  end: number;
  /** Spent in the current period by this process. */
  own = 0;
  /** Spent in it by those before, as the store has told. */
  earlier = 0;
  /** Of calls under way, whenever they began: they will be paid for in the period in which they end. */
  reserved = 0;
  /** Calls under way. */
  open = 0;

  constructor(name: string, period: Period, now: number) {
    this.name = name;
    this.period = period;
    this.start = periodStart(period, now);
    this.end = periodEnd(period, this.start);
  }

  get spent(): number {
    return this.own + this.earlier;
  }

  /** Begins a new period where its time has come; a clock that goes back brings no old one back. */
  turn(now: number): void {
    if (now < this.end) return;
    this.start = periodStart(this.period, now);
    this.end = periodEnd(this.period, this.start);
    this.own = 0;
    this.earlier = 0;
  }

  /**
   * Takes over what the store knows of a period that began at `start`. Heard twice, or late, it counts once; of a period
   * that has not begun here, since another clock was ahead, it counts in this one.
   */
  recall(start: number, earlier: number): void {
    if (start >= this.start) this.earlier = Math.max(this.earlier, earlier);
  }
}
