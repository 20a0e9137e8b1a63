import type { Recorded } from '../collector/collector.ts';
import type { AlertState } from '../events.ts';
import type { AlertRule } from './rule.ts';
import { advance, calm, type Standing } from './state.ts';
import { createTallies } from './tally.ts';
import { createWindow, type SlidingWindow } from './window.ts';

/** An alert of a rule, for one of its subjects. */
export interface Watched {
  readonly rule: AlertRule;
  readonly subject: string;
  standing: Standing;
  value: number | undefined;
  /** When people were last told that it fires, milliseconds. */
  toldAtMs: number;
  /** Whether they know that it fires, so that they are to be told when it is over. */
  isKnown: boolean;
  evidence: string | undefined;
}

export interface Change {
  readonly watched: Watched;
  readonly from: AlertState;
  readonly before: Standing;
}

/** All alerts of one rule. */
export interface RuleWatch {
  readonly alerts: Iterable<Watched>;
  /**
   * Looks at what is recorded by now, and tells what has changed. `atMs` never goes back. `most`: spreads that are added up at once, where
   * there may be many; the rest follows when it looks again. @default all
   */
  look(recorded: Recorded | undefined, atMs: number, most?: number): readonly Change[];
}

interface Entry extends Watched {
  readonly window: SlidingWindow;
}

/** What has been recorded by `startMs` is over: only what comes later counts. */
export const createRuleWatch = (rule: AlertRule, recorded: Recorded | undefined, startMs: number): RuleWatch => {
  const tallies = createTallies(rule);
  const entries = new Map<string, Entry>();
  let lookedAtMs = startMs;

  const add = (subject: string, window: SlidingWindow, atMs: number): Entry => {
    const toldAtMs = Number.NEGATIVE_INFINITY;
    const made = { rule, subject, window, standing: calm(atMs), value: undefined, toldAtMs };
    const entry: Entry = { ...made, isKnown: false, evidence: undefined };
    entries.set(subject, entry);
    return entry;
  };

  // A rate that is too low is too low from the start, when nothing was recorded yet.
  if (rule.by === undefined) add('', createWindow(rule, startMs, tallies(recorded).get('')), startMs);
  else for (const [subject, tally] of tallies(recorded)) add(subject, createWindow(rule, startMs, tally), startMs);

  return {
    alerts: { [Symbol.iterator]: () => entries.values() },
    look(now, atMs, most) {
      const changes: Change[] = [];
      const all = tallies(now, most);
      for (const subject of all.keys())
        if (!entries.has(subject)) add(subject, createWindow(rule, lookedAtMs), lookedAtMs);
      for (const entry of entries.values()) {
        const tally = all.get(entry.subject);
        const reading = entry.window.read(atMs, tally ?? { count: 0, part: 0, total: 0, histogram: undefined });
        // Less than some is no finding as long as not all of it was seen.
        const isEarly =
          rule.direction === 'below' && ['rate', 'sum'].includes(rule.figure) && !entry.window.isWhole(atMs);
        entry.value = isEarly ? undefined : reading.value;
        const before = entry.standing;
        entry.standing = advance(rule, before, { ...reading, value: entry.value }, atMs);
        if (entry.standing.state !== before.state) changes.push({ watched: entry, from: before.state, before });
      }
      lookedAtMs = atMs;
      return changes;
    },
  };
};
