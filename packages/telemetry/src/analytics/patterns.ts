import type { EventKind } from '../kind.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter, Group } from '../store/query.ts';
import { type Period, type PeriodQuery, periodOf } from './period.ts';

export interface PatternsQuery extends PeriodQuery {
  /** At most so many. @default 20 */
  readonly limit?: number | undefined;
  /** How often a prompt has to come to be told. @default 2 */
  readonly atLeast?: number | undefined;
  readonly where?: Filter | undefined;
}

export interface Pattern {
  /** The keyed hash that prompts of the same shape share; null where only who asked is known. */
  readonly shape: string | null;
  readonly model: string;
  readonly key: string;
  readonly command: string;
  readonly requests: number;
  /** Requests that the cache answered, or that shared the answer of another. */
  readonly reused: number;
  /** Requests that went past the cache. */
  readonly bypassed: number;
  readonly costUsd: number;
  readonly savedUsd: number;
  /** What would have been saved had every repetition been answered from the cache: more than can be had. Else an estimate. */
  readonly missedUsd: number;
}

export interface PatternsReport extends Period {
  readonly version: 1;
  /**
   * `shape`: prompts were told apart by their shape. `source`: events tell no shapes, so requests are told apart by who asked which model;
   * what is missed is then an estimate: as large a share of what bypassed the cache as it answered of the rest.
   */
  readonly basis: 'shape' | 'source';
  readonly where: Filter;
  readonly requests: number;
  readonly reused: number;
  readonly missedUsd: number;
  /** Where most was missed first. */
  readonly patterns: readonly Pattern[];
  readonly others: number;
}

const perUsd = 1e6;
const shapeColumn = 'shape';
const dimensions = ['model', 'key', 'command'] as const;

interface Counted {
  readonly shape: string | null;
  readonly names: Readonly<Record<string, string>>;
  requests: number;
  reused: number;
  bypassed: number;
  cost: number;
  /** Micro-dollars, of those that bypassed the cache. */
  bypassedCost: number;
  saved: number;
  paid: number;
}

const isReused = (cache: string | undefined): boolean => cache === 'hit' || cache === 'coalesced';

const add = (
  counted: Counted,
  cache: string | undefined,
  count: number,
  figures: Readonly<Record<string, number>>,
): void => {
  const cost = figures.cost ?? 0;
  counted.requests += count;
  counted.cost += cost;
  counted.saved += (figures.saved_cache ?? 0) + (figures.saved_coalescing ?? 0);
  if (isReused(cache)) counted.reused += count;
  else counted.paid += count;
  if (cache === 'bypass') {
    counted.bypassed += count;
    counted.bypassedCost += cost;
  }
};

const collector = () => {
  const found = new Map<string, Counted>();
  return {
    found,
    of(shape: string | null, names: Readonly<Record<string, string>>): Counted {
      const key = JSON.stringify([shape, ...dimensions.map((name) => names[name])]);
      const known = found.get(key);
      if (known !== undefined) return known;
      const made = { shape, names, requests: 0, reused: 0, bypassed: 0, cost: 0, bypassedCost: 0, saved: 0, paid: 0 };
      found.set(key, made);
      return made;
    },
  };
};

const eventsAtOnce = 20_000;

const byShape = (store: EventStore, kind: EventKind, period: Period, where: Filter): readonly Counted[] => {
  const { found, of } = collector();
  let after: number | undefined;
  for (;;) {
    const events = store.list(kind, { ...period, where, after, isOldestFirst: true, limit: eventsAtOnce });
    for (const { names, figures, texts } of events) {
      const shape = texts[shapeColumn];
      if (shape !== undefined && shape !== '') add(of(shape, names), names.cache, 1, figures);
    }
    after = events.at(-1)?.id;
    if (events.length < eventsAtOnce) return [...found.values()];
  }
};

const bySource = (groups: readonly Group[]): readonly Counted[] => {
  const { found, of } = collector();
  for (const { names, count, totals } of groups) add(of(null, names), names.cache, count, totals);
  return [...found.values()];
};

/** Micro-dollars: of repetitions that were paid for, or that would have been found in a cache that was asked. */
const missedOf = ({ shape, requests, reused, bypassed, paid, cost, bypassedCost }: Counted): number => {
  if (shape !== null) return paid > 1 ? (cost / paid) * (paid - 1) : 0;
  const asked = requests - bypassed;
  return bypassedCost * (asked === 0 ? 0 : reused / asked);
};

/** Prompts that come again and again, and what caching them would save. Throws `TELEMETRY_QUERY_INVALID`. */
export const patterns = (
  store: EventStore,
  query: PatternsQuery = {},
  kind: EventKind = requestKind,
): PatternsReport => {
  const { limit = 20, atLeast = 2, where = {} } = query;
  const period = periodOf(query);
  const shaped = kind.textNames.includes(shapeColumn) ? byShape(store, kind, period, where) : [];
  const counted =
    shaped.length > 0
      ? shaped
      : bySource(
          store.aggregate(kind, {
            ...period,
            where,
            by: [...dimensions, 'cache'],
            totals: ['cost', 'saved_cache', 'saved_coalescing'],
            spreads: [],
          }),
        );
  const found = counted
    .filter(({ requests }) => requests >= atLeast)
    .map((each): Pattern => {
      const { shape, names, requests, reused, bypassed, cost, saved } = each;
      const { model = '', key = '', command = '' } = names;
      const missedUsd = missedOf(each) / perUsd;
      return {
        shape,
        model,
        key,
        command,
        requests,
        reused,
        bypassed,
        costUsd: cost / perUsd,
        savedUsd: saved / perUsd,
        missedUsd,
      };
    })
    .sort((one, other) => other.missedUsd - one.missedUsd || other.requests - one.requests);
  const sum = (figureOf: (pattern: Pattern) => number): number => found.reduce((all, each) => all + figureOf(each), 0);
  return {
    version: 1,
    ...period,
    basis: shaped.length > 0 ? 'shape' : 'source',
    where,
    requests: sum(({ requests }) => requests),
    reused: sum(({ reused }) => reused),
    missedUsd: sum(({ missedUsd }) => missedUsd),
    patterns: found.slice(0, limit),
    others: Math.max(0, found.length - limit),
  };
};
