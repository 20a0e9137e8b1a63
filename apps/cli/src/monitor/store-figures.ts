import type { EventStore, ListedEvent, Overview, OverviewGroup } from '@hotpath/runtime/analytics';
import type { LiveFigures, TargetView, TierView } from './view.ts';

type Analytics = typeof import('@hotpath/runtime/analytics');

/** What a model was asked, by the events. Of breakers and of calls in flight they tell nothing. */
export interface StoreTarget extends Omit<TargetView, 'breaker' | 'isAvailable'> {
  readonly breaker: null;
  readonly isAvailable: null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly firstByteP95Ms: number | null;
  readonly hitShare: number | null;
  readonly savedUsd: number;
}

export interface RecentRequest {
  /** When it ended, ISO 8601. */
  readonly at: string;
  readonly id: string | null;
  readonly provider: string;
  readonly model: string;
  readonly command: string;
  readonly outcome: string;
  readonly code: string;
  readonly cache: string;
  readonly durationMs: number | null;
  readonly firstByteMs: number | null;
  readonly costUsd: number | null;
}

export interface RecentRun {
  /** When it ended, ISO 8601. */
  readonly at: string;
  readonly id: string | null;
  readonly name: string;
  readonly outcome: string;
  readonly steps: number | null;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
}

/** What the events of a time come to. */
export interface StoreFigures extends LiveFigures {
  readonly targets: readonly StoreTarget[];
  /** Requests of each interval of the time, the earliest first. */
  readonly byInterval: readonly number[];
  /** Of those requests that did not bypass the cache. */
  readonly hitShare: number | null;
  /** The newest first. */
  readonly recent: readonly RecentRequest[];
  readonly runs: readonly RecentRun[];
}

const mostRecent = 20;
/** Long enough for a rate to be read, short enough to be the present one. */
const presentMs = 5_000;
/** Events are summed up by it, and times that begin and end with it are read from the sums alone. */
const stepMs = 300_000;
const hourMs = 3_600_000;
const microsPerMs = 1_000;
const microsPerUsd = 1e6;

const inMs = (micros: number | undefined): number | null => (micros === undefined ? null : micros / microsPerMs);
const inUsd = (micros: number | undefined): number | null => (micros === undefined ? null : micros / microsPerUsd);
const at = ({ atMs }: ListedEvent): string => new Date(atMs).toISOString();

const requestOf = (event: ListedEvent): RecentRequest => {
  const { names, figures, texts } = event;
  const { provider = '', model = '', command = '', outcome = '', code = '', cache = '' } = names;
  return {
    at: at(event),
    id: texts.request_id ?? null,
    ...{ provider, model, command, outcome, code, cache },
    durationMs: inMs(figures.duration),
    firstByteMs: inMs(figures.first_token),
    costUsd: inUsd(figures.cost),
  };
};

const runOf = (event: ListedEvent): RecentRun => {
  const { names, figures, texts } = event;
  return {
    at: at(event),
    id: texts.run ?? null,
    name: names.run_name ?? '',
    outcome: names.outcome ?? '',
    steps: figures.steps ?? null,
    durationMs: inMs(figures.duration),
    costUsd: inUsd(figures.cost),
  };
};

const targetOf = (group: OverviewGroup, savedUsd: number): StoreTarget => ({
  provider: group.names.provider ?? '',
  model: group.names.model ?? '',
  calls: group.requests,
  callsPerSecond: null,
  errorShare: group.errorRate,
  breaker: null,
  isAvailable: null,
  inFlight: null,
  costUsd: group.costUsd,
  p50Ms: group.durationMs?.p50 ?? null,
  p95Ms: group.durationMs?.p95 ?? null,
  p99Ms: group.durationMs?.p99 ?? null,
  firstByteP95Ms: group.firstTokenMs?.p95 ?? null,
  hitShare: group.cache.hitRate,
  savedUsd,
});

/** Each tier by the share of all lookups that it answered. */
const tiersOf = (lookups: Overview['tiers']): readonly TierView[] => {
  const all = lookups.reduce((sum, { count }) => sum + count, 0);
  const hitsBy = new Map<string, number>();
  for (const { tier, count } of lookups) if (tier !== '') hitsBy.set(tier, (hitsBy.get(tier) ?? 0) + count);
  const unknown = { evictions: null, entries: null, bytes: null, maxBytes: null, readMs: null };
  return [...hitsBy].map(([name, hits]) => ({ name, hitShare: hits / all, hits, misses: all - hits, ...unknown }));
};

/** What has changed only with the store, or with the five minutes that are going on. */
type Slow = Omit<StoreFigures, 'process' | 'requests' | 'tokens'> & {
  readonly requests: Pick<LiveFigures['requests'], 'total' | 'failed' | 'refused'>;
  readonly tokens: Pick<LiveFigures['tokens'], 'in' | 'out'>;
};

