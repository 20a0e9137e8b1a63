import { createExposition, LogHistogram, labelsOf, type Sample } from '@hotpath/runtime/metrics';

/** A gateway that was never there: what its metrics would tell, the same each time. */
export interface Traffic {
  /** Lets so many seconds pass. */
  pass(seconds: number): void;
  /** As `GET /metrics` answers. */
  metrics(): string;
  /** Begins anew, with counters at zero. */
  restart(): void;
}

interface Model {
  readonly labels: string;
  readonly perSecond: number;
  readonly errorShare: number;
  readonly firstByteSeconds: number;
  readonly dollars: number;
  calls: number;
  errors: number;
  inFlight: number;
  breaker: 'closed' | 'open' | 'half-open';
  cost: number;
  firstByte: LogHistogram;
  duration: LogHistogram;
}

const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

const described = [
  ['anthropic', 'claude-sonnet-5', 6.2, 0.002, 0.9, 0.0121],
  ['openai', 'gpt-4.1-mini', 14.5, 0.004, 0.4, 0.0009],
  ['openai', 'gpt-5.1', 3.1, 0.01, 1.4, 0.021],
  ['xai', 'grok-4', 0.8, 0.31, 2.2, 0.013],
  ['ollama', 'qwen3:8b', 1.9, 0, 0.25, 0],
  ['通义', '千问-max', 0.4, 0, 1.1, 0.004],
] as const;

const states = ['closed', 'open', 'half-open'] as const;

/** As the gateway has them, microseconds. */
const buckets = {
  bounds: [500, 1e3, 2500, 5e3, 1e4, 25e3, 5e4, 1e5, 25e4, 5e5, 1e6, 25e5, 5e6, 1e7, 25e6, 6e7, 12e7, 3e8, 6e8],
  scale: 1e6,
};

