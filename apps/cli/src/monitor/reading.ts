import type { MetricSample } from './prometheus.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** How a model of a provider stands at a moment. */
export interface TargetState {
  readonly provider: string;
  readonly model: string;
  breaker: BreakerState;
  isAvailable: boolean;
  inFlight: number;
}

/** What a tier of the cache holds. Undefined where it tells none. */
export interface TierState {
  readonly name: string;
  entries?: number;
  bytes?: number;
  maxEntries?: number;
  maxBytes?: number;
  readSeconds?: number;
}

/** One scrape: what has been counted so far, by names of our own, and how things stand. */
export interface Reading {
  /** When the process began, Unix time in seconds; undefined where it does not tell. */
  readonly startedAt: number | undefined;
  readonly counts: ReadonlyMap<string, number>;
  readonly inFlight: number;
  readonly targets: ReadonlyMap<string, TargetState>;
  readonly tiers: readonly TierState[];
  /** Batches that have not ended, by state; undefined where the server tells nothing of them. */
  readonly batches: ReadonlyMap<string, number> | undefined;
  readonly process: ProcessState;
}

export interface ProcessState {
  uptimeSeconds?: number;
  residentBytes?: number;
  heapBytes?: number;
  /** Delay of the event loop since the last scrape. */
  lagSeconds?: number;
  /** Share of the time since then in which it was busy. */
  busyShare?: number;
}

/** The key of a provider's model; no name of a provider has a slash. */
export const targetKey = (provider: string, model: string): string => `${provider}/${model}`;

const inputClasses: readonly string[] = ['input', 'cached_input', 'cache_write'];

interface Draft {
  readonly counts: Map<string, number>;
  readonly targets: Map<string, TargetState>;
  readonly tiers: Map<string, TierState>;
  readonly batches: Map<string, number>;
  readonly process: ProcessState;
  startedAt: number | undefined;
  inFlight: number;
  tellsBatches: boolean;
}

type Reader = (draft: Draft, sample: MetricSample) => void;

const count = ({ counts }: Draft, name: string, value: number): void => {
  counts.set(name, (counts.get(name) ?? 0) + value);
};

const targetOf = ({ targets }: Draft, { labels }: MetricSample): TargetState => {
  const { provider = '', model = '' } = labels;
  const key = targetKey(provider, model);
  let target = targets.get(key);
  if (!target) {
    target = { provider, model, breaker: 'closed', isAvailable: true, inFlight: 0 };
    targets.set(key, target);
  }
  return target;
};

const tierOf = ({ tiers }: Draft, { labels }: MetricSample): TierState => {
  const { tier: name = '' } = labels;
  let tier = tiers.get(name);
  if (!tier) {
    tier = { name };
    tiers.set(name, tier);
  }
  return tier;
};

const byTarget = (kind: string, { labels }: MetricSample): string =>
  `${kind} ${targetKey(labels.provider ?? '', labels.model ?? '')}`;

const bucket =
  (kind: string): Reader =>
  (draft, { labels, value }) =>
    count(draft, `${kind} ${labels.le}`, value);

const ofTier =
  (kind: string): Reader =>
  (draft, sample) => {
    tierOf(draft, sample);
    count(draft, `tier-${kind} ${sample.labels.tier}`, sample.value);
  };

const readers: Readonly<Record<string, Reader>> = {
  hotpath_requests_total(draft, { labels, value }) {
    count(draft, 'requests', value);
    if (labels.outcome === 'failed') count(draft, 'failed', value);
    if (labels.cache === 'hit') count(draft, 'cached', value);
  },
  hotpath_refused_requests_total: (draft, { value }) => count(draft, 'refused', value),
  hotpath_requests_in_flight(draft, { value }) {
    draft.inFlight += value;
  },
  hotpath_time_to_first_byte_seconds_bucket: bucket('first-byte'),
  hotpath_request_duration_seconds_bucket: bucket('duration'),
  hotpath_attempts_total(draft, sample) {
    targetOf(draft, sample);
    count(draft, byTarget('calls', sample), sample.value);
    if (sample.labels.outcome === 'failed') count(draft, byTarget('call-errors', sample), sample.value);
  },
  hotpath_tokens_total: (draft, { labels, value }) =>
    count(draft, inputClasses.includes(labels.class ?? '') ? 'tokens-in' : 'tokens-out', value),
  hotpath_cost_usd_total(draft, sample) {
    count(draft, 'cost', sample.value);
    count(draft, byTarget('cost', sample), sample.value);
  },
  hotpath_saved_usd_total: (draft, { labels, value }) => count(draft, `saved ${labels.by}`, value),
  hotpath_breaker_state(draft, sample) {
    const target = targetOf(draft, sample);
    const { state } = sample.labels;
    if (sample.value === 1 && (state === 'closed' || state === 'open' || state === 'half-open')) target.breaker = state;
  },
  hotpath_target_available(draft, sample) {
    targetOf(draft, sample).isAvailable = sample.value !== 0;
  },
  hotpath_calls_in_flight(draft, sample) {
    targetOf(draft, sample).inFlight += sample.value;
  },
  hotpath_cache_hits_total: ofTier('hits'),
  hotpath_cache_misses_total: ofTier('misses'),
  hotpath_cache_evictions_total: ofTier('evictions'),
  hotpath_cache_entries(draft, sample) {
    tierOf(draft, sample).entries = sample.value;
  },
  hotpath_cache_bytes(draft, sample) {
    tierOf(draft, sample).bytes = sample.value;
  },
  hotpath_cache_max_entries(draft, sample) {
    tierOf(draft, sample).maxEntries = sample.value;
  },
  hotpath_cache_max_bytes(draft, sample) {
    tierOf(draft, sample).maxBytes = sample.value;
  },
  hotpath_cache_read_seconds(draft, sample) {
    tierOf(draft, sample).readSeconds = sample.value;
  },
  hotpath_batches(draft, { labels, value }) {
    draft.tellsBatches = true;
    draft.batches.set(labels.state ?? '', value);
  },
  process_cpu_seconds_total: (draft, { value }) => count(draft, 'cpu', value),
  process_start_time_seconds(draft, { value }) {
    draft.startedAt = value;
  },
  process_uptime_seconds(draft, { value }) {
    draft.process.uptimeSeconds = value;
  },
  process_resident_memory_bytes(draft, { value }) {
    draft.process.residentBytes = value;
  },
  nodejs_heap_size_used_bytes(draft, { value }) {
    draft.process.heapBytes = value;
  },
  nodejs_eventloop_lag_p99_seconds(draft, { value }) {
    draft.process.lagSeconds = value;
  },
  nodejs_eventloop_utilization_ratio(draft, { value }) {
    draft.process.busyShare = value;
  },
};

/** What the samples of a scrape come to. Values that are no numbers, and metrics that nobody knows here, are left out. */
export const readSamples = (samples: readonly MetricSample[]): Reading => {
  const draft: Draft = {
    counts: new Map(),
    targets: new Map(),
    tiers: new Map(),
    batches: new Map(),
    process: {},
    startedAt: undefined,
    inFlight: 0,
    tellsBatches: false,
  };
  for (const sample of samples) {
    if (Number.isFinite(sample.value) && Object.hasOwn(readers, sample.name)) readers[sample.name]?.(draft, sample);
  }
  const { startedAt, counts, inFlight, targets, tiers, batches, process } = draft;
  return {
    startedAt,
    counts,
    inFlight: Math.max(0, inFlight),
    targets,
    tiers: [...tiers.values()],
    batches: draft.tellsBatches ? batches : undefined,
    process,
  };
};