/** Reads what a store tells of a time that ends at `nowMs`. Throws what the store throws. */
export const createFigureReader = (
  { kindNamed, overview, savedOf }: Analytics,
  store: EventStore,
): ((nowMs: number, rangeMs: number) => StoreFigures) => {
  const [requestKind, refusalKind, runKind, sampleKind] = ['request', 'refusal', 'run', 'sample'].map(kindNamed) as [
    ReturnType<typeof kindNamed>,
    ReturnType<typeof kindNamed>,
    ReturnType<typeof kindNamed>,
    ReturnType<typeof kindNamed>,
  ];

  const readSlow = (toMs: number, rangeMs: number): Slow => {
    const period = { fromMs: toMs - rangeMs, toMs };
    const { total, series, models, tiers } = overview(store, period);
    const { tokens, savedUsd } = total;
    const [refusals] = store.aggregate(refusalKind, period);
    const saved = {
      cache: savedUsd.cache,
      coalescing: savedUsd.coalescing,
      promptCaching: savedUsd.promptCache,
      batch: savedUsd.batch,
    };
    return {
      requests: { total: total.requests, failed: total.failed, refused: refusals?.count ?? 0 },
      answers: total.requests - total.failed - total.left,
      firstByteMs: total.firstTokenMs,
      durationMs: total.durationMs,
      tokens: { in: tokens.input + tokens.cachedInput + tokens.cacheWrite, out: tokens.output + tokens.reasoning },
      costUsd: { total: total.costUsd, perHour: (total.costUsd / rangeMs) * hourMs },
      savedUsd: { total: savedOf(total), ...saved },
      tiers: tiersOf(tiers),
      targets: models.map((group) => targetOf(group, savedOf(group))),
      byInterval: series.requests,
      hitShare: total.cache.hitRate,
      recent: store.list(requestKind, { ...period, limit: mostRecent }).map(requestOf),
      runs: store.list(runKind, { ...period, limit: mostRecent }).map(runOf),
    };
  };

  const readPresent = (nowMs: number): Pick<StoreFigures, 'process'> & { readonly of: (name: string) => number } => {
    const period = { fromMs: nowMs - presentMs, toMs: nowMs + 1 };
    const rates = new Map<string, number>();
    const add = (name: string, count: number): void => {
      rates.set(name, (rates.get(name) ?? 0) + (count * 1000) / presentMs);
    };
    const totals = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'];
    for (const group of store.aggregate(requestKind, { ...period, by: ['outcome'], totals, spreads: [] })) {
      add('requests', group.count);
      if (group.names.outcome === 'failed') add('failed', group.count);
      for (const name of totals) add(name, group.totals[name] ?? 0);
    }
    for (const { count } of store.aggregate(refusalKind, period)) add('refused', count);
    const [sample] = store.list(sampleKind, { ...period, limit: 1 });
    const { cpu, memory, heap, loop_delay: delay, loop_busy: busy } = sample?.figures ?? {};
    return {
      of: (name) => rates.get(name) ?? 0,
      process: {
        uptimeSeconds: null,
        cpuShare: cpu === undefined ? null : cpu / 1000,
        residentBytes: memory ?? null,
        heapBytes: heap ?? null,
        eventLoopLagMs: inMs(delay),
        eventLoopBusyShare: busy === undefined ? null : busy / 1000,
      },
    };
  };

  /** The store is left alone for this many times as long as a look at it took. */
  const restsPerLook = 20;
  let slow: Slow | undefined;
  let known = '';
  let knownRange = 0;
  let nextAt = 0;

  return (nowMs, rangeMs) => {
    const toMs = Math.ceil((nowMs + 1) / stepMs) * stepMs;
    const state = `${store.version()} ${toMs} ${rangeMs}`;
    const startedAt = performance.now();
    if (slow === undefined || rangeMs !== knownRange || (state !== known && startedAt >= nextAt)) {
      slow = readSlow(toMs, rangeMs);
      known = state;
      knownRange = rangeMs;
      const endedAt = performance.now();
      nextAt = endedAt + (endedAt - startedAt) * restsPerLook;
    }
    const { of, process } = readPresent(nowMs);
    return {
      ...slow,
      process,
      requests: {
        ...slow.requests,
        inFlight: null,
        perSecond: of('requests'),
        failedPerSecond: of('failed'),
        refusedPerSecond: of('refused'),
      },
      tokens: {
        ...slow.tokens,
        inPerSecond: of('input') + of('cached_input') + of('cache_write'),
        outPerSecond: of('output') + of('reasoning'),
      },
    };
  };
};
