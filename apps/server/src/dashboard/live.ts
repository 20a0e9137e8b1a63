import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type EventBatch, type Exporter, LogHistogram, requestKind, sampleKind } from '@hotpath/runtime/telemetry';
import type { LiveFigures, RequestView } from './contract.ts';
import { type RecordedRequest, requestView, savedIn, savedView } from './request-view.ts';

export interface LiveListener {
  figures(figures: LiveFigures): void;
  request(request: RequestView): void;
}

/** What happens now, for those who look. Where nobody does, it costs next to nothing. */
export interface Live {
  /** For the collector: it is handed what was recorded, at least once a second. */
  readonly exporter: Exporter;
  /** Tells of it from now on; what is returned ends that. */
  watch(listener: LiveListener): () => void;
  close(): void;
}

/** What ended within one second. */
interface Second {
  requests: number;
  failed: number;
  skipped: number;
  costUsd: number;
  savedUsd: number;
  hits: number;
  lookups: number;
  readonly durations: LogHistogram;
  readonly firstTokens: LogHistogram;
}

const createSecond = (): Second => ({
  requests: 0,
  failed: 0,
  skipped: 0,
  costUsd: 0,
  savedUsd: 0,
  hits: 0,
  lookups: 0,
  durations: new LogHistogram(),
  firstTokens: new LogHistogram(),
});

const windowSeconds = 60;
/** Requests that are told one by one each second. */
const mostRequests = 50;

const { dimensionAt, measureAt } = requestKind;

/** A row of a batch of requests. */
const recordedIn = ({ kind, rows, texts, namesOf }: EventBatch, row: number, width: number): RecordedRequest => {
  const at = row * width;
  const names = namesOf(rows[at + 1] as number);
  return {
    event: '',
    at: rows[at] as number,
    requestId: texts[row * kind.textNames.length],
    nameOf: (dimension) => names[dimensionAt[dimension]] ?? '',
    figureOf(figure) {
      const value = rows[at + 2 + measureAt[figure]] as number;
      return Number.isNaN(value) ? undefined : value;
    },
  };
};

const add = (second: Second, recorded: RecordedRequest): void => {
  const outcome = recorded.nameOf('outcome');
  const cache = recorded.nameOf('cache');
  second.requests += 1;
  if (outcome === 'failed') second.failed += 1;
  second.costUsd += (recorded.figureOf('cost') ?? 0) / 1e6;
  second.savedUsd += savedIn(savedView(recorded));
  if (cache !== 'bypass') second.lookups += 1;
  if (cache === 'hit' || cache === 'coalesced') second.hits += 1;
  const duration = recorded.figureOf('duration');
  if (duration !== undefined && outcome === 'complete') second.durations.record(duration);
  const firstToken = recorded.figureOf('first_token');
  if (firstToken !== undefined) second.firstTokens.record(firstToken);
};

const quantile = (histogram: LogHistogram, share: number): number | null => {
  const value = histogram.quantile(share);
  return value === undefined ? null : value / 1000;
};

/** `everyMs`: between two tellings of figures. @default 1000 */
export const createLive = ({ everyMs = 1000 }: { readonly everyMs?: number } = {}): Live => {
  const listeners = new Set<LiveListener>();
  let seconds: Second[] = [];
  let current = createSecond();
  let process: LiveFigures['process'] = null;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;

  const onStart = (): void => {
    inFlight += 1;
  };
  const onEnd = (): void => {
    inFlight -= 1;
  };
  subscribe('hotpath:ai-router:request-start', onStart);
  subscribe('hotpath:ai-router:request-end', onEnd);

  const tell = (): void => {
    seconds = [...seconds, current].slice(-windowSeconds);
    const durations = new LogHistogram();
    const firstTokens = new LogHistogram();
    let [hits, lookups] = [0, 0];
    for (const second of seconds) {
      durations.merge(second.durations);
      firstTokens.merge(second.firstTokens);
      hits += second.hits;
      lookups += second.lookups;
    }
    const { requests, failed, costUsd, savedUsd, skipped } = current;
    const figures: LiveFigures = {
      at: Date.now(),
      requests,
      failed,
      inFlight,
      p50: quantile(durations, 0.5),
      p95: quantile(durations, 0.95),
      firstTokenP50: quantile(firstTokens, 0.5),
      costUsd,
      savedUsd,
      hitRate: lookups === 0 ? null : hits / lookups,
      skipped,
      process,
    };
    current = createSecond();
    for (const listener of listeners) listener.figures(figures);
  };

  const takeRequests = (batch: EventBatch): void => {
    const width = batch.rows.length / batch.count;
    for (let row = 0; row < batch.count; row += 1) {
      const recorded = recordedIn(batch, row, width);
      add(current, recorded);
      if (current.requests > mostRequests) {
        current.skipped += 1;
        continue;
      }
      const view = requestView(recorded);
      for (const listener of listeners) listener.request(view);
    }
  };

  const takeSample = ({ rows, count }: EventBatch): void => {
    const at = rows.length - rows.length / count + 2;
    const figure = (name: keyof typeof sampleKind.measureAt): number => rows[at + sampleKind.measureAt[name]] || 0;
    process = {
      cpu: figure('cpu') / 1000,
      memoryBytes: figure('memory'),
      loopDelayMs: figure('loop_delay') / 1000,
    };
  };

  return {
    exporter: {
      name: 'live dashboard',
      async export(batch) {
        if (listeners.size === 0) return;
        if (batch.kind.name === requestKind.name) takeRequests(batch);
        else if (batch.kind.name === sampleKind.name) takeSample(batch);
      },
      async close() {},
    },
    watch(listener) {
      // What nobody saw is not told afterwards.
      if (listeners.size === 0) [seconds, current, process] = [[], createSecond(), null];
      listeners.add(listener);
      timer ??= setInterval(tell, everyMs).unref();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    close() {
      clearInterval(timer);
      listeners.clear();
      unsubscribe('hotpath:ai-router:request-start', onStart);
      unsubscribe('hotpath:ai-router:request-end', onEnd);
    },
  };
};
