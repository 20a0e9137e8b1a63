import { LogHistogram } from '../collector/log-histogram.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter } from '../store/query.ts';
import { knownPeriod } from './known-period.ts';
import type { Period, PeriodQuery } from './period.ts';
import type { Spread } from './statistics/spread.ts';

/** Figures whose whole spread a snapshot has, with their units. */
export const snapshotSpreads = {
  duration: 'microseconds',
  first_token: 'microseconds',
  token_rate: 'tokens-per-second',
} as const;
export type SnapshotSpread = keyof typeof snapshotSpreads;
/** Told of complete answers alone. */
const times: ReadonlySet<SnapshotSpread> = new Set(['duration', 'first_token']);
const isTold = (name: SnapshotSpread, outcome: string | undefined): boolean =>
  outcome === 'complete' || !times.has(name);
const spreadNames = Object.keys(snapshotSpreads) as readonly SnapshotSpread[];

/** All that `compare` looks at of a time, in one piece of JSON. */
export interface Snapshot extends Period {
  readonly format: 'hotpath-analytics';
  readonly version: 1;
  readonly where: Filter;
  readonly requests: number;
  readonly failed: number;
  /** Those whose client did not wait for the end; snapshots of earlier releases do not tell. */
  readonly left?: number | undefined;
  /** Requests that the cache answered, or that shared the answer of another. */
  readonly hits: number;
  readonly misses: number;
  /** Micro-dollars. */
  readonly cost: number;
  readonly saved: number;
  /**
   * By figure, times of complete answers alone: buckets of its histogram in their order, each with how many values lie in it. A bucket below 64 is its value; from there
   * on, 32 buckets of the same width divide every doubling.
   */
  readonly spreads: Readonly<Record<SnapshotSpread, Spread>>;
}

/** Takes requests one by one or summed up, and makes a snapshot of them. */
export class SnapshotBuilder {
  readonly #histograms = new Map(spreadNames.map((name) => [name, new LogHistogram()] as const));
  #requests = 0;
  #failed = 0;
  #left = 0;
  #hits = 0;
  #misses = 0;
  #cost = 0;
  #saved = 0;

  /** `figures`: as they are kept, in micro-dollars. */
  count(names: Readonly<Record<string, string>>, figures: Readonly<Record<string, number>>, requests = 1): void {
    this.#requests += requests;
    if (names.outcome === 'failed') this.#failed += requests;
    if (names.outcome === 'left') this.#left += requests;
    if (names.cache === 'hit' || names.cache === 'coalesced') this.#hits += requests;
    if (names.cache === 'miss') this.#misses += requests;
    this.#cost += figures.cost ?? 0;
    for (const [name, value] of Object.entries(figures)) if (name.startsWith('saved_')) this.#saved += value;
  }

  /** `outcome`: of the request. */
  record(name: SnapshotSpread, outcome: string, value: number): void {
    if (isTold(name, outcome)) this.#histograms.get(name)?.record(value);
  }

  merge(name: SnapshotSpread, outcome: string | undefined, histogram: LogHistogram): void {
    if (isTold(name, outcome)) this.#histograms.get(name)?.merge(histogram);
  }

  build({ fromMs, toMs }: Period, where: Filter): Snapshot {
    const spreads = [...this.#histograms].map(([name, histogram]) => [name, [...histogram.buckets()]] as const);
    return {
      format: 'hotpath-analytics',
      version: 1,
      fromMs,
      toMs,
      where,
      requests: this.#requests,
      failed: this.#failed,
      left: this.#left,
      hits: this.#hits,
      misses: this.#misses,
      cost: this.#cost,
      saved: this.#saved,
      spreads: Object.fromEntries(spreads) as Record<SnapshotSpread, Spread>,
    };
  }
}

export interface SnapshotQuery extends PeriodQuery {
  readonly where?: Filter | undefined;
}

/** What `compare` looks at, of a time in a store. Throws `TELEMETRY_QUERY_INVALID`. */
export const snapshot = (store: EventStore, query: SnapshotQuery = {}): Snapshot => {
  const { where = {} } = query;
  const period = knownPeriod(store, query);
  const builder = new SnapshotBuilder();
  const groups = store.aggregate(requestKind, {
    ...period,
    where,
    by: ['outcome', 'cache'],
    totals: ['cost', 'saved_cache', 'saved_coalescing', 'saved_prompt_cache', 'saved_batch'],
    spreads: spreadNames,
  });
  for (const { names, count, totals, spreads } of groups) {
    builder.count(names, totals, count);
    for (const name of spreadNames) if (spreads[name] !== undefined) builder.merge(name, names.outcome, spreads[name]);
  }
  return builder.build(period, where);
};

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

const isSpread = (value: unknown): value is Spread => {
  if (!Array.isArray(value)) return false;
  let last = -1;
  return value.every((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2 || !isCount(pair[0]) || !isCount(pair[1])) return false;
    const isNext = pair[0] > last;
    last = pair[0];
    return isNext;
  });
};

/** What keeps something from being a snapshot; undefined where nothing does. */
export const snapshotProblem = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return 'it is no JSON object';
  const given = value as Partial<Record<keyof Snapshot, unknown>>;
  if (given.format !== 'hotpath-analytics') return 'its "format" is not "hotpath-analytics"';
  if (given.version !== 1) return `it is of version ${String(given.version)}, and this release reads version 1`;
  for (const name of ['requests', 'failed', 'hits', 'misses'] as const)
    if (!isCount(given[name])) return `its "${name}" is no count`;
  if (given.left !== undefined && !isCount(given.left)) return 'its "left" is no count';
  for (const name of ['fromMs', 'toMs', 'cost', 'saved'] as const)
    if (!Number.isFinite(given[name])) return `its "${name}" is no number`;
  const spreads = (given.spreads ?? {}) as Partial<Record<string, unknown>>;
  const wrong = spreadNames.find((name) => !isSpread(spreads[name]));
  return wrong === undefined ? undefined : `its spread of "${wrong}" is no list of buckets in their order`;
};
