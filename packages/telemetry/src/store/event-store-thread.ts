import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TelemetryError, type TelemetryErrorCode } from '../errors.ts';
import type { EventBatch, Exporter } from '../exporter.ts';
import type { BatchMessage, FromThread, ThreadData, ToThread } from './messages.ts';
import type { Questions } from './questions.ts';

export interface EventStoreThreadOptions {
  readonly store: ThreadData['options'];
  /** How often what is too old is deleted, milliseconds. @default an hour */
  readonly pruneMs?: number | undefined;
}

/** A store in a thread of its own: neither writing nor asking takes the time of who records. */
export interface EventStoreThread extends Exporter {
  /** Rejects with what the store throws. */
  ask<Question extends keyof Questions>(
    question: Question,
    ...parameters: Parameters<Questions[Question]> extends [unknown, ...infer Given] ? Given : []
  ): Promise<ReturnType<Questions[Question]>>;
}

const script = new URL(
  import.meta.url.endsWith('.ts') ? '../event-store-worker.ts' : './event-store-worker.js',
  import.meta.url,
);

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

const isKnownCode = (code: string | undefined): code is TelemetryErrorCode => code?.startsWith('TELEMETRY_') ?? false;

/** Starts the thread. What keeps it from opening the store is told by the first thing asked or sent. */
export const openEventStoreThread = ({ store, pruneMs = 3_600_000 }: EventStoreThreadOptions): EventStoreThread => {
  if (script.protocol === 'file:' && !existsSync(script))
    throw new TelemetryError(
      'TELEMETRY_STORE_UNAVAILABLE',
      `The store of events cannot have its thread: ${fileURLToPath(script)} is not there. Whoever bundles @hotpath/telemetry puts its event-store-worker.js beside the bundle.`,
    );
  const worker = new Worker(script, { workerData: { options: store, pruneMs } satisfies ThreadData });
  // It is there for who records: it keeps no process alive.
  worker.unref();
  const waiting = new Map<number, Waiting>();
  const told = new Map<string, Set<number>>();
  let last = 0;
  let ended: Error | undefined;
  let closing: Promise<void> | undefined;

  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('error', (error: Error) => end(error));
  worker.on('exit', () => end(new TelemetryError('TELEMETRY_CLOSED', 'The thread of the store of events has ended.')));
  worker.on('message', ({ id, answer, error }: FromThread) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (error === undefined) asked?.resolve(answer);
    else if (isKnownCode(error.code)) asked?.reject(new TelemetryError(error.code, error.message));
    else asked?.reject(Object.assign(new Error(error.message), { code: error.code }));
  });

  const send = <Answer>(make: (id: number) => ToThread, transfer: readonly ArrayBuffer[] = []): Promise<Answer> => {
    if (ended !== undefined) return Promise.reject(ended);
    last += 1;
    const id = last;
    return new Promise<Answer>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      // Until it has answered: what was acknowledged is what is on disk.
      worker.ref();
      worker.postMessage(make(id), [...transfer]);
    });
  };

  /** Names that the thread does not have yet. */
  const newSeries = ({ kind, count, rows, namesOf }: EventBatch): BatchMessage['series'] => {
    const known = told.get(kind.name) ?? new Set<number>();
    told.set(kind.name, known);
    const found: [number, readonly string[]][] = [];
    const width = rows.length / count;
    for (let at = 1; at < rows.length; at += width) {
      const series = rows[at] as number;
      if (known.has(series)) continue;
      known.add(series);
      found.push([series, namesOf(series)]);
    }
    return found;
  };

  return {
    name: 'event store',
    export(batch) {
      const { kind, count, rows, texts } = batch;
      const series = newSeries(batch);
      return send<void>(
        (id) => ({ type: 'batch', id, kind: kind.name, count, rows, texts, series }),
        [rows.buffer as ArrayBuffer],
      );
    },
    ask: (question, ...[parameters]: unknown[]) => send((id) => ({ type: 'ask', id, question, parameters })),
    close() {
      closing ??= (async () => {
        if (ended === undefined) await send<void>((id) => ({ type: 'close', id }));
        await worker.terminate();
      })();
      return closing;
    },
  };
};
