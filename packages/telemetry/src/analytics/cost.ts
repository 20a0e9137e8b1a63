import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter, Group } from '../store/query.ts';
import { rate } from './figures.ts';
import { knownPeriod } from './known-period.ts';
import { overflowedIn } from './overflow.ts';
import { dayMs, type Period, type PeriodQuery } from './period.ts';

export interface CostQuery extends PeriodQuery {
  /** A dimension of requests to tell apart. @default none */
  readonly by?: string | undefined;
  readonly where?: Filter | undefined;
}

export interface CostDay {
  /** In UTC: `2026-11-20`. */
  readonly day: string;
  readonly requests: number;
  readonly costUsd: number;
  readonly savedUsd: number;
  /** Requests whose cost is not known. */
  readonly unpriced: number;
}

export interface CostGroup {
  readonly name: string;
  readonly requests: number;
  readonly costUsd: number;
  /** Of the cost of all, from 0 to 1. */
  readonly share: number | null;
  /** Of each of `days`. */
  readonly costUsdByDay: readonly number[];
}

/** What the month comes to if its remaining days cost what the last whole days did: a week of them, or as many as there are. */
export interface CostProjection {
  /** The month in UTC: `2026-11`. */
  readonly month: string;
  readonly spentUsd: number;
  /** The mean of the days it goes by. */
  readonly perDayUsd: number;
  /** How many days it goes by. */
  readonly basisDays: number;
  readonly projectedUsd: number;
  /** If all remaining days were as the cheapest of those days, and as the dearest. */
  readonly lowUsd: number;
  readonly highUsd: number;
}

export interface CostReport extends Period {
  readonly version: 1;
  readonly by: string | null;
  readonly where: Filter;
  readonly requests: number;
  readonly costUsd: number;
  readonly estimatedUsd: number;
  readonly savedUsd: number;
  readonly unpriced: number;
  readonly days: readonly CostDay[];
  /** The dearest first; none where `by` is not given. */
  readonly groups: readonly CostGroup[];
  /** Requests that stand under `other` of `by`: there were too many names to tell theirs apart. */
  readonly overflowed: number;
  /** Null where there is no whole day to go by. */
  readonly projection: CostProjection | null;
}

const perUsd = 1e6;
const totals = [
  'cost',
  'estimated',
  'unpriced',
  'saved_cache',
  'saved_coalescing',
  'saved_prompt_cache',
  'saved_batch',
];
const basisDays = 7;

const usd = (groups: readonly Group[], name: string): number =>
  groups.reduce((sum, group) => sum + (group.totals[name] ?? 0), 0) / perUsd;
const countOf = (groups: readonly Group[]): number => groups.reduce((sum, { count }) => sum + count, 0);
const savedOf = (groups: readonly Group[]): number =>
  totals.filter((name) => name.startsWith('saved_')).reduce((sum, name) => sum + usd(groups, name), 0);
const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
const downToDay = (atMs: number): number => Math.floor(atMs / dayMs) * dayMs;

const projectionOf = (store: EventStore, nowMs: number, where: Filter): CostProjection | null => {
  const today = downToDay(nowMs);
  const date = new Date(nowMs);
  const monthFromMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const monthToMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  const fromMs = Math.min(monthFromMs, today - (basisDays + 1) * dayMs);
  const groups = store.aggregate(requestKind, {
    fromMs,
    toMs: nowMs + 1,
    where,
    stepMs: dayMs,
    totals: ['cost'],
    spreads: [],
  });
  const costs = new Map(groups.map((group) => [group.atMs, usd([group], 'cost')]));
  const firstMs = Math.min(...costs.keys());
  // What the first day of all began with may not have been recorded.
  const whole = Array.from({ length: basisDays }, (_, index) => today - (index + 1) * dayMs).filter(
    (at) => at > firstMs,
  );
  if (whole.length === 0) return null;
  const basis = whole.map((atMs) => costs.get(atMs) ?? 0);
  const perDayUsd = basis.reduce((sum, cost) => sum + cost, 0) / basis.length;
  const spentUsd = [...costs].reduce((sum, [atMs, cost]) => sum + (atMs >= monthFromMs ? cost : 0), 0);
  const daysLeft = (monthToMs - nowMs) / dayMs;
  return {
    month: dayOf(nowMs).slice(0, 7),
    spentUsd,
    perDayUsd,
    basisDays: basis.length,
    projectedUsd: spentUsd + perDayUsd * daysLeft,
    lowUsd: spentUsd + Math.min(...basis) * daysLeft,
    highUsd: spentUsd + Math.max(...basis) * daysLeft,
  };
};

/** What was spent by day, and what the month will come to. Throws `TELEMETRY_QUERY_INVALID`. */
export const cost = (store: EventStore, query: CostQuery = {}): CostReport => {
  const { by, where = {}, nowMs = Date.now() } = query;
  const period = knownPeriod(store, { ...query, days: query.days ?? 30 });
  const [daily = [], byName = []] = store.aggregateAll(requestKind, { ...period, where }, [
    { stepMs: dayMs, totals, spreads: [] },
    ...(by === undefined ? [] : [{ stepMs: dayMs, by: [by], totals: ['cost'], spreads: [] }]),
  ]);
  const firstMs = Math.max(downToDay(period.fromMs), daily[0]?.atMs ?? period.toMs);
  const atMs = Array.from(
    { length: Math.max(0, Math.ceil((Math.min(period.toMs, nowMs) - firstMs) / dayMs)) },
    (_, index) => firstMs + index * dayMs,
  );
  const costUsd = usd(daily, 'cost');
  const names = [...new Set(byName.map((group) => group.names[by ?? ''] ?? ''))];
  return {
    version: 1,
    ...period,
    by: by ?? null,
    where,
    requests: countOf(daily),
    costUsd,
    estimatedUsd: usd(daily, 'estimated'),
    savedUsd: savedOf(daily),
    unpriced: daily.reduce((sum, group) => sum + (group.totals.unpriced ?? 0), 0),
    days: atMs.map((at) => {
      const its = daily.filter((group) => group.atMs === at);
      return {
        day: dayOf(at),
        requests: countOf(its),
        costUsd: usd(its, 'cost'),
        savedUsd: savedOf(its),
        unpriced: its.reduce((sum, group) => sum + (group.totals.unpriced ?? 0), 0),
      };
    }),
    groups: names
      .map((name) => {
        const its = byName.filter((group) => group.names[by ?? ''] === name);
        const itsCost = usd(its, 'cost');
        return {
          name,
          requests: countOf(its),
          costUsd: itsCost,
          share: rate(itsCost, costUsd),
          costUsdByDay: atMs.map((at) =>
            usd(
              its.filter((group) => group.atMs === at),
              'cost',
            ),
          ),
        };
      })
      .sort((one, other) => other.costUsd - one.costUsd),
    overflowed: overflowedIn(byName, by === undefined ? [] : [by]),
    projection: projectionOf(store, nowMs, where),
  };
};
