import { type CompareOptions, type Comparison, compare } from '../analytics/compare.ts';
import { cost } from '../analytics/cost.ts';
import { errors } from '../analytics/errors-report.ts';
import { overview } from '../analytics/overview.ts';
import { type PatternsQuery, type PatternsReport, patterns } from '../analytics/patterns.ts';
import { runs } from '../analytics/runs.ts';
import { savings } from '../analytics/savings.ts';
import { type SnapshotQuery, snapshot } from '../analytics/snapshot.ts';
import { summary } from '../analytics/summary.ts';
import { top } from '../analytics/top.ts';
import { type AnomalyReport, type ReadAnomaliesOptions, readAnomalies } from '../anomalies/read-anomalies.ts';
import { kindNamed } from '../kinds.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ListedEvent, ListQuery } from '../store/list-events.ts';
import type { AggregateQuery, Group } from '../store/query.ts';

/** A kind by its name. */
interface OfKind {
  readonly kind: string;
}

/** A group whose spreads are quantiles: what of it can be sent. */
export interface GroupView extends Omit<Group, 'spreads'> {
  /** By figure; in its unit. */
  readonly quantiles: Readonly<Record<string, { readonly p50: number; readonly p95: number; readonly p99: number }>>;
}

/** Two times to compare. */
export interface CompareQuery extends CompareOptions {
  readonly baseline: SnapshotQuery;
  readonly current: SnapshotQuery;
}

const viewOf = ({ spreads, ...group }: Group): GroupView => ({
  ...group,
  quantiles: Object.fromEntries(
    Object.entries(spreads).map(([name, histogram]) => {
      const quantile = (share: number): number => histogram.quantile(share) ?? 0;
      return [name, { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) }];
    }),
  ),
});

/** Questions whose answer stays the same until something is written, or the five minutes that are going on are over. */
const reports = {
  groups: (store: EventStore, { kind, ...query }: OfKind & AggregateQuery): readonly GroupView[] =>
    store.aggregate(kindNamed(kind), query).map(viewOf),
  overview,
  summary,
  top,
  errors,
  cost,
  savings,
  runs,
  patterns: (store: EventStore, query?: PatternsQuery): PatternsReport => patterns(store, query),
  snapshot,
  compare: (store: EventStore, { baseline, current, ...options }: CompareQuery): Comparison =>
    compare(snapshot(store, baseline), snapshot(store, current), options),
} as const;

/** What may be asked of a store in its thread, and how it answers: with what can be sent between threads. */
export const questions = {
  ...reports,
  events: (store: EventStore, { kind, ...query }: OfKind & ListQuery): readonly ListedEvent[] =>
    store.list(kindNamed(kind), query),
  prune: (store: EventStore): number => store.prune(),
  anomalies: (store: EventStore, options: ReadAnomaliesOptions): AnomalyReport => readAnomalies(store, options),
} as const;
export type Questions = typeof questions;

export const isReport = (question: string): boolean => Object.hasOwn(reports, question);
