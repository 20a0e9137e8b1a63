import { roundUsd, showCount, showDuration, showUsd } from '../figures.ts';
import { isFailed, type Outcome } from './outcome.ts';

/** How far a run has come. */
export interface Tally {
  /** A row is over: by this run, or by one before it. */
  add(outcome: Outcome, isKept: boolean): void;
  /** Calls that brought nothing are billed all the same, US dollars. */
  pay(costUsd: number): void;
  figures(): Figures;
  /** One line of at most 79 columns. */
  line(): string;
}

export interface Figures {
  readonly rows: number;
  readonly answered: number;
  readonly failed: number;
  /** Neither answered nor failed. */
  readonly left: number;
  /** What this run has paid, US dollars. */
  readonly costUsd: number;
  /** The part of it for calls that were given up, or whose answer could not be kept: an estimate. */
  readonly lostUsd: number;
  /** Answers of this run whose price nobody knows. */
  readonly unpriced: number;
  /** Answers of this run that came from the cache, or from the call for an equal row. */
  readonly cached: number;
  /** Answers of this run that were cut at the limit of tokens. */
  readonly cut: number;
}

/** `now`: milliseconds, from any beginning. */
export const createTally = (rows: number, now: () => number = () => performance.now()): Tally => {
  const startedAt = now();
  let answered = 0;
  let failed = 0;
  let kept = 0;
  let costUsd = 0;
  let lostUsd = 0;
  let unpriced = 0;
  let cached = 0;
  let cut = 0;

  return {
    add: (outcome, isKept) => {
      if (isFailed(outcome)) failed += 1;
      else answered += 1;
      if (isKept) {
        kept += 1;
        return;
      }
      costUsd += outcome.costUsd ?? 0;
      if (!isFailed(outcome)) {
        if (outcome.costUsd === undefined) unpriced += 1;
        if (outcome.cache === 'hit' || outcome.cache === 'coalesced') cached += 1;
        if (outcome.finishReason === 'length') cut += 1;
      }
    },
    pay: (lost) => {
      costUsd += lost;
      lostUsd += lost;
    },
    figures: () => ({
      rows,
      answered,
      failed,
      left: rows - answered - failed,
      costUsd: roundUsd(costUsd),
      lostUsd: roundUsd(lostUsd),
      unpriced,
      cached,
      cut,
    }),
    line: () => {
      const done = answered + failed;
      const elapsedMs = now() - startedAt;
      const perSecond = elapsedMs > 0 ? ((done - kept) * 1_000) / elapsedMs : 0;
      const eta = perSecond > 0 ? showDuration(((rows - done) / perSecond) * 1_000) : 'unknown';
      return [
        `${showCount(done)}/${showCount(rows)} rows`,
        `${Math.floor((done / Math.max(1, rows)) * 100)}%`,
        `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`,
        `${showCount(failed)} failed`,
        showUsd(costUsd),
        `ETA ${eta}`,
      ]
        .join(' · ')
        .slice(0, 79);
    },
  };
};
