import { LogHistogram } from '../collector/log-histogram.ts';
import type { EventKind } from '../kind.ts';
import { runKind, stepKind } from '../kinds/batch.ts';
import { commandKind } from '../kinds/process.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Group } from '../store/query.ts';
import { type Durations, durationsOf, rate } from './figures.ts';
import { knownPeriod } from './known-period.ts';
import type { Period, PeriodQuery } from './period.ts';

export interface RunsQuery extends PeriodQuery {
  /** At most so many commands, runs and steps each. @default 20 */
  readonly limit?: number | undefined;
}

export interface CommandFigures {
  readonly command: string;
  readonly count: number;
  readonly failed: number;
  readonly interrupted: number;
  /** Share that came to its end well of those that were not interrupted, from 0 to 1. */
  readonly successRate: number | null;
  /** From the start of the process until its end, of those that came to it well. */
  readonly durationMs: Durations | null;
  /** From the start of the process until the command began. */
  readonly startMs: Durations | null;
}

export interface RunFigures {
  /** The name of the workflow; empty where it is not known. */
  readonly run: string;
  /** Runs that came to an end: committed, failed or recovered. */
  readonly count: number;
  readonly committed: number;
  /** All that failed, or were stopped: with those that were undone, and those of which something was kept. */
  readonly failed: number;
  /** Those that failed and were taken back. */
  readonly undone: number;
  /** Those that failed and of which stands what had succeeded. */
  readonly kept: number;
  /** Those whose process ended in the middle, and that were put in order by another. */
  readonly recovered: number;
  /** How often one waited for a yes, which is no end. */
  readonly paused: number;
  /** Those that somebody undid after their end. */
  readonly reverted: number;
  /** Share that was committed, from 0 to 1. */
  readonly successRate: number | null;
  /** Of those that were committed. */
  readonly durationMs: Durations | null;
  readonly costUsd: number;
}

export interface StepFigures {
  /** The name of the workflow. */
  readonly run: string;
  /** Its own name, without the numbers of a list it is one of. */
  readonly step: string;
  readonly count: number;
  readonly failed: number;
  /** Those that were not done again, because they had been before. */
  readonly reused: number;
  /** Those that had no turn: skipped, blocked by others, or cancelled. */
  readonly unrun: number;
  /** Of those that were done and succeeded. */
  readonly durationMs: Durations | null;
  readonly costUsd: number;
}

/** What commands, runs and steps came to; the most frequent first. */
export interface RunsReport extends Period {
  readonly version: 1;
  readonly commands: readonly CommandFigures[];
  readonly runs: readonly RunFigures[];
  readonly steps: readonly StepFigures[];
  /** How many more names there are. */
  readonly others: { readonly commands: number; readonly runs: number; readonly steps: number };
}

const perUsd = 1e6;

/** Groups that have the same names, and what they come to. */
class Tally {
  readonly names: Group['names'];
  readonly #groups: Group[] = [];

  constructor({ names }: Group) {
    this.names = names;
  }

  add(group: Group): void {
    this.#groups.push(group);
  }

  count(isMeant: (names: Group['names']) => boolean = () => true): number {
    return this.#groups.reduce((sum, { names, count }) => sum + (isMeant(names) ? count : 0), 0);
  }

  ended(...outcomes: readonly string[]): number {
    return this.count(({ outcome = '' }) => outcomes.includes(outcome));
  }

  costUsd(): number {
    return this.#groups.reduce((sum, { totals }) => sum + (totals.cost ?? 0), 0) / perUsd;
  }

  spread(figure: string, isMeant: (names: Group['names']) => boolean = () => true): Durations | null {
    const all = new LogHistogram();
    for (const { names, spreads } of this.#groups)
      if (isMeant(names) && spreads[figure] !== undefined) all.merge(spreads[figure]);
    return durationsOf(all);
  }
}

const outcomeIs =
  (wanted: string) =>
  ({ outcome }: Group['names']): boolean =>
    outcome === wanted;

const commandFigures = (tally: Tally): CommandFigures => {
  const [count, complete, interrupted] = [tally.count(), tally.ended('complete'), tally.ended('interrupted')];
  return {
    command: tally.names.command ?? '',
    count,
    failed: tally.ended('failed'),
    interrupted,
    successRate: rate(complete, count - interrupted),
    durationMs: tally.spread('duration', outcomeIs('complete')),
    startMs: tally.spread('start'),
  };
};

const runFigures = (tally: Tally): RunFigures => {
  const [committed, undone, kept] = [tally.ended('committed'), tally.ended('undone'), tally.ended('kept')];
  const failed = tally.ended('failed') + undone + kept;
  const recovered = tally.ended('recovered');
  const count = committed + failed + recovered;
  return {
    run: tally.names.run_name ?? '',
    count,
    committed,
    failed,
    undone,
    kept,
    recovered,
    paused: tally.ended('paused'),
    reverted: tally.ended('reverted'),
    successRate: rate(committed, count),
    durationMs: tally.spread('duration', outcomeIs('committed')),
    costUsd: tally.costUsd(),
  };
};

const stepFigures = (tally: Tally): StepFigures => ({
  run: tally.names.run_name ?? '',
  step: tally.names.step ?? '',
  count: tally.count(),
  failed: tally.ended('failed'),
  reused: tally.count(({ reused }) => reused === 'yes'),
  unrun: tally.ended('skipped', 'blocked', 'cancelled'),
  durationMs: tally.spread('duration', ({ outcome, reused }) => outcome === 'succeeded' && reused === 'no'),
  costUsd: tally.costUsd(),
});

/** What commands, runs and steps came to, and how long they took. Throws `TELEMETRY_QUERY_INVALID`. */
export const runs = (store: EventStore, query: RunsQuery = {}): RunsReport => {
  const { limit = 20 } = query;
  const period = knownPeriod(store, query, [commandKind, runKind, stepKind]);

  const read = (
    kind: EventKind,
    by: readonly string[],
    apart: readonly string[],
    figures: { readonly totals?: readonly string[]; readonly spreads: readonly string[] },
  ): readonly Tally[] => {
    const found = new Map<string, Tally>();
    for (const group of store.aggregate(kind, { ...period, by: [...by, ...apart], totals: [], ...figures })) {
      const key = JSON.stringify(by.map((name) => group.names[name]));
      const tally = found.get(key) ?? new Tally(group);
      found.set(key, tally);
      tally.add(group);
    }
    return [...found.values()].sort((one, other) => other.count() - one.count());
  };

  const commands = read(commandKind, ['command'], ['outcome'], { spreads: ['duration', 'start'] });
  const ofRuns = read(runKind, ['run_name'], ['outcome'], { totals: ['cost'], spreads: ['duration'] });
  const steps = read(stepKind, ['run_name', 'step'], ['outcome', 'reused'], {
    totals: ['cost'],
    spreads: ['duration'],
  });
  const more = (tallies: readonly Tally[]): number => Math.max(0, tallies.length - limit);
  return {
    version: 1,
    ...period,
    commands: commands.slice(0, limit).map(commandFigures),
    runs: ofRuns.slice(0, limit).map(runFigures),
    steps: steps.slice(0, limit).map(stepFigures),
    others: { commands: more(commands), runs: more(ofRuns), steps: more(steps) },
  };
};
