import type { MessagePort } from 'node:worker_threads';
import type { EventBatch } from '../exporter.ts';
import { eventKinds } from '../kinds.ts';
import { openEventStore } from '../store/event-store.ts';
import { createAnswers } from './answers.ts';
import type { AskMessage, BatchMessage, FromThread, ThreadData, ToThread } from './messages.ts';
import { createWriting } from './writing.ts';

interface SeriesNames {
  readonly bySeries: Map<number, readonly string[]>;
  of(series: number): readonly string[];
}

const createSeriesNames = (): SeriesNames => {
  const bySeries = new Map<number, readonly string[]>();
  return { bySeries, of: (series) => bySeries.get(series) ?? [] };
};

/** Opens a store and does for the other end of a port what it sends, until it says that it is over. Throws where it cannot be opened. */
export const serveStore = (port: MessagePort, { options, pruneMs }: ThreadData): void => {
  const store = openEventStore(options);
  const answers = createAnswers(store);
  const kinds = new Map(eventKinds.map((kind) => [kind.name, kind]));
  /** Names of series by kind, as far as they were told, and how they are found: the same function each time. */
  const known = new Map<string, SeriesNames>();

  const reply = (message: FromThread): void => port.postMessage(message);
  const fail = (id: number, error: unknown): void => {
    const { code, message = String(error) } = (error ?? {}) as { readonly code?: string; readonly message?: string };
    reply({ id, error: { code, message } });
  };

  const batchOf = ({ kind: name, series, count, rows, texts }: BatchMessage): EventBatch => {
    const kind = kinds.get(name);
    if (kind === undefined) throw new Error(`there are no tables for events of the kind "${name}"`);
    const names = known.get(name) ?? createSeriesNames();
    known.set(name, names);
    for (const [number, its] of series) names.bySeries.set(number, its);
    return { kind, count, rows, texts, namesOf: names.of };
  };

  const pruneBy = (prune: () => number): void => {
    try {
      prune();
    } catch {
      // Another process writes, or there is no room: the next time will do.
    }
  };
  const pruning = setInterval(() => pruneBy(store.prune), pruneMs);
  let looking: NodeJS.Immediate | undefined;

  const writing = createWriting({
    store,
    fail,
    succeed(id) {
      reply({ id });
      // Who waits for what was written does not wait for this.
      looking ??= setImmediate(() => {
        looking = undefined;
        pruneBy(store.pruneWhereDue);
      });
    },
  });

  const take = (message: BatchMessage): void => {
    try {
      writing.add(message.id, batchOf(message));
    } catch (error) {
      fail(message.id, error);
    }
  };

  const answer = ({ id, question, parameters }: AskMessage): void => {
    writing.writeUnlessBusy();
    try {
      reply({ id, answer: answers(question, parameters) });
    } catch (error) {
      fail(id, error);
    }
  };

  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'batch':
        take(message);
        return;
      case 'ask':
        answer(message);
        return;
      case 'end-waiting':
        writing.endWaiting();
        reply({ id: message.id });
        return;
      case 'close':
        clearInterval(pruning);
        writing.endWaiting();
        clearImmediate(looking);
        void store.close().then(() => {
          reply({ id: message.id });
          port.close();
        });
        return;
    }
  });
};
