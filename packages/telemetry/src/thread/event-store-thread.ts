import type { EventBatch, Exporter } from '../exporter.ts';
import { callThread } from './call-thread.ts';
import type { BatchMessage, ThreadData, ToThread } from './messages.ts';
import type { Questions } from './questions.ts';

export interface EventStoreThreadOptions {
  readonly store: ThreadData['options'];
  /** How often what is too old is deleted, milliseconds. @default an hour */
  readonly pruneMs?: number | undefined;
}

/** A store in a thread of its own: neither writing nor asking takes the time of who records. */
export interface EventStoreThread extends Exporter {
  /**
   * From now on events are lost where another process keeps the file locked for as long as the store waits, as when this one is about to
   * close. Until then they wait for it, and others wait for them.
   */
  endWaiting(): void;
  /** Rejects with what the store throws. */
  ask<Question extends keyof Questions>(
    question: Question,
    ...parameters: Parameters<Questions[Question]> extends [unknown, ...infer Given] ? Given : []
  ): Promise<ReturnType<Questions[Question]>>;
}

/** Starts the thread. What keeps it from opening the store is told by the first thing asked or sent. */
export const openEventStoreThread = ({ store, pruneMs = 3_600_000 }: EventStoreThreadOptions): EventStoreThread => {
  const thread = callThread('The store of events', { options: store, pruneMs } satisfies ThreadData);
  const told = new Map<string, Set<number>>();
  let closing: Promise<void> | undefined;

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
      return thread.call<void>(
        (id) => ({ type: 'batch', id, kind: kind.name, count, rows, texts, series }) satisfies ToThread,
        [rows.buffer as ArrayBuffer],
      );
    },
    endWaiting() {
      // One that has ended waits for nobody.
      thread.call<void>((id) => ({ type: 'end-waiting', id }) satisfies ToThread).catch(() => {});
    },
    ask: (question, ...[parameters]: unknown[]) =>
      thread.call((id) => ({ type: 'ask', id, question, parameters }) satisfies ToThread),
    close() {
      closing ??= (async () => {
        if (!thread.hasEnded()) await thread.call<void>((id) => ({ type: 'close', id }) satisfies ToThread);
        await thread.end();
      })();
      return closing;
    },
  };
};
