import { type AnomalyReport, type ReadAnomaliesOptions, readAnomalies } from '../anomalies/read-anomalies.ts';
import { TelemetryError } from '../errors.ts';
import type { EventKind } from '../kind.ts';
import { eventKinds } from '../kinds.ts';
import type { AggregateQuery, Group } from './aggregate.ts';
import type { EventStore } from './event-store.ts';
import type { ListedEvent, ListQuery } from './list-events.ts';

/** A kind by its name. */
interface OfKind {
  readonly kind: string;
}

/** A group whose spreads are quantiles: what of it can be sent. */
export interface GroupView extends Omit<Group, 'spreads'> {
  /** By figure; in its unit. */
  readonly quantiles: Readonly<Record<string, { readonly p50: number; readonly p95: number; readonly p99: number }>>;
}

const kindOf = (name: string): EventKind => {
  const kind = eventKinds.find((each) => each.name === name);
  if (kind === undefined)
    throw new TelemetryError(
      'TELEMETRY_QUERY_INVALID',
      `There are no events of the kind "${name}". There are: ${eventKinds.map((each) => each.name).join(', ')}.`,
    );
  return kind;
};

const viewOf = ({ spreads, ...group }: Group): GroupView => ({
  ...group,
  quantiles: Object.fromEntries(
    Object.entries(spreads).map(([name, histogram]) => {
      const quantile = (share: number): number => histogram.quantile(share) ?? 0;
      return [name, { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) }];
    }),
  ),
});

/** What may be asked of a store in its thread, and how it answers: with what can be sent between threads. */
export const questions = {
  groups: (store: EventStore, { kind, ...query }: OfKind & AggregateQuery): readonly GroupView[] =>
    store.aggregate(kindOf(kind), query).map(viewOf),
  events: (store: EventStore, { kind, ...query }: OfKind & ListQuery): readonly ListedEvent[] =>
    store.list(kindOf(kind), query),
  prune: (store: EventStore): number => store.prune(),
  anomalies: (store: EventStore, options: ReadAnomaliesOptions): AnomalyReport => readAnomalies(store, options),
} as const;
export type Questions = typeof questions;
