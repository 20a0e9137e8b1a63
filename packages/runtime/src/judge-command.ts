import { existsSync } from 'node:fs';
import { alertKind, type Collector, createCollector, type Recorded, sampleKind } from '@hotpath/telemetry';
import type { AlertChangeEvent } from '@hotpath/telemetry/alerts';
import { openEventStore } from '@hotpath/telemetry/event-store';
import type { ResolvedAlerts } from './alerts-config.ts';

export interface JudgeCommandOptions {
  readonly config: ResolvedAlerts;
  /** What the command recorded. */
  readonly collector: Collector;
  /** The file of events, which knows what was told of already. */
  readonly path: string;
  readonly startMs: number;
  readonly nowMs: number;
}

const dayMs = 86_400_000;
const mostChanges = 1000;

/** What passes none of these passes no default rule. */
const least = {
  commandMicros: 100_000,
  queryMicros: 40_000,
  bytes: 500 * 2 ** 20,
  steps: 10,
  // Of twenty requests, the fewest that are judged, two are more than 5%.
  failedRequests: 2,
  failedCalls: 5,
  lookups: 100,
};

const countOf = ({ series }: Recorded): number => series.reduce((sum, { count }) => sum + count, 0);

/** The highest of a figure whose highest value is kept. */
const highestOf = ({ kind, series }: Recorded, measure: string): number =>
  series.reduce((most, { totals }) => Math.max(most, totals[kind.measureAt[measure] as number] ?? 0), 0);

const failuresIn = ({ kind, series }: Recorded): number =>
  series.reduce(
    (sum, { names, count }) => (names[kind.dimensionAt.outcome as number] === 'failed' ? sum + count : sum),
    0,
  );

const mayFire: Readonly<Record<string, (recorded: Recorded) => boolean>> = {
  // Of one process there is one command.
  command: (recorded) => highestOf(recorded, 'start') > least.commandMicros,
  query: (recorded) => highestOf(recorded, 'slowest') > least.queryMicros,
  step: (recorded) => countOf(recorded) >= least.steps,
  request: (recorded) => failuresIn(recorded) >= least.failedRequests,
  attempt: (recorded) => failuresIn(recorded) >= least.failedCalls,
  lookup: (recorded) => countOf(recorded) >= least.lookups,
  sample: () => true,
};

const residentBytes = (): number => process.memoryUsage.rss();

/** The memory of this process, as a sample of it would tell. */
const memorySample = (): readonly Recorded[] => {
  const collector = createCollector();
  const { values, push } = collector.recorder(sampleKind);
  values[sampleKind.measureAt.memory] = residentBytes();
  push(Date.now());
  return collector.recorded();
};

/** Rules that fired in the last day, by whatever process. */
const firedOfLate = (path: string, nowMs: number): ReadonlySet<string> => {
  if (!existsSync(path)) return new Set();
  const store = openEventStore({ path, isReadOnly: true, busyMs: 100 });
  try {
    const where = { state: 'firing' };
    const fired = store.list(alertKind, { fromMs: nowMs - dayMs, toMs: nowMs + 1, where, limit: mostChanges });
    return new Set(fired.map(({ names }) => names.rule ?? ''));
  } finally {
    void store.close();
  }
};

/**
 * Judges a command by the rules before it ends, and records what fires, each rule once a day. Those that people are to be told of are returned:
 * what somebody should look at now, and rules that the configuration names. Never rejects: what cannot be judged is not told.
 */
export const judgeCommand = async (options: JudgeCommandOptions): Promise<readonly AlertChangeEvent[]> => {
  const { config, collector, path, startMs, nowMs } = options;
  if (!config.enabled) return [];
  const recorded = collector.recorded();
  const isNamed = (rule: string): boolean => Object.hasOwn(config.rules, rule);
  const isWorthIt =
    Object.keys(config.rules).length > 0 ||
    residentBytes() > least.bytes ||
    recorded.some((each) => mayFire[each.kind.name]?.(each));
  if (!isWorthIt) return [];
  try {
    const { judgeOnce } = await import('@hotpath/telemetry/alerts');
    const isSampled = recorded.some(({ kind }) => kind.name === sampleKind.name);
    let known: ReadonlySet<string> | undefined;
    const isKnown = (rule: string): boolean => {
      known ??= firedOfLate(path, nowMs);
      return known.has(rule);
    };
    const more = isSampled ? [] : memorySample();
    const events = judgeOnce({ collector, rules: config.rules, more, startMs, nowMs, isKnown });
    return events.filter(({ severity, rule }) => severity === 'page' || isNamed(rule));
  } catch {
    return [];
  }
};
