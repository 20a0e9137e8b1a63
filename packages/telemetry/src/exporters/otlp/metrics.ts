import type { EventBatch } from '../../exporter.ts';
import { requestKind } from '../../kinds/request.ts';
import { rowsOf } from '../rows.ts';
import { createGenAiMetrics } from './gen-ai-metrics.ts';
import { createKindMetrics, type KindMetrics } from './kind-metrics.ts';
import type { Metric } from './messages.ts';
import type { Names } from './names.ts';

/** What a request is told by under names of our own; the others are for the single event. */
const ofRequests = ['protocol', 'provider', 'model', 'outcome', 'cache', 'lane', 'stream'];

/** Sums since it was made. */
export interface Metrics {
  record(batch: EventBatch): void;
  /** Those that something was recorded of. */
  all(): readonly Metric[];
}

export const createMetrics = (names: Names): Metrics => {
  const genAi = createGenAiMetrics(names);
  const byKind = new Map<string, KindMetrics>();
  return {
    record(batch) {
      const { kind } = batch;
      const isRequest = kind.name === requestKind.name;
      const own = byKind.get(kind.name) ?? createKindMetrics(kind, isRequest ? ofRequests : undefined);
      byKind.set(kind.name, own);
      for (const row of rowsOf(batch)) {
        own.record(row);
        if (isRequest) genAi.record(row);
      }
    },
    all: () =>
      [...genAi.instruments, ...[...byKind.values()].flatMap(({ instruments }) => instruments)]
        .filter(({ isEmpty }) => !isEmpty)
        .map((instrument) => instrument.metric()),
  };
};
