import type { AlertRule } from './rule.ts';
import { noTally, type Tally } from './tally.ts';

/** States that are kept of a window at most: it begins up to a sixtieth of its length earlier than told. */
const mostKept = 60;

export interface Reading {
  /** Undefined where nothing has happened that it could be taken of. */
  readonly value: number | undefined;
  /** Events within the window. */
  readonly events: number;
}

/** What has happened between two states. */
const readingOf = (rule: AlertRule, before: Tally, now: Tally, windowMs: number): Reading => {
  const count = now.count - before.count;
  const total = now.total - before.total;
  const histogram =
    before.histogram === undefined || now.histogram === undefined
      ? now.histogram
      : now.histogram.since(before.histogram);
  switch (rule.figure) {
    case 'rate':
      return { value: ((rule.measure === undefined ? count : total) / windowMs) * rule.perMs, events: count };
    case 'sum':
      return { value: rule.measure === undefined ? count : total, events: count };
    case 'ratio':
      return { value: count === 0 ? undefined : (now.part - before.part) / count, events: count };
    case 'mean': {
      // Only some of the events may have had the figure, which is known where its spread is.
      const events = now.histogram === undefined || now.histogram.count === 0 ? count : (histogram?.count ?? 0);
      return { value: events === 0 ? undefined : total / events, events };
    }
    case 'quantile':
    case 'highest': {
      const events = histogram?.count ?? 0;
      return { value: histogram?.quantile(rule.figure === 'highest' ? 1 : rule.quantile), events };
    }
  }
};

/** Looks back over the window of a rule, by what was counted when it began. */
export interface SlidingWindow {
  /** Whether it has been watched for all of its length. */
  isWhole(atMs: number): boolean;
  /** `atMs` never goes back. */
  read(atMs: number, now: Tally): Reading;
}

/** `start`: what had been counted by then. */
export const createWindow = (rule: AlertRule, startMs: number, start: Tally = noTally): SlidingWindow => {
  const { windowMs } = rule;
  const kept: { readonly atMs: number; readonly tally: Tally }[] = [{ atMs: startMs, tally: start }];
  return {
    isWhole: (atMs) => atMs - startMs >= windowMs,
    read(atMs, now) {
      while (kept.length > 1 && (kept[1] as (typeof kept)[number]).atMs <= atMs - windowMs) kept.shift();
      const reading = readingOf(rule, (kept[0] as (typeof kept)[number]).tally, now, windowMs);
      const last = kept[kept.length - 1] as (typeof kept)[number];
      if (atMs - last.atMs >= windowMs / mostKept) kept.push({ atMs, tally: now });
      return reading;
    },
  };
};
