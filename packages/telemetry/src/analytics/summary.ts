import { LogHistogram } from '../collector/log-histogram.ts';
import { refusalKind } from '../kinds/refusal.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter, Group } from '../store/query.ts';
import {
  durationsOf,
  FigureSum,
  figureDimensions,
  figureGrouping,
  type RequestFigures,
  rate,
  savedOf,
  sumBy,
} from './figures.ts';
import { knownPeriod } from './known-period.ts';
import { intervalsOf, type Period, type PeriodQuery, periodBefore, stepOf } from './period.ts';
import { lookupsOf } from './tiers.ts';

export interface SummaryQuery extends PeriodQuery {
  /** A dimension of requests to tell apart, such as `model`, `provider`, `key`, `agent` or `command`. @default none */
  readonly by?: string | undefined;
  /** Which requests alone. @default all */
  readonly where?: Filter | undefined;
}

/** Figures of each interval, the earliest first. */
export interface SummarySeries {
  /** When each begins, milliseconds since 1970. */
  readonly atMs: readonly number[];
  readonly requests: readonly number[];
  readonly failed: readonly number[];
  readonly costUsd: readonly number[];
  /** Of complete answers; null where there was none. */
  readonly p95Ms: readonly (number | null)[];
}

export interface SummaryGroup extends RequestFigures {
  readonly name: string;
  /** Requests of each interval of `series`. */
  readonly requestsByInterval: readonly number[];
}

/** By how much a figure has changed: 0.1 is a tenth more. Null where there is nothing to compare with. */
export interface SummaryChange {
  readonly requests: number | null;
  readonly errorRate: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly costUsd: number | null;
  readonly savedUsd: number | null;
  readonly hitRate: number | null;
}

export interface TierFigures {
  readonly cache: string;
  readonly tier: string;
  readonly hits: number;
  /** Share of all lookups of the cache that this tier answered, from 0 to 1. */
  readonly hitRate: number | null;
}

export interface Summary extends Period {
  readonly version: 1;
  readonly stepMs: number;
  readonly by: string | null;
  readonly where: Filter;
  readonly total: RequestFigures;
  /** Requests that were refused before any model was asked. */
  readonly refused: number;
  /** The same of the time of the same length before; null where nothing is known of it, or of more than a tenth of it. */
  readonly before: RequestFigures | null;
  readonly change: SummaryChange;
  /** The one with most requests first; none where `by` is not given. */
  readonly groups: readonly SummaryGroup[];
  readonly series: SummarySeries;
  /** Lookups of all caches, tiers with most hits first; none where `where` is given. */
  readonly tiers: readonly TierFigures[];
  /** Why `tiers` are left out: lookups are not recorded by what a filter names. Null where they are not. */
  readonly tiersLeftOut: string | null;
}

/** Share of a time that may be older than anything that is known, for it to be compared with. */
const mostUnknown = 0.1;

const changeOf = (now: number | null | undefined, before: number | null | undefined): number | null =>
  now === null || now === undefined || !before ? null : now / before - 1;

const changesOf = (total: RequestFigures, before: RequestFigures | null): SummaryChange => ({
  requests: changeOf(total.requests, before?.requests),
  errorRate: changeOf(total.errorRate, before?.errorRate),
  p50Ms: changeOf(total.durationMs?.p50, before?.durationMs?.p50),
  p95Ms: changeOf(total.durationMs?.p95, before?.durationMs?.p95),
  costUsd: changeOf(total.costUsd, before?.costUsd),
  savedUsd: changeOf(savedOf(total), before && savedOf(before)),
  hitRate: changeOf(total.cache.hitRate, before?.cache.hitRate),
});

/** Adds up what groups have, by interval. */
const perInterval = (
  places: ReadonlyMap<number, number>,
  groups: readonly Group[],
  figureOf: (group: Group) => number,
): readonly number[] => {
  const values = new Array<number>(places.size).fill(0);
  for (const group of groups) {
    const place = places.get(group.atMs);
    if (place !== undefined) values[place] = (values[place] ?? 0) + figureOf(group);
  }
  return values;
};

