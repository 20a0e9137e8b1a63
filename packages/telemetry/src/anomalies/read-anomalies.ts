import { lookupKind } from '../kinds/cache.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import { type AnomalyFinding, type AnomalyOptions, findAnomalies, type HourFigure } from './find-anomalies.ts';

const anomalyFigures = ['latency', 'cost', 'errors', 'hits'] as const;
/** `latency`: the 95th percentile of requests that succeeded. `errors`, `hits`: shares. */
export type AnomalyFigure = (typeof anomalyFigures)[number];

export interface ReadAnomaliesOptions {
  /** Milliseconds since 1970: hours that have ended by then are judged. */
  readonly nowMs: number;
  /** How many hours are judged, the last ones. @default 24 */
  readonly hours?: number | undefined;
  /** Hours of fewer events are neither judged nor learnt from. @default 30 */
  readonly leastEvents?: number | undefined;
}

export interface FigureAnomalies extends AnomalyFinding {
  readonly figure: AnomalyFigure;
  /** Of `value` and `expected`. */
  readonly unit: 'microseconds' | 'micro-dollars' | 'share';
  /** Each hour that was judged, the earliest first; null where too little happened. */
  readonly hourly: readonly (number | null)[];
}

export interface AnomalyReport {
  readonly version: 1;
  readonly fromMs: number;
  readonly toMs: number;
  readonly figures: readonly FigureAnomalies[];
}

const hourMs = 3_600_000;
/** Each hour that is learnt from was judged by the four weeks before it, and is one of the four weeks before the one that is judged. */
const historyMs = 56 * 24 * hourMs;

const judgedAs = {
  latency: { scale: 'amount', direction: 'up', unit: 'microseconds' },
  cost: { scale: 'amount', direction: 'up', unit: 'micro-dollars' },
  errors: { scale: 'share', direction: 'up', unit: 'share' },
  hits: { scale: 'share', direction: 'down', unit: 'share' },
} as const satisfies Record<AnomalyFigure, AnomalyOptions & Pick<FigureAnomalies, 'unit'>>;

type Hours = Readonly<Record<AnomalyFigure, readonly HourFigure[]>>;

const readHours = (store: Pick<EventStore, 'aggregate'>, fromMs: number, toMs: number): Hours => {
  const range = { fromMs, toMs, stepMs: hourMs, by: ['outcome'] } as const;
  const hours: Record<AnomalyFigure, HourFigure[]> = { latency: [], cost: [], errors: [], hits: [] };

  /** Groups of an hour follow one another. */
  const byHour = <Group extends { readonly atMs: number }>(groups: readonly Group[]): Map<number, Group[]> =>
    Map.groupBy(groups, ({ atMs }) => atMs);

  for (const [atMs, groups] of byHour(
    store.aggregate(requestKind, { ...range, totals: ['cost'], spreads: ['duration'] }),
  )) {
    const of = (outcome: string) => groups.find(({ names }) => names.outcome === outcome);
    const [complete, failed] = [of('complete'), of('failed')];
    const p95 = complete?.spreads.duration?.quantile(0.95);
    if (complete !== undefined && p95 !== undefined) hours.latency.push({ atMs, value: p95, events: complete.count });
    const events = groups.reduce((sum, { count }) => sum + count, 0);
    hours.cost.push({ atMs, value: groups.reduce((sum, { totals }) => sum + (totals.cost ?? 0), 0), events });
    const ended = (complete?.count ?? 0) + (failed?.count ?? 0);
    hours.errors.push({ atMs, value: failed?.count ?? 0, events: ended });
  }
  for (const [atMs, groups] of byHour(store.aggregate(lookupKind, range))) {
    const events = groups.reduce((sum, { count }) => sum + count, 0);
    const misses = groups.find(({ names }) => names.outcome === 'miss')?.count ?? 0;
    hours.hits.push({ atMs, value: events - misses, events });
  }
  return hours;
};

const hourlyOf = (
  hours: readonly HourFigure[],
  { scale, leastEvents = 30 }: AnomalyOptions,
  fromMs: number,
  toMs: number,
): readonly (number | null)[] => {
  const hourly = Array.from({ length: (toMs - fromMs) / hourMs }, (): number | null => null);
  for (const { atMs, value, events } of hours) {
    if (atMs < fromMs || events < leastEvents) continue;
    hourly[Math.floor((atMs - fromMs) / hourMs)] = scale === 'share' ? value / events : value;
  }
  return hourly;
};

/** Judges latency, cost, errors and cache hits of the last hours by the hourly sums of a store. Throws what the store throws. */
export const readAnomalies = (
  store: Pick<EventStore, 'aggregate'>,
  { nowMs, hours = 24, leastEvents }: ReadAnomaliesOptions,
): AnomalyReport => {
  const toMs = Math.floor(nowMs / hourMs) * hourMs;
  const fromMs = toMs - hours * hourMs;
  const read = readHours(store, fromMs - historyMs, toMs);
  const figures = anomalyFigures.map((figure): FigureAnomalies => {
    const { unit, ...options } = judgedAs[figure];
    const finding = findAnomalies(read[figure], { ...options, fromMs, leastEvents });
    return { figure, unit, ...finding, hourly: hourlyOf(read[figure], { ...options, leastEvents }, fromMs, toMs) };
  });
  return { version: 1, fromMs, toMs, figures };
};
