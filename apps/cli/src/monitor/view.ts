import type { History, Span } from './history.ts';
import { type Buckets, type Percentiles, percentilesOf } from './percentiles.ts';
import { type BreakerState, type TargetState, targetKey } from './reading.ts';

/** What is known of a time, wherever from. Null is what is not known (yet). */
export interface LiveFigures {
  readonly requests: {
    readonly total: number;
    readonly failed: number;
    readonly refused: number;
    readonly inFlight: number | null;
    readonly perSecond: number | null;
    readonly failedPerSecond: number | null;
    readonly refusedPerSecond: number | null;
  };
  /** Of the last minute, or of the time that the local store is looked at for. */
  readonly answers: number;
  readonly firstByteMs: Percentiles | null;
  readonly durationMs: Percentiles | null;
  readonly tokens: {
    readonly in: number;
    readonly out: number;
    readonly inPerSecond: number | null;
    readonly outPerSecond: number | null;
  };
  readonly costUsd: { readonly total: number; readonly perHour: number | null };
  readonly savedUsd: Readonly<Record<'total' | 'cache' | 'coalescing' | 'promptCaching' | 'batch', number>>;
  readonly tiers: readonly TierView[];
  readonly process: {
    readonly uptimeSeconds: number | null;
    readonly cpuShare: number | null;
    readonly residentBytes: number | null;
    readonly heapBytes: number | null;
    readonly eventLoopLagMs: number | null;
    readonly eventLoopBusyShare: number | null;
  };
}

/** One sample of a gateway, as `--json` prints it. */
export interface GatewayView extends LiveFigures {
  readonly source: 'gateway';
  /** ISO 8601. */
  readonly at: string;
  readonly url: string;
  readonly isConnected: boolean;
  /** How much of the last minute was watched, which is what `answers`, latencies and shares are of; null before the second look. */
  readonly watchedSeconds: number | null;
  /** Why it is not connected. */
  readonly problem: string | null;
  readonly targets: readonly TargetView[];
  readonly batches: Readonly<Record<string, number>> | null;
}

export interface TierView {
  readonly name: string;
  /** Of the lookups of the last minute; of all where there were none. */
  readonly hitShare: number | null;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number | null;
  readonly entries: number | null;
  readonly bytes: number | null;
  readonly maxBytes: number | null;
  readonly readMs: number | null;
}

export interface TargetView {
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  readonly callsPerSecond: number | null;
  /** Of the calls of the last minute. */
  readonly errorShare: number | null;
  readonly breaker: BreakerState;
  readonly isAvailable: boolean;
  readonly inFlight: number | null;
  readonly costUsd: number;
}

/** Long enough for a rate to be read, short enough to be the present one. */
const presentMs = 5_000;
const minuteMs = 60_000;

const perSecond = (span: Span | undefined, name: string): number | null =>
  span === undefined ? null : span.of(name) / span.seconds;

const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

const bucketsOf = (history: History, span: Span, kind: string): Buckets =>
  [...history.totalNames()]
    .filter((name) => name.startsWith(`${kind} `))
    .map((name) => {
      const bound = name.slice(kind.length + 1);
      return [bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), span.of(name)] as const;
    })
    .sort(([left], [right]) => left - right);

const milliseconds = (percentiles: Percentiles | undefined): Percentiles | null =>
  percentiles === undefined
    ? null
    : { p50: percentiles.p50 * 1000, p95: percentiles.p95 * 1000, p99: percentiles.p99 * 1000 };

const tiersOf = (history: History, minute: Span | undefined): readonly TierView[] =>
  (history.last()?.tiers ?? []).map(({ name, entries, bytes, maxBytes, readSeconds }) => {
    const hits = history.total(`tier-hits ${name}`);
    const misses = history.total(`tier-misses ${name}`);
    const recentHits = minute?.of(`tier-hits ${name}`) ?? 0;
    const recent = shareOf(recentHits, recentHits + (minute?.of(`tier-misses ${name}`) ?? 0));
    return {
      name,
      hitShare: recent ?? shareOf(hits, hits + misses),
      hits,
      misses,
      evictions: history.total(`tier-evictions ${name}`),
      entries: entries ?? null,
      bytes: bytes ?? null,
      maxBytes: maxBytes ?? null,
      // Memory tells none.
      readMs: readSeconds === undefined || readSeconds === 0 ? null : readSeconds * 1000,
    };
  });