const seriesOf = (
  atMs: readonly number[],
  places: ReadonlyMap<number, number>,
  groups: readonly Group[],
): SummarySeries => {
  const durations = atMs.map(() => new LogHistogram());
  for (const { atMs: at, names, spreads } of groups) {
    const place = places.get(at);
    if (place !== undefined && names.outcome === 'complete' && spreads.duration)
      durations[place]?.merge(spreads.duration);
  }
  return {
    atMs,
    requests: perInterval(places, groups, ({ count }) => count),
    failed: perInterval(places, groups, ({ names, count }) => (names.outcome === 'failed' ? count : 0)),
    costUsd: perInterval(places, groups, ({ totals }) => (totals.cost ?? 0) / 1e6),
    p95Ms: durations.map((histogram) => durationsOf(histogram)?.p95 ?? null),
  };
};

const tiersIn = (groups: readonly Group[]): readonly TierFigures[] =>
  groups
    .filter(({ names }) => names.tier !== '')
    .map(({ names: { cache = '', tier = '' }, count }) => {
      const all = groups.filter(({ names }) => names.cache === cache).reduce((sum, each) => sum + each.count, 0);
      return { cache, tier, hits: count, hitRate: rate(count, all) };
    });

/** Dimensions that refusals have, too. */
const refusedWhere = (where: Filter): Filter | undefined =>
  Object.keys(where).every((name) => Object.hasOwn(refusalKind.dimensions, name) && name !== 'code')
    ? where
    : undefined;

/** What was asked in a time, how it went, and what it cost and saved. Throws `TELEMETRY_QUERY_INVALID`. */
export const summary = (store: EventStore, query: SummaryQuery = {}): Summary => {
  const { by, where = {} } = query;
  const period = knownPeriod(store, query);
  const stepMs = stepOf(period);
  const names = by === undefined ? [] : [by];
  const [groups = [], intervals = [], byName = []] = store.aggregateAll(requestKind, { ...period, where }, [
    { ...figureGrouping, by: [...new Set([...names, ...figureDimensions])] },
    { stepMs, by: ['outcome'], totals: ['cost'], spreads: ['duration'] },
    ...(by === undefined ? [] : [{ stepMs, by: names, totals: [], spreads: [] }]),
  ]);
  const previous = periodBefore(period);
  const oldestMs = store.oldestMs(requestKind) ?? period.toMs;
  const isKnown = oldestMs - previous.fromMs <= (previous.toMs - previous.fromMs) * mostUnknown;
  const earlier = !isKnown
    ? []
    : store.aggregate(requestKind, {
        ...previous,
        where,
        ...figureGrouping,
        spreads: ['duration'],
        by: figureDimensions,
      });
  const figuresOf = (all: readonly Group[]): RequestFigures => {
    const sum = new FigureSum();
    for (const group of all) sum.add(group);
    return sum.figures();
  };
  const total = figuresOf(groups);
  const before = earlier.length === 0 ? null : figuresOf(earlier);
  const atMs = intervalsOf(period, stepMs);
  const places = new Map(atMs.map((at, place) => [at, place]));
  const lookups = lookupsOf(store, period, where, ['cache', 'tier']);
  const refusals = refusedWhere(where);
  const refused =
    refusals === undefined
      ? 0
      : store.aggregate(refusalKind, { ...period, where: refusals }).reduce((sum, { count }) => sum + count, 0);
  const sums = by === undefined ? new Map<string, FigureSum>() : sumBy(groups, (group) => group.names[by] ?? '');
  return {
    version: 1,
    ...period,
    stepMs,
    by: by ?? null,
    where,
    total,
    refused,
    before,
    change: changesOf(total, before),
    groups: [...sums]
      .map(([name, sum]) => ({
        name,
        ...sum.figures(),
        requestsByInterval: perInterval(
          places,
          byName.filter((group) => by !== undefined && group.names[by] === name),
          ({ count }) => count,
        ),
      }))
      .sort((one, other) => other.requests - one.requests),
    series: seriesOf(atMs, places, intervals),
    tiers: tiersIn(lookups.groups),
    tiersLeftOut: lookups.leftOut,
  };
};
