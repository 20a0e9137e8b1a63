import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type EventBatch, type Exporter, requestKind, sampleKind } from '@hotpath/runtime/telemetry';
import type { LiveFigures, RequestView } from './contract.ts';
import { createLastMinute, type EndedRequest } from './last-minute.ts';
import { type RecordedRequest, requestView, savedIn, savedView } from './request-view.ts';

export interface LiveListener {
  figures(figures: LiveFigures): void;
  request(request: RequestView): void;
}

/** What happens now, for those who look. Where nobody does, figures of the last minute alone are kept. */
export interface Live {
  /** For the collector: it is handed what was recorded, at least once a second. */
  readonly exporter: Exporter;
  /** Tells of it from now on; what is returned ends that. */
  watch(listener: LiveListener): () => void;
  close(): void;
}

/** What ended since figures were told. */
interface Second {
  requests: number;
  failed: number;
  skipped: number;
  costUsd: number;
  savedUsd: number;
}

const createSecond = (): Second => ({ requests: 0, failed: 0, skipped: 0, costUsd: 0, savedUsd: 0 });

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
  second.requests += 1;
  if (recorded.nameOf('outcome') === 'failed') second.failed += 1;
  second.costUsd += (recorded.figureOf('cost') ?? 0) / 1e6;
  second.savedUsd += savedIn(savedView(recorded));
};

const endedIn = ({ nameOf, figureOf }: RecordedRequest): EndedRequest => {
  const cache = nameOf('cache');
  const isComplete = nameOf('outcome') === 'complete';
  return {
    // A refusal that comes at once says nothing of how long answers take.
    duration: isComplete ? figureOf('duration') : undefined,
    firstToken: isComplete ? figureOf('first_token') : undefined,
    isLookup: cache !== 'bypass',
    isHit: cache === 'hit' || cache === 'coalesced',
  };
};

export interface LiveOptions {
  /** Between two tellings of figures. @default 1000 */
  readonly everyMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

export const createLive = ({ everyMs = 1000, now = Date.now }: LiveOptions = {}): Live => {
  const listeners = new Set<LiveListener>();
  const minute = createLastMinute(now);
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
    const { requests, failed, costUsd, savedUsd, skipped } = current;
    const figures: LiveFigures = {
      at: now(),
      requests,
      failed,
      inFlight,
      costUsd,
      savedUsd,
      ...minute.figures(),
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
      minute.add(endedIn(recorded));
      if (listeners.size === 0) continue;
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
        if (batch.kind.name === requestKind.name) takeRequests(batch);
        else if (batch.kind.name === sampleKind.name) takeSample(batch);
      },
      async close() {},
    },
    watch(listener) {
      // What nobody saw is not told afterwards, but for the last minute.
      if (listeners.size === 0) current = createSecond();
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