const targetOf = (
  history: History,
  { provider, model, breaker, isAvailable, inFlight }: TargetState,
  present: Span | undefined,
  minute: Span | undefined,
  isConnected: boolean,
): TargetView => {
  const key = targetKey(provider, model);
  return {
    provider,
    model,
    calls: history.total(`calls ${key}`),
    callsPerSecond: perSecond(present, `calls ${key}`),
    errorShare: minute ? shareOf(minute.of(`call-errors ${key}`), minute.of(`calls ${key}`)) : null,
    breaker,
    isAvailable,
    inFlight: isConnected ? inFlight : null,
    costUsd: history.total(`cost ${key}`),
  };
};

export interface ViewOptions {
  readonly history: History;
  readonly url: string;
  readonly at: Date;
  /** Undefined while it answers. */
  readonly problem: string | undefined;
}

/** What the readings come to: rates of the last seconds, shares and percentiles of the last minute, totals of all. */
export const viewOf = ({ history, url, at, problem }: ViewOptions): GatewayView => {
  const present = history.span(presentMs);
  const minute = history.span(minuteMs);
  const last = history.last();
  const isConnected = problem === undefined;
  const total = (name: string): number => history.total(name);
  const durations = minute ? bucketsOf(history, minute, 'duration') : [];
  const firstBytes = minute ? bucketsOf(history, minute, 'first-byte') : [];
  const saved = {
    cache: total('saved cache'),
    coalescing: total('saved coalescing'),
    promptCaching: total('saved prompt_caching'),
    batch: total('saved batch'),
  };
  const perHour = perSecond(minute, 'cost');
  const { uptimeSeconds, residentBytes, heapBytes, lagSeconds, busyShare } = (isConnected && last?.process) || {};
  return {
    source: 'gateway',
    at: at.toISOString(),
    url,
    isConnected,
    watchedSeconds: minute?.seconds ?? null,
    problem: problem ?? null,
    requests: {
      total: total('requests'),
      failed: total('failed'),
      refused: total('refused'),
      inFlight: isConnected ? (last?.inFlight ?? null) : null,
      perSecond: perSecond(present, 'requests'),
      failedPerSecond: perSecond(present, 'failed'),
      refusedPerSecond: perSecond(present, 'refused'),
    },
    answers: durations.at(-1)?.[1] ?? 0,
    firstByteMs: milliseconds(percentilesOf(firstBytes)),
    durationMs: milliseconds(percentilesOf(durations)),
    tokens: {
      in: total('tokens-in'),
      out: total('tokens-out'),
      inPerSecond: perSecond(present, 'tokens-in'),
      outPerSecond: perSecond(present, 'tokens-out'),
    },
    costUsd: { total: total('cost'), perHour: perHour === null ? null : perHour * 3600 },
    savedUsd: { total: saved.cache + saved.coalescing + saved.promptCaching + saved.batch, ...saved },
    tiers: tiersOf(history, minute),
    targets: [...(last?.targets.values() ?? [])].map((target) =>
      targetOf(history, target, present, minute, isConnected),
    ),
    batches: isConnected && last?.batches ? Object.fromEntries(last.batches) : null,
    process: {
      uptimeSeconds: uptimeSeconds ?? null,
      cpuShare: perSecond(present, 'cpu'),
      residentBytes: residentBytes ?? null,
      heapBytes: heapBytes ?? null,
      eventLoopLagMs: lagSeconds === undefined ? null : lagSeconds * 1000,
      eventLoopBusyShare: busyShare ?? null,
    },
  };
};