/** `models`: how many there are; those beyond the first few are alike. */
export const createTraffic = ({
  models: count = described.length,
  seed = 7,
}: {
  readonly models?: number;
  readonly seed?: number;
} = {}): Traffic => {
  let random = randomOf(seed);
  let startedAt = 1_795_000_000;
  let seconds = 0;
  let models: Model[] = [];
  let counts: Record<string, number> = {};

  const begin = (): void => {
    models = Array.from({ length: count }, (_, index) => {
      const [provider, model, perSecond, errorShare, firstByteSeconds, dollars] = described[index] ?? [
        `provider-${index % 7}`,
        `model-${index}`,
        1 / index,
        0.001,
        0.5,
        0.001,
      ];
      return {
        labels: labelsOf({ provider, model }),
        perSecond,
        errorShare,
        firstByteSeconds,
        dollars,
        calls: 0,
        errors: 0,
        inFlight: 0,
        breaker: 'closed',
        cost: 0,
        firstByte: new LogHistogram(),
        duration: new LogHistogram(),
      };
    });
    counts = {};
    seconds = 0;
  };
  begin();

  const add = (name: string, amount: number): void => {
    counts[name] = (counts[name] ?? 0) + amount;
  };

  const askModel = (model: Model, passed: number): void => {
    const wave = 1 + 0.5 * Math.sin(seconds / 9) + 0.6 * (random() - 0.5);
    const asked = Math.max(0, Math.floor(model.perSecond * passed * wave + random()));
    for (let call = 0; call < asked; call += 1) {
      const isFailed = random() < model.errorShare;
      model.calls += 1;
      add('requests', 1);
      if (isFailed) {
        model.errors += 1;
        add('failed', 1);
        continue;
      }
      const firstByte = model.firstByteSeconds * (0.5 + random() ** 4 * 5);
      model.firstByte.record(firstByte * 1e6);
      model.duration.record(firstByte * 1e6 * (1.5 + random() * 3));
      model.cost += model.dollars;
      add('tokens-in', Math.round(900 + random() * 2000));
      add('tokens-out', Math.round(80 + random() * 600));
      add('saved prompt_caching', model.dollars * 0.2);
    }
    const hits = Math.round(asked * 0.6);
    add('hits', hits);
    add('requests', hits);
    add('saved cache', hits * model.dollars);
    model.inFlight = Math.round(asked * random() * 2);
    model.breaker = model.errorShare > 0.3 ? (Math.floor(seconds / 20) % 3 === 1 ? 'half-open' : 'open') : 'closed';
  };

  return {
    pass(passed) {
      seconds += passed;
      for (const model of models) askModel(model, passed);
      add('cpu', passed * (0.2 + random() * 0.1));
    },
    restart() {
      startedAt += seconds;
      random = randomOf(seed + 1);
      begin();
    },
    metrics() {
      const exposition = createExposition('text');
      const of = (name: string): number => counts[name] ?? 0;
      const one = (value: number): readonly Sample[] => [['', value]];
      const every = (pick: (model: Model) => number): readonly Sample[] =>
        models.map((model) => [model.labels, pick(model)]);
      exposition.counter('hotpath_requests_total', 'Requests.', [
        [labelsOf({ outcome: 'complete', cache: 'hit' }), of('hits')],
        [labelsOf({ outcome: 'complete', cache: 'miss' }), of('requests') - of('hits') - of('failed')],
        [labelsOf({ outcome: 'failed', cache: 'miss' }), of('failed')],
      ]);
      exposition.gauge(
        'hotpath_requests_in_flight',
        'Now.',
        one(models.reduce((sum, { inFlight }) => sum + inFlight, 0)),
      );
      exposition.histogram(
        'hotpath_time_to_first_byte_seconds',
        'First byte.',
        buckets,
        models.map(({ labels, firstByte }) => [labels, { histograms: [firstByte], sum: 0 }] as const),
      );
      exposition.histogram(
        'hotpath_request_duration_seconds',
        'Duration.',
        buckets,
        models.map(({ labels, duration }) => [labels, { histograms: [duration], sum: 0 }] as const),
      );
      exposition.counter(
        'hotpath_attempts_total',
        'Calls.',
        models.flatMap(({ labels, calls, errors }): Sample[] => [
          [`${labels},outcome="complete",status="2xx"`, calls - errors],
          [`${labels},outcome="failed",status="5xx"`, errors],
        ]),
      );
      exposition.counter('hotpath_tokens_total', 'Tokens.', [
        [labelsOf({ class: 'input' }), of('tokens-in')],
        [labelsOf({ class: 'output' }), of('tokens-out')],
      ]);
      exposition.counter(
        'hotpath_cost_usd_total',
        'Cost.',
        every(({ cost }) => cost),
      );
      exposition.counter('hotpath_saved_usd_total', 'Saved.', [
        [labelsOf({ by: 'cache' }), of('saved cache')],
        [labelsOf({ by: 'prompt_caching' }), of('saved prompt_caching')],
      ]);
      exposition.gauge(
        'hotpath_breaker_state',
        'Breakers.',
        models.flatMap(({ labels, breaker }) =>
          states.map((state): Sample => [`${labels},state="${state}"`, breaker === state ? 1 : 0]),
        ),
      );
      exposition.gauge(
        'hotpath_target_available',
        'Available.',
        every(({ breaker }) => (breaker === 'open' ? 0 : 1)),
      );
      exposition.gauge(
        'hotpath_calls_in_flight',
        'Calls.',
        every(({ inFlight }) => inFlight),
      );
      const tiers = (memory: number, buffer: number, sqlite: number): readonly Sample[] => [
        ['tier="memory"', memory],
        ['tier="buffer"', buffer],
        ['tier="sqlite"', sqlite],
      ];
      const misses = of('requests') - of('hits');
      const held = Math.min(6000, misses);
      exposition.counter(
        'hotpath_cache_hits_total',
        'Hits.',
        tiers(Math.round(of('hits') * 0.7), 12, Math.round(of('hits') * 0.3)),
      );
      exposition.counter(
        'hotpath_cache_misses_total',
        'Misses.',
        tiers(misses + Math.round(of('hits') * 0.3), misses, misses),
      );
      exposition.gauge('hotpath_cache_entries', 'Entries.', tiers(Math.min(held, 1000), 40, held));
      exposition.gauge('hotpath_cache_bytes', 'Bytes.', tiers(Math.min(held, 1000) * 3_400, 81_000, held * 2_100));
      exposition.gauge('hotpath_cache_max_bytes', 'Bounds.', tiers(64 * 2 ** 20, 64 * 2 ** 20, 2 ** 30));
      exposition.gauge('hotpath_cache_read_seconds', 'Reads.', tiers(0, 0, 0.00021));
      exposition.gauge('hotpath_batches', 'Batches.', [
        ['state="validating"', 1],
        ['state="in_progress"', 3],
        ['state="finalizing"', 0],
      ]);
      exposition.counter('process_cpu_seconds_total', 'Processor.', one(of('cpu')));
      exposition.gauge('process_start_time_seconds', 'Start.', one(startedAt));
      exposition.gauge('process_uptime_seconds', 'Since.', one(seconds));
      exposition.gauge('process_resident_memory_bytes', 'Memory.', one(148 * 2 ** 20));
      exposition.gauge('nodejs_heap_size_used_bytes', 'Heap.', one(41 * 2 ** 20));
      exposition.gauge('nodejs_eventloop_lag_p99_seconds', 'Lag.', one(0.0012 + (seconds % 3) / 1000));
      exposition.gauge('nodejs_eventloop_utilization_ratio', 'Busy.', one(0.24));
      return String(exposition.end());
    },
  };
};
