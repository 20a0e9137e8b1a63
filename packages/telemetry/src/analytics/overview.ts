import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter, Group } from '../store/query.ts';
import { FigureSum, figureDimensions, figureGrouping, type RequestFigures, savedOf, sumBy } from './figures.ts';
import { knownPeriod } from './known-period.ts';
import { overflowedIn } from './overflow.ts';
import { intervalsOf, type Period, type PeriodQuery, periodBefore, stepOf } from './period.ts';
import { lookupsOf } from './tiers.ts';

export interface OverviewQuery extends PeriodQuery {
  /** Which requests alone. @default all */
  readonly where?: Filter | undefined;
}

/** Figures of each interval, as columns, the earliest first. Null where nothing ended. */
export interface OverviewSeries {
  readonly atMs: readonly number[];
  readonly requests: readonly number[];
  readonly failed: readonly number[];
  /** Left by the client before they were answered. */
  readonly left: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p95Ms: readonly (number | null)[];
  readonly firstTokenP50Ms: readonly (number | null)[];
  readonly costUsd: readonly number[];
  readonly savedUsd: readonly number[];
  readonly hitRate: readonly (number | null)[];
}

/** Figures of one combination of names. */
export interface OverviewGroup extends RequestFigures {
  readonly names: Readonly<Record<string, string>>;
}

/** All that a page shows of a time. */
export interface Overview extends Period {
  readonly version: 1;
  readonly stepMs: number;
  readonly total: RequestFigures;
  /** The same of the time of the same length before; null where nothing is known of it. */
  readonly before: RequestFigures | null;
  readonly series: OverviewSeries;
  /** Those with most requests first, 50 at most of each. */
  readonly models: readonly OverviewGroup[];
  readonly keys: readonly OverviewGroup[];
  readonly agents: readonly OverviewGroup[];
  readonly commands: readonly OverviewGroup[];
  /** Requests that stand under `other` among these: there were too many names to tell theirs apart. */
  readonly overflowed: { readonly models: number; readonly keys: number; readonly agents: number };
  /** Of requests that failed, the most frequent first. */
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  /** Lookups of all caches; none where `where` is given. */
  readonly tiers: readonly { readonly tier: string; readonly outcome: string; readonly count: number }[];
  /** Why `tiers` are left out: lookups are not recorded by what a filter names. Null where they are not. */
  readonly tiersLeftOut: string | null;
}

const mostGroups = 50;

const groupsBy = (groups: readonly Group[], names: readonly string[]): readonly OverviewGroup[] => {
  const keyOf = (group: Group): string => JSON.stringify(names.map((name) => group.names[name] ?? ''));
  return [...sumBy(groups, keyOf)]
    .map(([key, sum]) => {
      const values = JSON.parse(key) as readonly string[];
      return { names: Object.fromEntries(names.map((name, place) => [name, values[place] ?? ''])), ...sum.figures() };
    })
    .sort((one, other) => other.requests - one.requests)
    .slice(0, mostGroups);
};

const figuresOf = (groups: readonly Group[]): RequestFigures => {
  const sum = new FigureSum();
  for (const group of groups) sum.add(group);
  return sum.figures();
};

const seriesOf = (atMs: readonly number[], groups: readonly Group[]): OverviewSeries => {
  const byInterval = sumBy(groups, (group) => String(group.atMs));
  const nothing = new FigureSum().figures();
  const each = atMs.map((at) => byInterval.get(String(at))?.figures() ?? nothing);
  return {
    atMs,
    requests: each.map(({ requests }) => requests),
    failed: each.map(({ failed }) => failed),
    left: each.map(({ left }) => left),
    p50Ms: each.map(({ durationMs }) => durationMs?.p50 ?? null),
    p95Ms: each.map(({ durationMs }) => durationMs?.p95 ?? null),
    firstTokenP50Ms: each.map(({ firstTokenMs }) => firstTokenMs?.p50 ?? null),
    costUsd: each.map(({ costUsd }) => costUsd),
    savedUsd: each.map(savedOf),
    hitRate: each.map(({ cache }) => cache.hitRate),
  };
};

const errorsIn = (groups: readonly Group[]): Overview['errors'] =>
  groups
    .filter(({ names }) => names.outcome === 'failed')
    .map(({ names, count }) => ({ code: names.code || 'unknown', count }))
    .sort((one, other) => other.count - one.count)
    .slice(0, mostGroups);

/** What was asked in a time, told apart in every way that a page shows, by one reading of the store. Throws `TELEMETRY_QUERY_INVALID`. */
export const overview = (store: EventStore, query: OverviewQuery = {}): Overview => {
  const { where = {} } = query;
  const period = knownPeriod(store, query);
  const stepMs = stepOf(period);
  const grouped = (...by: readonly string[]) => ({ ...figureGrouping, by: [...by, ...figureDimensions] });
  const [models = [], keys = [], agents = [], commands = [], intervals = [], codes = []] = store.aggregateAll(
    requestKind,
    { ...period, where },
    [
      { ...grouped('provider', 'model'), spreads: [...figureGrouping.spreads, 'token_rate'] },
      grouped('key'),
      grouped('agent'),
      grouped('command'),
      { ...grouped(), stepMs },
      { by: ['outcome', 'code'], totals: [], spreads: [] },
    ],
  );
  const earlier = store.aggregate(requestKind, { ...periodBefore(period), where, ...grouped() });
  const lookups = lookupsOf(store, period, where, ['tier', 'outcome']);
  return {
    version: 1,
    ...period,
    stepMs,
    total: figuresOf(models),
    before: earlier.length === 0 ? null : figuresOf(earlier),
    series: seriesOf(intervalsOf(period, stepMs), intervals),
    models: groupsBy(models, ['provider', 'model']),
    keys: groupsBy(keys, ['key']),
    agents: groupsBy(agents, ['agent']),
    commands: groupsBy(commands, ['command']),
    overflowed: {
      models: overflowedIn(models, ['model']),
      keys: overflowedIn(keys, ['key']),
      agents: overflowedIn(agents, ['agent']),
    },
    errors: errorsIn(codes),
    tiers: lookups.groups.map(({ names, count }) => ({ tier: names.tier ?? '', outcome: names.outcome ?? '', count })),
    tiersLeftOut: lookups.leftOut,
  };
};
