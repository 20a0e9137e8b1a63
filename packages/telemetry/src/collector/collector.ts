import type { EventBatch, Exporter } from '../exporter.ts';
import type { EventKind } from '../kind.ts';
import { createCountedRecorder } from './counted-recorder.ts';
import { createDelivery } from './delivery.ts';
import { createEventRecorder } from './event-recorder.ts';
import type { OpenRecorder, Recorder } from './recorder.ts';
import type { Series } from './series.ts';

export interface CollectorOptions {
  /** Where events go. @default nowhere: only the figures since the start are kept */
  readonly exporters?: readonly Exporter[] | undefined;
  /**
   * How long an event waits at most until it is handed on, milliseconds. `never`: until there are enough of them, or it is closed.
   * @default 1000
   */
  readonly flushMs?: number | 'never' | undefined;
  /** So many events of a kind are handed on at once. @default 1000 */
  readonly flushEvents?: number | undefined;
  /** Events that wait at most for an exporter; further ones are dropped, and counted. @default 100000 */
  readonly mostWaiting?: number | undefined;
  /** Texts that are told apart in each dimension; all others are `other`. @default 1000 */
  readonly mostNames?: number | undefined;
  /** Combinations of them that are told apart in each kind. @default 5000 */
  readonly mostSeries?: number | undefined;
  /** Clock in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** What is recorded of one kind, since the collector was made. */
export interface Recorded {
  readonly kind: EventKind;
  readonly series: readonly Series[];
  /** Events that were put under `other`. */
  readonly overflowed: number;
}

/** Takes what happens, keeps its figures, and hands the events on. Nothing it does can fail those who tell it. */
export interface Collector {
  /** The recorder of a kind, the same one each time. */
  recorder<Dimension extends string, Figure extends string>(
    kind: EventKind<Dimension, Figure>,
  ): Recorder<Dimension, Figure>;
  /** Kinds that something was recorded of. */
  recorded(): readonly Recorded[];
  /** Events that did not reach an exporter, by its name. */
  lost(): ReadonlyMap<string, number>;
  /** Hands on what was recorded until now; resolves when exporters have it safe, or it is lost. Never rejects. */
  flush(): Promise<void>;
  /** Flushes, then closes the exporters. Idempotent. */
  close(): Promise<void>;
}

export const createCollector = (options: CollectorOptions = {}): Collector => {
  const { exporters = [], flushMs = 1000, flushEvents = 1000, mostWaiting = 100_000 } = options;
  const { mostNames = 1000, mostSeries = 5000, now = Date.now } = options;
  const recorders = new Map<string, OpenRecorder>();
  const deliveries = exporters.map((exporter) => ({ exporter, delivery: createDelivery(exporter, { mostWaiting }) }));
  let isClosed = false;
  let closing: Promise<void> | undefined;

  const send = (batch: EventBatch | undefined): void => {
    if (batch === undefined || isClosed) return;
    deliveries.forEach(({ delivery }, index) => {
      // Rows are the exporter's own: all but the last get a copy.
      const isLast = index === deliveries.length - 1;
      delivery.send(isLast ? batch : { ...batch, rows: batch.rows.slice() });
    });
  };

  const sendAll = (): void => {
    for (const recorder of recorders.values()) send(recorder.take());
  };

  const timer = deliveries.length > 0 && flushMs !== 'never' ? setInterval(sendAll, flushMs) : undefined;
  timer?.unref();

  const flush = async (): Promise<void> => {
    sendAll();
    await Promise.all(deliveries.map(({ delivery }) => delivery.settled()));
  };

  return {
    recorder(kind) {
      let recorder = recorders.get(kind.name);
      if (recorder === undefined) {
        const create = kind.isCounted ? createCountedRecorder : createEventRecorder;
        const made: OpenRecorder = create(kind, {
          mostNames,
          mostSeries,
          rows: flushEvents,
          now,
          onFull: () => send(made.take()),
        });
        recorder = made;
        recorders.set(kind.name, made);
      }
      return recorder as unknown as ReturnType<Collector['recorder']> as never;
    },
    recorded: () => [...recorders.values()],
    lost: () => new Map(deliveries.map(({ exporter, delivery }) => [exporter.name, delivery.lost])),
    flush,
    close() {
      closing ??= (async () => {
        clearInterval(timer);
        const flushed = flush();
        isClosed = true;
        await flushed;
        await Promise.all(deliveries.map(({ delivery }) => delivery.close()));
      })();
      return closing;
    },
  };
};
